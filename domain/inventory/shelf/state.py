"""What is known of a shelf after its events."""

from typing import assert_never
from uuid import UUID
from zlib import crc32

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

DRAWERS = 256
"""An event about a buyer copies one drawer of them, and not all who wait for the product."""


class Shelf(msgspec.Struct, frozen=True):
    on_hand: int = 0
    reserved: int = 0
    """Of those on hand, set aside for orders: for a while or for good."""
    waiting: dict[int, dict[str, int]] = {}
    """Buyer to how many reservations they have that are not for good yet, in drawers; never more buyers than units
    reserved."""
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

    def waits(self, buyer_id: str) -> int:
        """How many reservations the buyer has that are not for good yet."""
        return self.waiting.get(_drawer(buyer_id), {}).get(buyer_id, 0)


def evolve(shelf: Shelf, event: ShelfEvent) -> Shelf:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case StockReserved(buyer_id=buyer_id, quantity=quantity):
            return replace(shelf, reserved=shelf.reserved + quantity, waiting=_counted(shelf.waiting, buyer_id, 1))
        case StockAllocated(buyer_id=buyer_id):
            return replace(shelf, waiting=_counted(shelf.waiting, buyer_id, -1))
        case StockReleased(buyer_id=buyer_id, quantity=quantity, allocated=allocated):
            waiting = shelf.waiting if allocated else _counted(shelf.waiting, buyer_id, -1)
            return replace(shelf, reserved=shelf.reserved - quantity, waiting=waiting)
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


def _counted(waiting: dict[int, dict[str, int]], buyer_id: str, change: int) -> dict[int, dict[str, int]]:
    """As it is after that change; without buyers who have none, and without empty drawers."""
    number = _drawer(buyer_id)
    drawers = waiting.copy()
    drawer = drawers.pop(number, {}).copy()
    count = drawer.pop(buyer_id, 0) + change
    if count:
        drawer[buyer_id] = count
    if drawer:
        drawers[number] = drawer
    return drawers


def _drawer(buyer_id: str) -> int:
    """The same in every process, unlike `hash`."""
    return crc32(buyer_id.encode()) % DRAWERS


SHELF: Aggregate[Shelf, ShelfEvent] = Aggregate(
    name="inventory.shelf",
    initial=Shelf(),
    evolve=evolve,
    events=members(ShelfEvent),
    missing=ShelfNotFound,
    snapshot_every=100,
)
