"""What is known of a shelf after its events."""

from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.inventory.shelf.events import (
    CategoryAssigned,
    ReorderClosed,
    ShelfEvent,
    StockAdjusted,
    StockAllocated,
    StockRanOut,
    StockReceived,
    StockReleased,
    StockReordered,
    StockReplenished,
    StockReserved,
    StockReturned,
    StockRunsLow,
    StockShipped,
    StockWrittenOff,
    SupplierAssigned,
    ThresholdsSet,
)
from domain.inventory.shelf.refusals import ShelfNotFound
from domain.inventory.values import Availability
from domain.kernel import Aggregate, members


class Shelf(msgspec.Struct, frozen=True):
    on_hand: int = 0
    reserved: int = 0
    """Of those on hand, set aside for orders: for a while or for good."""
    holders: dict[str, int] = {}
    """Buyer to how many reservations they have that are not for good yet. Never more entries than units reserved."""
    restock: int = 0
    maximum: int | None = None
    expected: int = 0
    """Promised by suppliers and not here yet."""
    supplier_id: UUID | None = None
    category_id: UUID | None = None
    availability: Availability = Availability.OUT_OF_STOCK
    """As it was last told."""

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


def evolve(shelf: Shelf, event: ShelfEvent) -> Shelf:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case StockReserved(buyer_id=buyer_id, quantity=quantity):
            return replace(shelf, reserved=shelf.reserved + quantity, holders=_counted(shelf.holders, buyer_id, 1))
        case StockAllocated(buyer_id=buyer_id):
            return replace(shelf, holders=_counted(shelf.holders, buyer_id, -1))
        case StockReleased(buyer_id=buyer_id, quantity=quantity, allocated=allocated):
            holders = shelf.holders if allocated else _counted(shelf.holders, buyer_id, -1)
            return replace(shelf, reserved=shelf.reserved - quantity, holders=holders)
        case StockShipped(quantity=quantity):
            return replace(shelf, on_hand=shelf.on_hand - quantity, reserved=shelf.reserved - quantity)
        case StockReceived(quantity=quantity) | StockReturned(quantity=quantity):
            return replace(shelf, on_hand=shelf.on_hand + quantity)
        case StockAdjusted(change=change):
            return replace(shelf, on_hand=shelf.on_hand + change)
        case StockReordered(quantity=quantity):
            return replace(shelf, expected=shelf.expected + quantity)
        case ReorderClosed(quantity=quantity):
            return replace(shelf, expected=shelf.expected - quantity)
        case ThresholdsSet(restock, maximum):
            return replace(shelf, restock=restock, maximum=maximum)
        case SupplierAssigned(supplier_id):
            return replace(shelf, supplier_id=supplier_id)
        case CategoryAssigned(category_id):
            return replace(shelf, category_id=category_id)
        case StockWrittenOff():
            return shelf
        case StockRunsLow():
            return replace(shelf, availability=Availability.LOW_STOCK)
        case StockRanOut():
            return replace(shelf, availability=Availability.OUT_OF_STOCK)
        case StockReplenished():
            return replace(shelf, availability=Availability.IN_STOCK)
        case _:
            assert_never(event)


def _counted(holders: dict[str, int], buyer_id: str, change: int) -> dict[str, int]:
    counts = holders.copy()
    count = counts.pop(buyer_id, 0) + change
    if count:
        counts[buyer_id] = count
    return counts


SHELF: Aggregate[Shelf, ShelfEvent] = Aggregate(
    name="inventory.shelf",
    initial=Shelf(),
    evolve=evolve,
    events=members(ShelfEvent),
    missing=ShelfNotFound,
    snapshot_every=100,
)
