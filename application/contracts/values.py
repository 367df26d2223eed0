"""What several contracts hold."""

from uuid import UUID

import msgspec


class StockItem(msgspec.Struct, frozen=True):
    """So much of a product."""

    product_id: UUID
    quantity: int


class BasketReference(msgspec.Struct, frozen=True):
    """The basket, at the version, that an order was made from."""

    basket_id: UUID
    version: int
