"""What is decided about a shelf."""

from uuid import UUID

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
from domain.inventory.shelf.refusals import (
    InvalidThresholds,
    NotEnoughStock,
    NotReserved,
    TooManyReservations,
    TooMuchStock,
)
from domain.inventory.shelf.state import SHELF, Shelf
from domain.inventory.values import MOST_UNITS, AdjustmentReason, Availability, Rejection, ReleaseCause, Rules, counted
from domain.kernel import clean

COMMENT = 500
"""Characters at most."""


def receive(shelf: Shelf, quantity: int, delivery_id: UUID | None = None) -> list[ShelfEvent]:
    """Takes in as many as there is room for; the event says how many were turned away."""
    counted("quantity", quantity)
    room = max(0, (MOST_UNITS if shelf.maximum is None else shelf.maximum) - shelf.on_hand)
    taken = min(quantity, room)
    return _told(shelf, StockReceived(taken, quantity - taken, delivery_id))


def adjust(shelf: Shelf, change: int, reason: AdjustmentReason, comment: str = "") -> list[ShelfEvent]:
    comment = clean("comment", comment, most=COMMENT, least=0, lines=True)
    counted("change", change, least=-MOST_UNITS)
    if not change:
        return []
    if change < -shelf.available:
        raise NotEnoughStock(-change, shelf.available)
    if shelf.on_hand + change > MOST_UNITS:
        raise TooMuchStock(MOST_UNITS)
    return _told(shelf, StockAdjusted(change, reason, comment))


def remove(shelf: Shelf, desired: int, reason: AdjustmentReason, comment: str = "") -> list[ShelfEvent]:
    """Takes away as many as are wanted, or as there are available where that is less."""
    return adjust(shelf, -min(counted("quantity", desired), shelf.available), reason, comment)


def set_thresholds(shelf: Shelf, restock: int, maximum: int | None) -> list[ShelfEvent]:
    counted("restock", restock, least=0)
    if maximum is not None and counted("maximum", maximum) <= restock:
        raise InvalidThresholds(restock, maximum)
    if (shelf.restock, shelf.maximum) == (restock, maximum):
        return []
    return _told(shelf, ThresholdsSet(restock, maximum))


def assign_supplier(shelf: Shelf, supplier_id: UUID | None) -> list[ShelfEvent]:
    return [] if shelf.supplier_id == supplier_id else [SupplierAssigned(supplier_id)]


def assign_category(shelf: Shelf, category_id: UUID | None) -> list[ShelfEvent]:
    return [] if shelf.category_id == category_id else [CategoryAssigned(category_id)]


def reorder(shelf: Shelf, delivery_id: UUID, quantity: int) -> list[ShelfEvent]:
    """A delivery is promised; decided once for each, with the delivery itself."""
    return [StockReordered(delivery_id, counted("quantity", quantity))]


def close_reorder(shelf: Shelf, delivery_id: UUID, quantity: int) -> list[ShelfEvent]:
    """A promised delivery came or was called off; decided once for each, with the delivery itself."""
    return [ReorderClosed(delivery_id, min(quantity, shelf.expected))]


def objection(shelf: Shelf, buyer_id: str, quantity: int, rules: Rules) -> Rejection | None:
    """Why so many cannot be set aside for the buyer for a while; None where they can."""
    if quantity > shelf.available:
        return Rejection.OUT_OF_STOCK
    if shelf.waits(buyer_id) >= rules.most_reservations:
        return Rejection.TOO_MANY_RESERVATIONS
    return None


def reserve(shelf: Shelf, order_id: UUID, buyer_id: str, quantity: int, rules: Rules) -> list[ShelfEvent]:
    """Sets units aside; decided once for each order, with its reservation. So is all that follows."""
    counted("quantity", quantity)
    match objection(shelf, buyer_id, quantity, rules):
        case Rejection.OUT_OF_STOCK:
            raise NotEnoughStock(quantity, shelf.available)
        case Rejection.TOO_MANY_RESERVATIONS:
            raise TooManyReservations(rules.most_reservations)
    return _told(shelf, StockReserved(order_id, buyer_id, quantity))


def allocate(shelf: Shelf, order_id: UUID, buyer_id: str, quantity: int) -> list[ShelfEvent]:
    """What was set aside for a while is set aside for good."""
    _must_hold(shelf, buyer_id, quantity)
    return [StockAllocated(order_id, buyer_id, quantity)]


def allocate_anew(shelf: Shelf, order_id: UUID, buyer_id: str, quantity: int) -> list[ShelfEvent]:
    """Sets aside for good what was set aside no longer, if there still is as much."""
    counted("quantity", quantity)
    if quantity > shelf.available:
        raise NotEnoughStock(quantity, shelf.available)
    return _told(shelf, StockReserved(order_id, buyer_id, quantity), StockAllocated(order_id, buyer_id, quantity))


def release(
    shelf: Shelf, order_id: UUID, buyer_id: str, quantity: int, cause: ReleaseCause, *, allocated: bool
) -> list[ShelfEvent]:
    _must_hold(shelf, None if allocated else buyer_id, quantity)
    return _told(shelf, StockReleased(order_id, buyer_id, quantity, cause, allocated))


def ship(shelf: Shelf, order_id: UUID, quantity: int) -> list[ShelfEvent]:
    """What is shipped was not available before: nothing is told."""
    _must_hold(shelf, None, quantity)
    return [StockShipped(order_id, quantity)]


def take_back(shelf: Shelf, order_id: UUID, return_id: UUID, quantity: int) -> list[ShelfEvent]:
    """Goods that came back are for sale again, even beyond the highest stock."""
    return _told(shelf, StockReturned(order_id, return_id, counted("quantity", quantity)))


def write_off(shelf: Shelf, order_id: UUID, return_id: UUID, quantity: int) -> list[ShelfEvent]:
    return [StockWrittenOff(order_id, return_id, counted("quantity", quantity))]


def _must_hold(shelf: Shelf, buyer_id: str | None, quantity: int) -> None:
    """Raises NotReserved where less is set aside, or none for that buyer for a while."""
    counted("quantity", quantity)
    if quantity > shelf.reserved or (buyer_id is not None and not shelf.waits(buyer_id)):
        raise NotReserved(quantity, shelf.reserved)


def _told(shelf: Shelf, *changes: ShelfEvent) -> list[ShelfEvent]:
    """The changes, and what they make of the stock in a word, where that is another than was told last."""
    after = SHELF.fold(shelf, changes)
    word = _word(after.available, after.restock)
    if word is after.availability:
        return [*changes]
    match word:
        case Availability.OUT_OF_STOCK:
            return [*changes, StockRanOut()]
        case Availability.LOW_STOCK:
            return [*changes, StockRunsLow(after.available, after.restock)]
        case Availability.IN_STOCK:
            return [*changes, StockReplenished(after.available)]


def _word(available: int, restock: int) -> Availability:
    if not available:
        return Availability.OUT_OF_STOCK
    return Availability.LOW_STOCK if available <= restock else Availability.IN_STOCK
