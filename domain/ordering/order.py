"""An order, from its placing to its shipment or cancellation.

    Submitted → AwaitingValidation → StockConfirmed → Paid → Shipped
        └──────────────┴──────────────────┴→ Cancelled

A step that was taken before decides nothing; a step out of turn is refused.

Refusals
├── OrderNotFound      no such order, or not the caller's
├── OrderCannotChange  the step does not fit the order's status
├── TotalOutOfRange    see `amounts`
├── TotalChanged       the total is not the one that the buyer agreed to
└── TooManyNotes
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, Event, NotFound, Personal, clean, members
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Draft, Line, total_refusal
from domain.ordering.buyer import BasketRef
from domain.ordering.rules import Rules

# Events


class StockItem(msgspec.Struct, frozen=True):
    """So much of a product."""

    product_id: UUID
    quantity: int


class OutOfStock(msgspec.Struct, frozen=True):
    product_id: UUID
    name: str


class CancelCause(StrEnum):
    BUYER = "buyer"
    STAFF = "staff"
    OUT_OF_STOCK = "out-of-stock"
    PAYMENT_FAILED = "payment-failed"
    TIMED_OUT = "timed-out"


class NoteKind(StrEnum):
    CUSTOMER = "customer"
    """Between the buyer and the shop."""
    INTERNAL = "internal"
    """For the shop alone."""


class OrderPlaced(Event, frozen=True, tag="ordering.OrderPlaced"):
    number: str
    buyer_id: str
    origin: UUID
    """Derived from the command or the basket that it came from; the same origin again is this same order."""
    basket: BasketRef | None
    address: Address
    lines: tuple[Line, ...]
    subtotal: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money
    """subtotal - discount + tax + shipping"""


class OrderValidationRequested(Event, frozen=True, tag="ordering.OrderValidationRequested"):
    """The grace period is over; whether everything is in stock is asked now."""

    buyer_id: str
    stock_items: tuple[StockItem, ...]


class OrderStockConfirmed(Event, frozen=True, tag="ordering.OrderStockConfirmed"):
    """Everything ordered is in stock; the total may be charged."""

    buyer_id: str
    total: Money


class OrderPaid(Event, frozen=True, tag="ordering.OrderPaid"):
    buyer_id: str
    total: Money
    stock_items: tuple[StockItem, ...]


class OrderShipped(Event, frozen=True, tag="ordering.OrderShipped"):
    buyer_id: str
    carrier: str
    tracking_number: str
    stock_items: tuple[StockItem, ...]


class OrderCancelled(Event, frozen=True, tag="ordering.OrderCancelled"):
    buyer_id: str
    cause: CancelCause
    comment: Personal[str]
    """In the words of who cancelled; may be empty."""
    stock_items: tuple[StockItem, ...]
    out_of_stock: tuple[OutOfStock, ...] = ()


class NoteAdded(Event, frozen=True, tag="ordering.NoteAdded"):
    note_id: UUID
    kind: NoteKind
    text: Personal[str]


OrderEvent: TypeAlias = (
    OrderPlaced | OrderValidationRequested | OrderStockConfirmed | OrderPaid | OrderShipped | OrderCancelled | NoteAdded
)


# State


class Status(StrEnum):
    SUBMITTED = "submitted"
    AWAITING_VALIDATION = "awaiting-validation"
    STOCK_CONFIRMED = "stock-confirmed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


PENDING = frozenset({Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED})
"""Not paid yet: may be cancelled, and counts for the most that a buyer may have."""

_STEPS = (Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED, Status.PAID, Status.SHIPPED)


class Order(msgspec.Struct, frozen=True):
    status: Status | None = None
    """None for an order that was not placed yet."""
    placed: OrderPlaced | None = None
    shipped: OrderShipped | None = None
    cancelled: OrderCancelled | None = None
    notes: tuple[NoteAdded, ...] = ()

    @property
    def buyer_id(self) -> str:
        return self.placed.buyer_id if self.placed else ""

    @property
    def stock_items(self) -> tuple[StockItem, ...]:
        return tuple(StockItem(line.product_id, line.quantity) for line in self.placed.lines) if self.placed else ()


def evolve(order: Order, event: OrderEvent) -> Order:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case OrderPlaced():
            return replace(order, status=Status.SUBMITTED, placed=event)
        case OrderValidationRequested():
            return replace(order, status=Status.AWAITING_VALIDATION)
        case OrderStockConfirmed():
            return replace(order, status=Status.STOCK_CONFIRMED)
        case OrderPaid():
            return replace(order, status=Status.PAID)
        case OrderShipped():
            return replace(order, status=Status.SHIPPED, shipped=event)
        case OrderCancelled():
            return replace(order, status=Status.CANCELLED, cancelled=event)
        case NoteAdded():
            return replace(order, notes=(*order.notes, event))
        case _:
            assert_never(event)


# Refusals


class OrderNotFound(NotFound):
    code = "order-not-found"

    def __init__(self, order_id: UUID) -> None:
        super().__init__("There is no such order.", order_id=str(order_id))


class OrderCannotChange(Conflict):
    code = "order-cannot-change"

    def __init__(self, status: Status | None, wanted: Status) -> None:
        present = str(status or "not placed")
        super().__init__(f"The order is {present} and cannot become {wanted}.", **{"from": present, "to": str(wanted)})


class TotalChanged(Conflict):
    code = "total-changed"

    def __init__(self, expected: Money, actual: Money) -> None:
        super().__init__(
            f"The total is {actual} by now, not {expected}. Send the new one if it is agreed to.",
            expected=str(expected.amount),
            total=str(actual.amount),
            currency=actual.currency,
        )


class TooManyNotes(Conflict):
    code = "too-many-notes"

    def __init__(self, most: int) -> None:
        super().__init__(f"An order holds at most {most} notes. No more can be added.", most=most)


ORDER: Aggregate[Order, OrderEvent] = Aggregate(
    name="ordering.order",
    initial=Order(),
    evolve=evolve,
    events=members(OrderEvent),
    missing=OrderNotFound,
)


# Decisions


def place(
    order: Order,
    *,
    number: str,
    buyer_id: str,
    origin: UUID,
    basket: BasketRef | None,
    address: Address,
    draft: Draft,
    expected_total: Money | None,
    rules: Rules,
) -> list[OrderEvent]:
    """`address` is cleaned. `expected_total` is what the buyer agreed to pay, where they said so."""
    if order.placed and order.placed.origin == origin:
        return []
    if order.status:
        raise OrderCannotChange(order.status, Status.SUBMITTED)
    total = draft.total
    if expected_total is not None and expected_total != total:
        raise TotalChanged(expected_total, total)
    if refusal := total_refusal(total, rules):
        raise refusal
    return [
        OrderPlaced(
            number=number,
            buyer_id=buyer_id,
            origin=origin,
            basket=basket,
            address=address,
            lines=draft.lines,
            subtotal=draft.subtotal,
            discount=draft.discount,
            tax=draft.tax,
            shipping=draft.shipping,
            total=total,
        )
    ]


def request_validation(order: Order) -> list[OrderEvent]:
    """The grace period is over."""
    if not _is_next(order, Status.AWAITING_VALIDATION):
        return []
    return [OrderValidationRequested(order.buyer_id, order.stock_items)]


def confirm_stock(order: Order) -> list[OrderEvent]:
    if not _is_next(order, Status.STOCK_CONFIRMED) or not order.placed:
        return []
    return [OrderStockConfirmed(order.buyer_id, order.placed.total)]


def reject_stock(order: Order, product_ids: frozenset[UUID]) -> list[OrderEvent]:
    """These products are not in stock: the order is cancelled, and says which."""
    if order.status is Status.CANCELLED:
        return []
    if order.status is not Status.AWAITING_VALIDATION or not order.placed:
        raise OrderCannotChange(order.status, Status.CANCELLED)
    missing = (OutOfStock(line.product_id, line.name) for line in order.placed.lines if line.product_id in product_ids)
    return [OrderCancelled(order.buyer_id, CancelCause.OUT_OF_STOCK, "", order.stock_items, tuple(missing))]


def pay(order: Order) -> list[OrderEvent]:
    if not _is_next(order, Status.PAID) or not order.placed:
        return []
    return [OrderPaid(order.buyer_id, order.placed.total, order.stock_items)]


def ship(order: Order, carrier: str, tracking_number: str) -> list[OrderEvent]:
    carrier = clean("carrier", carrier, most=100)
    tracking_number = clean("tracking_number", tracking_number, most=100)
    event = OrderShipped(order.buyer_id, carrier, tracking_number, order.stock_items)
    if order.shipped == event:
        return []
    if order.status is not Status.PAID:
        raise OrderCannotChange(order.status, Status.SHIPPED)
    return [event]


def cancel(order: Order, cause: CancelCause, comment: str = "") -> list[OrderEvent]:
    comment = clean("reason", comment, most=500, least=0, lines=True)
    if order.status is Status.CANCELLED:
        return []
    if order.status not in PENDING:
        raise OrderCannotChange(order.status, Status.CANCELLED)
    return [OrderCancelled(order.buyer_id, cause, comment, order.stock_items)]


def time_out(order: Order, placed_at: datetime, now: datetime, rules: Rules) -> list[OrderEvent]:
    """Cancels an order that stayed pending too long; decides nothing for all others."""
    if order.status not in PENDING or now - placed_at < rules.timeout:
        return []
    return cancel(order, CancelCause.TIMED_OUT)


def add_note(order: Order, note_id: UUID, kind: NoteKind, text: str, rules: Rules) -> list[OrderEvent]:
    """A note under an id that is there already decides nothing."""
    text = clean("text", text, most=2000, lines=True)
    if any(note.note_id == note_id for note in order.notes):
        return []
    if len(order.notes) >= rules.most_notes:
        raise TooManyNotes(rules.most_notes)
    return [NoteAdded(note_id, kind, text)]


def _is_next(order: Order, step: Status) -> bool:
    """Whether `step` is the order's next; False when it was taken before. Raises OrderCannotChange out of turn."""
    place = _STEPS.index(step)
    if order.status in _STEPS[place:]:
        return False
    if order.status is not _STEPS[place - 1]:
        raise OrderCannotChange(order.status, step)
    return True
