"""What an order is after what happened to it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, members
from domain.money import Money, total
from domain.ordering.address import Address
from domain.ordering.amounts import Line
from domain.ordering.order.events import OrderEvent
from domain.ordering.order.events.changes import (
    AmendmentAllocated,
    AmendmentAuthorised,
    AmendmentRejected,
    AmendmentRequested,
    AmendmentStockConfirmed,
    OrderAmended,
    OrderEdited,
)
from domain.ordering.order.events.life import (
    NoteAdded,
    OrderAllocated,
    OrderAuthorised,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    OrderStockConfirmed,
    OrderValidationRequested,
    StockItem,
)
from domain.ordering.order.events.money import (
    NOTHING_LEFT,
    DisputeDecided,
    DisputeHeard,
    OrderCharged,
    OrderRefundDropped,
    OrderRefunded,
    OrderRefundFailed,
    Owed,
    Refund,
    ReturnClosed,
    ReturnOpened,
)
from domain.ordering.order.refusals import OrderNotFound
from domain.ordering.order.taken import Dispute, Taken


class Status(StrEnum):
    SUBMITTED = "submitted"
    AWAITING_VALIDATION = "awaiting-validation"
    STOCK_CONFIRMED = "stock-confirmed"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


PENDING = frozenset({Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED})
"""Not paid yet: counts for the most that a buyer may have, and is cancelled in time."""


class AmendmentStep(StrEnum):
    """Where an amendment is: what it waits for."""

    STOCK = "stock"
    MONEY = "money"
    ALLOCATION = "allocation"
    CAPTURE = "capture"


class Amendment(msgspec.Struct, frozen=True):
    """A change to a paid order that is under way."""

    asked: AmendmentRequested
    step: AmendmentStep = AmendmentStep.STOCK


class Order(msgspec.Struct, frozen=True):
    status: Status | None = None
    """None for an order that was not placed yet."""
    number: str = ""
    buyer_id: str = ""
    origin: UUID | None = None
    address: Address | None = None
    lines: tuple[Line, ...] = ()
    total: Money | None = None
    payment_method_id: UUID | None = None
    promotions: tuple[str, ...] = ()
    authorised: bool = False
    """The money is held."""
    allocated: bool = False
    """The stock is the order's for good."""
    taken: dict[UUID, Taken] = {}
    """By payment, in the order in which it was taken."""
    disputes: dict[UUID, Dispute] = {}
    """Of any of its payments, whether that is known to have taken money yet or not."""
    amendment: Amendment | None = None
    """The one that is under way."""
    changes: int = 0
    """How often its buyer, or staff, asked for a change."""
    shipped: OrderShipped | None = None
    returning: dict[UUID, tuple[StockItem, ...]] = {}
    """What the buyer wants to send back, by return, until that is decided."""
    returned: dict[UUID, int] = {}
    """How much of each product came back."""
    refunding: dict[UUID, UUID] = {}
    """Which return each refund is for."""
    owed: dict[UUID, Money] = {}
    """What could not be paid back, by return, until staff do by hand, or it is dropped."""
    notes: tuple[NoteAdded, ...] = ()

    @property
    def stock_items(self) -> tuple[StockItem, ...]:
        return tuple(StockItem(line.product_id, line.quantity) for line in self.lines)

    @property
    def is_paid_back(self) -> bool:
        """It costs something, and all the money that was taken for it is back with the buyer, or on its way there."""
        taken = [each for each in self.taken.values() if each.amount.amount > 0 and not each.late]
        costs = self.total is not None and self.total.amount > 0
        return costs and bool(taken) and not any(each.left.amount > 0 for each in taken)


def evolve(order: Order, event: OrderEvent) -> Order:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case OrderPlaced():
            return Order(
                status=Status.SUBMITTED,
                number=event.number,
                buyer_id=event.buyer_id,
                origin=event.origin,
                address=event.address,
                lines=event.lines,
                total=event.total,
                payment_method_id=event.payment_method_id,
                promotions=event.promotions,
                notes=order.notes,
            )
        case OrderEdited(address=address, bill=bill):
            return replace(order, address=address, lines=bill.lines, total=bill.total, changes=order.changes + 1)
        case OrderValidationRequested():
            return replace(order, status=Status.AWAITING_VALIDATION)
        case OrderStockConfirmed():
            return replace(order, status=Status.STOCK_CONFIRMED)
        case OrderAuthorised():
            return replace(order, authorised=True)
        case OrderAllocated():
            return replace(order, allocated=True)
        case OrderPaid(total=amount, payment_id=payment_id):
            return _took(replace(order, status=Status.PAID), payment_id, Taken(amount))
        case OrderShipped():
            return replace(order, status=Status.SHIPPED, shipped=event)
        case OrderCancelled():
            return replace(order, status=Status.CANCELLED, amendment=None)
        case AmendmentRequested():
            return replace(order, amendment=Amendment(event), changes=order.changes + 1)
        case AmendmentStockConfirmed():
            return _amending(order, AmendmentStep.MONEY)
        case AmendmentAuthorised():
            return _amending(order, AmendmentStep.ALLOCATION)
        case AmendmentAllocated():
            return _amending(order, AmendmentStep.CAPTURE)
        case AmendmentRejected():
            return replace(order, amendment=None)
        case OrderAmended():
            return _amended(order, event)
        case ReturnOpened(return_id=return_id, items=items):
            return replace(order, returning=order.returning | {return_id: items})
        case ReturnClosed():
            return _returned(order, event)
        case OrderRefunded(payment_id=payment_id, refund_id=refund_id, amount=amount):
            order = _refunded(order, [Refund(payment_id, refund_id, amount)], made=True)
            return _again(_owed_less(order, event.paid_by_hand), event)
        case OrderRefundFailed():
            return _again(_not_refunded(order, event), event)
        case OrderRefundDropped(dropped=dropped):
            return _owed_less(order, dropped)
        case OrderCharged(payment_id=payment_id, amount=amount):
            return _took(order, payment_id, Taken(amount, late=True))
        case DisputeHeard(payment_id=payment_id, dispute_id=dispute_id, amount=amount):
            return replace(order, disputes=order.disputes | {dispute_id: Dispute(payment_id, amount)})
        case DisputeDecided():
            return _decided(order, event)
        case NoteAdded():
            return replace(order, notes=(*order.notes, event))
        case _:
            assert_never(event)


def _amending(order: Order, step: AmendmentStep) -> Order:
    return replace(order, amendment=order.amendment and replace(order.amendment, step=step))


def _amended(order: Order, event: OrderAmended) -> Order:
    order = _took(order, event.amendment_id, Taken(event.paid)) if event.paid else order
    order = replace(
        order,
        address=event.address,
        lines=event.bill.lines,
        total=event.bill.total,
        amendment=None,
        changes=order.changes + (order.amendment is None),
    )
    return _refunded(order, event.refunds)


def _took(order: Order, payment_id: UUID, taken: Taken) -> Order:
    """What a bank took back of it before that was known is back."""
    lost = [
        Refund(payment_id, dispute_id, dispute.amount)
        for dispute_id, dispute in order.disputes.items()
        if dispute.payment_id == payment_id and dispute.won is False
    ]
    return _refunded(replace(order, taken=order.taken | {payment_id: taken}), lost, made=True)


def _decided(order: Order, event: DisputeDecided) -> Order:
    dispute = Dispute(event.payment_id, event.amount, event.won)
    order = replace(order, disputes=order.disputes | {event.dispute_id: dispute})
    lost = [] if event.won else [Refund(event.payment_id, event.dispute_id, event.amount)]
    return _refunded(order, lost, made=True)


def _returned(order: Order, event: ReturnClosed) -> Order:
    came = {line.product_id: order.returned.get(line.product_id, 0) + line.quantity for line in event.lines}
    open_still = {id: items for id, items in order.returning.items() if id != event.return_id}
    refunding = {refund.refund_id: event.return_id for refund in event.refunds}
    order = replace(order, returning=open_still, returned=order.returned | came, refunding=order.refunding | refunding)
    return _refunded(order, event.refunds)


def _refunded(order: Order, refunds: Iterable[Refund], *, made: bool = False) -> Order:
    taken = dict(order.taken)
    for refund in refunds:
        if payment := taken.get(refund.payment_id):
            taken[refund.payment_id] = payment.refunded(refund.refund_id, refund.amount, made=made)
    return replace(order, taken=taken)


def _owed_less(order: Order, parts: Iterable[Owed]) -> Order:
    less = {each.return_id: each.amount for each in parts}
    owed = {id: amount - less[id] if id in less else amount for id, amount in order.owed.items()}
    return replace(order, owed={id: amount for id, amount in owed.items() if amount.amount > 0})


def _not_refunded(order: Order, event: OrderRefundFailed) -> Order:
    if event.reason != NOTHING_LEFT and (return_id := order.refunding.get(event.refund_id)):
        owed = total([event.amount, *filter(None, [order.owed.get(return_id)])], event.amount.currency)
        order = replace(order, owed=order.owed | {return_id: owed})
    if payment := order.taken.get(event.payment_id):
        failed = payment.not_refunded(event.refund_id, event.reason)
        return replace(order, taken=order.taken | {event.payment_id: failed})
    return order


def _again(order: Order, event: OrderRefunded | OrderRefundFailed) -> Order:
    """What is promised again is for the same return."""
    if return_id := order.refunding.get(event.refund_id):
        refunding = {refund.refund_id: return_id for refund in event.again}
        order = replace(order, refunding=order.refunding | refunding)
    return _refunded(order, event.again)


ORDER: Aggregate[Order, OrderEvent] = Aggregate(
    name="ordering.order",
    initial=Order(),
    evolve=evolve,
    events=members(OrderEvent),
    missing=OrderNotFound,
)
