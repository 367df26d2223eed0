"""How an order goes from its placing to its end.

What people ask for is refused where it does not fit. What stock, payment and time tell decides nothing where it comes
too late, or again: the order has gone on by itself.
"""

from datetime import datetime
from uuid import UUID

from domain.kernel import clean, is_over
from domain.money import Money
from domain.ordering.address import Address
from domain.ordering.amounts import Draft, total_refusal
from domain.ordering.buyer import BasketRef
from domain.ordering.order.disputes import check_money
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.life import (
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    OutOfStock,
)
from domain.ordering.order.events.money import OrderCharged
from domain.ordering.order.refusals import AmendmentPending, OrderCannotChange, TooManyNotes, TotalChanged
from domain.ordering.order.state import PENDING, Order, Status
from domain.ordering.rules import Rules


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
    payment_method_id: UUID | None = None,
    promotions: tuple[str, ...] = (),
) -> list[OrderEvent]:
    """`address` is cleaned. `expected_total` is what the buyer agreed to pay, where they said so."""
    if order.origin == origin:
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
            payment_method_id=payment_method_id,
            promotions=promotions,
        )
    ]


def request_validation(order: Order) -> list[OrderEvent]:
    if order.status is not Status.SUBMITTED:
        return []
    return [OrderValidationRequested(order.buyer_id, order.stock_items)]


def end_grace_period(order: Order, placed_at: datetime, now: datetime, rules: Rules) -> list[OrderEvent]:
    """Begins to fulfil an order that could be cancelled for free long enough."""
    return request_validation(order) if is_over(placed_at, rules.grace_period, now) else []


def confirm_stock(order: Order) -> list[OrderEvent]:
    """Everything is set aside."""
    if order.status is not Status.AWAITING_VALIDATION or order.total is None:
        return []
    return [OrderStockConfirmed(order.buyer_id, order.total, order.payment_method_id)]


def reject_stock(
    order: Order, product_ids: frozenset[UUID], cause: CancelCause = CancelCause.OUT_OF_STOCK
) -> list[OrderEvent]:
    """These products cannot be had: the order is cancelled, and says which."""
    if order.status not in {Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED}:
        return []
    missing = tuple(OutOfStock(line.product_id, line.name) for line in order.lines if line.product_id in product_ids)
    return [OrderCancelled(order.buyer_id, cause, "", order.stock_items, missing)]


def authorise(order: Order) -> list[OrderEvent]:
    """The money is held."""
    if order.status is not Status.STOCK_CONFIRMED or order.authorised:
        return []
    return [OrderAuthorised(order.buyer_id)]


def allocate(order: Order) -> list[OrderEvent]:
    """The stock is the order's for good."""
    if order.status is not Status.STOCK_CONFIRMED or not order.authorised or order.allocated:
        return []
    return [OrderAllocated(order.buyer_id)]


def pay(order: Order, payment_id: UUID) -> list[OrderEvent]:
    """The money is taken."""
    if order.status is not Status.STOCK_CONFIRMED or not order.allocated or order.total is None:
        return []
    return [OrderPaid(order.buyer_id, order.total, order.stock_items, payment_id)]


def note_charge(order: Order, payment_id: UUID, amount: Money) -> list[OrderEvent]:
    """Money was taken that nothing waits for any more: the order is cancelled, or the change given up.

    The payment of a change has the change's id.
    """
    waiting = order.amendment and order.amendment.asked.amendment_id
    if order.status is None or order.status in PENDING or payment_id in order.taken or payment_id == waiting:
        return []
    return [OrderCharged(order.buyer_id, payment_id, amount)]


def fail_payment(order: Order, failure: str) -> list[OrderEvent]:
    """No money will be taken."""
    if order.status is not Status.STOCK_CONFIRMED:
        return []
    return [OrderCancelled(order.buyer_id, CancelCause.PAYMENT_FAILED, "", order.stock_items, failure=failure)]


def ship(order: Order, carrier: str, tracking_number: str) -> list[OrderEvent]:
    carrier = clean("carrier", carrier, most=100)
    tracking_number = clean("tracking_number", tracking_number, most=100)
    event = OrderShipped(order.buyer_id, carrier, tracking_number, order.stock_items)
    if order.shipped == event:
        return []
    if order.status is not Status.PAID:
        raise OrderCannotChange(order.status, Status.SHIPPED)
    if order.amendment:
        raise AmendmentPending(order.amendment.asked.amendment_id)
    check_money(order)
    return [event]


def cancel(order: Order, cause: CancelCause, comment: str = "") -> list[OrderEvent]:
    """As long as it is not shipped. What was set aside, held or taken for it is given back by those who have it."""
    comment = clean("comment", comment, most=500, least=0, lines=True)
    if order.status is Status.CANCELLED:
        return []
    if order.status not in PENDING | {Status.PAID}:
        raise OrderCannotChange(order.status, Status.CANCELLED)
    return [OrderCancelled(order.buyer_id, cause, comment, order.stock_items)]


def time_out(order: Order, placed_at: datetime, now: datetime, rules: Rules) -> list[OrderEvent]:
    """Cancels an order that stayed pending too long."""
    if order.status not in PENDING or not is_over(placed_at, rules.timeout, now):
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
