"""What the basket tells."""

from uuid import UUID

from application.contracts.message import Contract
from application.contracts.values import StockItem


class BasketCheckedOut(Contract, frozen=True, tag="basket.checked_out.v1"):
    """This version of a basket became an order of these items; what was added since stays in it."""

    basket_id: UUID
    version: int
    order_id: UUID
    items: tuple[StockItem, ...]


BasketContract = BasketCheckedOut
