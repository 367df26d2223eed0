"""What inventory tells: what became of the stock that an order asked for, and how much of a product there is."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from application.contracts.message import Contract


class Shortage(Struct, frozen=True):
    """A product of which there is less than was asked for."""

    product_id: UUID
    wanted: int
    available: int


class Availability(StrEnum):
    IN_STOCK = "in-stock"
    LOW_STOCK = "low-stock"
    OUT_OF_STOCK = "out-of-stock"


class StockReserved(Contract, frozen=True, tag="inventory.stock_reserved.v1"):
    """All that was asked for is set aside for a while. eShop: OrderStockConfirmed, of Catalog."""

    order_id: UUID
    amendment_id: UUID | None = None
    """The change to the order that asked; null for the order as it was placed."""


class StockRejected(Contract, frozen=True, tag="inventory.stock_rejected.v1"):
    """Nothing is set aside, since not all could be. eShop: OrderStockRejected."""

    order_id: UUID
    reason: str
    """`out-of-stock`, `too-many-reservations`, or one that was not known yet."""
    shortages: tuple[Shortage, ...]
    """The products that it failed for."""
    amendment_id: UUID | None = None


class StockAllocated(Contract, frozen=True, tag="inventory.stock_allocated.v1"):
    """What was set aside is the order's for good, until it is shipped or cancelled."""

    order_id: UUID
    amendment_id: UUID | None = None


class StockLevelChanged(Contract, frozen=True, tag="inventory.stock_level_changed.v1"):
    """A product came into stock, runs low, or ran out."""

    product_id: UUID
    availability: Availability
    available: int


InventoryContract = StockReserved | StockRejected | StockAllocated | StockLevelChanged
