"""A shelf: how many units of one product there are, and how many of them are set aside for orders.

available + reserved = on hand, and none of them is ever negative. A shelf's id is that of its product.

The shelf counts; which order holds what is told by the order's reservation, which is saved together with the shelves
that it changes. So a shelf that thousands of orders want stays as quick as one that nobody wants.

Refusals
├── ShelfNotFound         nothing was ever counted of this product
├── NotEnoughStock        fewer are available than were asked for
├── TooMuchStock          more than a shelf can count
├── TooManyReservations   the buyer has as many open reservations of this product as are allowed
├── NotReserved           less is set aside than is to be shipped or released
├── InvalidThresholds     the highest stock is not above that at which to order more
└── InvalidUnits          see `values`
"""

from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.inventory.values import MOST_UNITS, AdjustmentReason, Availability, Rejection, ReleaseCause, Rules, units
from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, clean, members

COMMENT = 500
"""Characters at most."""

# Events


class StockReceived(Event, frozen=True, tag="inventory.StockReceived"):
    """New units came in."""

    quantity: int
    turned_away: int = 0
    """What came but would have been more than the highest stock."""
    delivery_id: UUID | None = None
    """The supplier's delivery that brought them."""


class StockReordered(Event, frozen=True, tag="inventory.StockReordered"):
    """A supplier promised more."""

    delivery_id: UUID
    quantity: int


class ReorderClosed(Event, frozen=True, tag="inventory.ReorderClosed"):
    """A promised delivery is waited for no longer: it came, or it was called off."""

    delivery_id: UUID
    quantity: int
    """What was promised."""


class StockAdjusted(Event, frozen=True, tag="inventory.StockAdjusted"):
    """There are more or fewer units than was known, or some were taken away."""

    change: int
    """Below zero for fewer."""
    reason: AdjustmentReason
    comment: str = ""


class ThresholdsSet(Event, frozen=True, tag="inventory.ThresholdsSet"):
    restock: int
    """At so many available units or fewer, stock is low: time to order more."""
    maximum: int | None
    """No more are taken in than this; None for any number."""


class SupplierAssigned(Event, frozen=True, tag="inventory.SupplierAssigned"):
    supplier_id: UUID | None


class CategoryAssigned(Event, frozen=True, tag="inventory.CategoryAssigned"):
    category_id: UUID | None


class StockReserved(Event, frozen=True, tag="inventory.StockReserved"):
    """Units are set aside for an order, for a while."""

    order_id: UUID
    buyer_id: str
    quantity: int


class StockAllocated(Event, frozen=True, tag="inventory.StockAllocated"):
    """The units that were set aside are the order's for good."""

    order_id: UUID
    buyer_id: str
    quantity: int


class StockReleased(Event, frozen=True, tag="inventory.StockReleased"):
    """Units that were set aside are anybody's again."""

    order_id: UUID
    buyer_id: str
    quantity: int
    cause: ReleaseCause
    allocated: bool
    """Whether they were the order's for good."""


class StockShipped(Event, frozen=True, tag="inventory.StockShipped"):
    """Units left with the order that they were allocated to."""

    order_id: UUID
    quantity: int


class StockReturned(Event, frozen=True, tag="inventory.StockReturned"):
    """Units of a shipped order came back and can be sold again."""

    order_id: UUID
    return_id: UUID
    quantity: int


class StockWrittenOff(Event, frozen=True, tag="inventory.StockWrittenOff"):
    """Units of a shipped order came back and cannot be sold again: they never reach the shelf."""

    order_id: UUID
    return_id: UUID
    quantity: int


class StockRunsLow(Event, frozen=True, tag="inventory.StockRunsLow"):
    """So few are available from now on that more should be ordered."""

    available: int
    restock: int


class StockRanOut(Event, frozen=True, tag="inventory.StockRanOut"):
    """None is available from now on."""


class StockReplenished(Event, frozen=True, tag="inventory.StockReplenished"):
    """Enough are available from now on."""

    available: int


ShelfEvent: TypeAlias = (
    StockReceived
    | StockReordered
    | ReorderClosed
    | StockAdjusted
    | ThresholdsSet
    | SupplierAssigned
    | CategoryAssigned
    | StockReserved
    | StockAllocated
    | StockReleased
    | StockShipped
    | StockReturned
    | StockWrittenOff
    | StockRunsLow
    | StockRanOut
    | StockReplenished
)

# State


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
    count = holders.get(buyer_id, 0) + change
    if count:
        return holders | {buyer_id: count}
    return {buyer: held for buyer, held in holders.items() if buyer != buyer_id}


# Refusals


class ShelfNotFound(NotFound):
    code = "stock-not-found"

    def __init__(self, product_id: UUID) -> None:
        super().__init__("Nothing was counted of this product yet. Receive some first.", product_id=str(product_id))


class NotEnoughStock(Conflict):
    code = "not-enough-stock"

    def __init__(self, wanted: int, available: int) -> None:
        super().__init__(
            f"Only {available} are available, not {wanted}; what is set aside for orders stays theirs. Ask for fewer.",
            wanted=wanted,
            available=available,
        )


class TooMuchStock(Conflict):
    code = "too-much-stock"

    def __init__(self, most: int) -> None:
        super().__init__(f"A shelf holds at most {most} units. Take fewer in.", most=most)


class TooManyReservations(Conflict):
    code = "too-many-reservations"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"A buyer may hold at most {most} reservations of one product. Pay for one of them, or cancel it, first.",
            most=most,
        )


class NotReserved(Conflict):
    code = "not-reserved"

    def __init__(self, wanted: int, reserved: int) -> None:
        super().__init__(f"Only {reserved} are set aside like this, not {wanted}.", wanted=wanted, reserved=reserved)


class InvalidThresholds(Invalid):
    code = "invalid-thresholds"

    def __init__(self, restock: int, maximum: int) -> None:
        super().__init__(
            "`maximum` must be above `restock`, or stock would be low when it is full.",
            path="maximum",
            restock=restock,
            maximum=maximum,
        )


SHELF: Aggregate[Shelf, ShelfEvent] = Aggregate(
    name="inventory.shelf",
    initial=Shelf(),
    evolve=evolve,
    events=members(ShelfEvent),
    missing=ShelfNotFound,
    snapshot_every=100,
)


# Decisions


def receive(shelf: Shelf, quantity: int, delivery_id: UUID | None = None) -> list[ShelfEvent]:
    """Takes in as many as there is room for; the event says how many were turned away."""
    units("quantity", quantity)
    room = max(0, (MOST_UNITS if shelf.maximum is None else shelf.maximum) - shelf.on_hand)
    taken = min(quantity, room)
    return _told(shelf, StockReceived(taken, quantity - taken, delivery_id))


def adjust(shelf: Shelf, change: int, reason: AdjustmentReason, comment: str = "") -> list[ShelfEvent]:
    comment = clean("comment", comment, most=COMMENT, least=0, lines=True)
    units("change", change, least=-MOST_UNITS)
    if not change:
        return []
    if change < -shelf.available:
        raise NotEnoughStock(-change, shelf.available)
    if shelf.on_hand + change > MOST_UNITS:
        raise TooMuchStock(MOST_UNITS)
    return _told(shelf, StockAdjusted(change, reason, comment))


def remove(shelf: Shelf, desired: int, reason: AdjustmentReason, comment: str = "") -> list[ShelfEvent]:
    """Takes away as many as are wanted, or as there are available where that is less."""
    return adjust(shelf, -min(units("quantity", desired), shelf.available), reason, comment)


def set_thresholds(shelf: Shelf, restock: int, maximum: int | None) -> list[ShelfEvent]:
    units("restock", restock, least=0)
    if maximum is not None and units("maximum", maximum) <= restock:
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
    return [StockReordered(delivery_id, units("quantity", quantity))]


def close_reorder(shelf: Shelf, delivery_id: UUID, quantity: int) -> list[ShelfEvent]:
    """A promised delivery came or was called off; decided once for each, with the delivery itself."""
    return [ReorderClosed(delivery_id, min(quantity, shelf.expected))]


def objection(shelf: Shelf, buyer_id: str, quantity: int, rules: Rules) -> Rejection | None:
    """Why so many cannot be set aside for the buyer for a while; None where they can."""
    if quantity > shelf.available:
        return Rejection.OUT_OF_STOCK
    if shelf.holders.get(buyer_id, 0) >= rules.most_reservations:
        return Rejection.TOO_MANY_RESERVATIONS
    return None


def reserve(shelf: Shelf, order_id: UUID, buyer_id: str, quantity: int, rules: Rules) -> list[ShelfEvent]:
    """Sets units aside; decided once for each order, with its reservation. So is all that follows."""
    units("quantity", quantity)
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
    units("quantity", quantity)
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
    return _told(shelf, StockReturned(order_id, return_id, units("quantity", quantity)))


def write_off(shelf: Shelf, order_id: UUID, return_id: UUID, quantity: int) -> list[ShelfEvent]:
    return [StockWrittenOff(order_id, return_id, units("quantity", quantity))]


def _must_hold(shelf: Shelf, buyer_id: str | None, quantity: int) -> None:
    """Raises NotReserved where less is set aside, or none for that buyer for a while."""
    units("quantity", quantity)
    if quantity > shelf.reserved or (buyer_id is not None and buyer_id not in shelf.holders):
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
