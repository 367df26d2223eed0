"""One order with everything about it: lines, address, amounts, payment, parcel, returns, notes, how it went on."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import ordering
from domain.kernel import Fact
from domain.money import Money
from domain.ordering import Address, Line, NoteKind, Status
from projections import order_money
from projections.kernel import Key, Projection, Seen, by_stream
from projections.order_money import OrderDispute, OrderMoney, PaymentProgress
from projections.parcels import PARCELS
from projections.reading import ask_one
from projections.returns import RETURNS, ReturnRow


class Note(msgspec.Struct, frozen=True):
    note_id: UUID
    kind: NoteKind
    text: str
    author: str | None
    """Who wrote it; its buyer is told of nobody else."""
    at: datetime


class ChangeStatus(StrEnum):
    PENDING = "pending"
    """Waits for stock or money."""
    APPLIED = "applied"
    REJECTED = "rejected"


class OrderChange(msgspec.Struct, frozen=True):
    """A change to a paid order."""

    amendment_id: UUID
    status: ChangeStatus
    due: Money
    """What it costs more; negative where it costs less."""
    at: datetime
    """Since when it has this status."""
    reason: str | None = None
    """Why it was rejected, like `out-of-stock`, `declined` or `order-disputed`."""
    out_of_stock: tuple[ordering.OutOfStock, ...] = ()


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of the order's own stream."""

    order_id: UUID
    number: str
    buyer_id: str
    status: Status
    address: Address
    lines: tuple[Line, ...]
    subtotal: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money
    promotions: tuple[str, ...] = ()
    """Codes that it was placed with."""
    payment_status: PaymentProgress
    payment_method_id: UUID | None = None
    """The buyer's choice; null for their default."""
    payment_failure: str | None = None
    """Why it could not be paid, like `declined`."""
    paid: Money | None = None
    """What was taken for it in all."""
    refunded: Money | None = None
    """What of it was paid back."""
    disputed: Money | None = None
    """What of it a bank keeps, or has given back to the buyer: the order is neither shipped nor changed."""
    disputes: tuple[OrderDispute, ...] = ()
    """For staff."""
    owed: Money | None = None
    """What was to be paid back and could not be: it is for staff to pay. Its refunds say why."""
    changes: tuple[OrderChange, ...] = ()
    """To the order once it was paid."""
    placed_at: datetime
    authorised_at: datetime | None = None
    allocated_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    cancelled_at: datetime | None = None
    cancel_cause: ordering.CancelCause | None = None
    cancel_comment: str | None = None
    """In the words of who cancelled."""
    out_of_stock: tuple[ordering.OutOfStock, ...] = ()
    notes: tuple[Note, ...] = ()
    updated_at: datetime
    version: int
    """Version of the order's stream: the first part of its ETag."""


class OrderRow(OrderView, frozen=True, kw_only=True):
    money: OrderMoney = OrderMoney()


class OrderDetail(OrderView, frozen=True, kw_only=True):
    """The order with its parcel and its returns, which have streams of their own."""

    delivered_at: datetime | None = None
    returns: tuple[ReturnRow, ...] = ()

    def for_buyer(self) -> "OrderDetail":
        """Without what the shop keeps to itself: disputes, internal notes, and who of its staff wrote the others."""
        notes = (note for note in self.notes if note.kind is NoteKind.CUSTOMER)
        known = tuple(replace(note, author=known_to(self.buyer_id, note.author)) for note in notes)
        return replace(self, notes=known, disputes=())


def known_to(buyer_id: str, actor: str | None) -> str | None:
    """Whoever did something to an order, as its buyer is told."""
    return actor if actor == buyer_id else None


def evolve(row: OrderRow | None, fact: Fact[ordering.OrderEvent], key: Key) -> OrderRow | None:
    if isinstance(fact.event, ordering.OrderPlaced):
        return _placed(fact, fact.event)
    if row is None:
        return None
    row = replace(row, updated_at=fact.recorded_at, version=fact.version)
    return _counted(_after(row, fact), fact)


def _after(row: OrderRow, fact: Fact[ordering.OrderEvent]) -> OrderRow:
    event, at = fact.event, fact.recorded_at
    match event:
        case ordering.OrderPlaced():
            return row
        case ordering.OrderEdited(address=address, bill=bill):
            return _billed(row, address, bill)
        case ordering.OrderValidationRequested():
            return replace(row, status=Status.AWAITING_VALIDATION)
        case ordering.OrderStockConfirmed():
            return replace(row, status=Status.STOCK_CONFIRMED)
        case ordering.OrderAuthorised():
            return replace(row, authorised_at=at, payment_status=PaymentProgress.AUTHORISED)
        case ordering.OrderAllocated():
            return replace(row, allocated_at=at)
        case ordering.OrderPaid():
            return replace(row, status=Status.PAID, paid_at=at)
        case ordering.OrderShipped(carrier=carrier, tracking_number=number):
            return replace(row, status=Status.SHIPPED, shipped_at=at, carrier=carrier, tracking_number=number)
        case ordering.OrderCancelled():
            return _cancelled(row, event, at)
        case ordering.AmendmentRequested(amendment_id=id, due=due):
            return _changed(row, OrderChange(id, ChangeStatus.PENDING, due, at))
        case ordering.AmendmentStockConfirmed() | ordering.AmendmentAuthorised() | ordering.AmendmentAllocated():
            return row
        case ordering.AmendmentRejected():
            return _rejected(row, event, at)
        case ordering.OrderAmended(amendment_id=id, address=address, bill=bill):
            row = _changed(row, OrderChange(id, ChangeStatus.APPLIED, bill.total - row.total, at))
            return _billed(row, address, bill)
        case ordering.ReturnOpened() | ordering.ReturnClosed():
            return row  # its returns say more
        case ordering.OrderRefunded() | ordering.OrderRefundFailed() | ordering.OrderRefundDropped():
            return row  # its money says more
        case ordering.OrderCharged() | ordering.DisputeHeard() | ordering.DisputeDecided():
            return row
        case ordering.NoteAdded(note_id=note_id, kind=kind, text=text):
            return replace(row, notes=(*row.notes, Note(note_id, kind, text, fact.actor, at)))
        case _:
            assert_never(event)


def _billed(row: OrderRow, address: Address, bill: ordering.Bill) -> OrderRow:
    return replace(
        row,
        address=address,
        lines=bill.lines,
        subtotal=bill.subtotal,
        discount=bill.discount,
        tax=bill.tax,
        shipping=bill.shipping,
        total=bill.total,
    )


def _counted(row: OrderRow, fact: Fact[ordering.OrderEvent]) -> OrderRow:
    money = order_money.evolve(row.money, fact.event, fact.recorded_at)
    if money == row.money:
        return row
    return replace(
        row,
        money=money,
        paid=money.paid,
        refunded=money.refunded,
        disputed=money.disputed,
        disputes=money.disputes,
        owed=money.owed,
        payment_status=money.progress,
    )


def _cancelled(row: OrderRow, event: ordering.OrderCancelled, at: datetime) -> OrderRow:
    return replace(
        row,
        status=Status.CANCELLED,
        cancelled_at=at,
        cancel_cause=event.cause,
        cancel_comment=event.comment,
        out_of_stock=event.out_of_stock,
        payment_failure=event.failure,
        changes=tuple(
            replace(each, status=ChangeStatus.REJECTED, at=at, reason="order-cancelled")
            if each.status is ChangeStatus.PENDING
            else each
            for each in row.changes
        ),
    )


def _rejected(row: OrderRow, event: ordering.AmendmentRejected, at: datetime) -> OrderRow:
    changes = tuple(
        replace(each, status=ChangeStatus.REJECTED, at=at, reason=event.reason, out_of_stock=event.out_of_stock)
        if each.amendment_id == event.amendment_id
        else each
        for each in row.changes
    )
    return replace(row, changes=changes)


def _changed(row: OrderRow, change: OrderChange) -> OrderRow:
    return replace(row, changes=(*(each for each in row.changes if each.amendment_id != change.amendment_id), change))


def _placed(fact: Fact[ordering.OrderEvent], event: ordering.OrderPlaced) -> OrderRow:
    return OrderRow(
        order_id=fact.stream,
        number=event.number,
        buyer_id=event.buyer_id,
        status=Status.SUBMITTED,
        address=event.address,
        lines=event.lines,
        subtotal=event.subtotal,
        discount=event.discount,
        tax=event.tax,
        shipping=event.shipping,
        total=event.total,
        promotions=event.promotions,
        payment_status=PaymentProgress.UNPAID,
        payment_method_id=event.payment_method_id,
        placed_at=fact.recorded_at,
        updated_at=fact.recorded_at,
        version=fact.version,
    )


ORDER_DETAIL = Projection(
    name="order_detail",
    version=9,
    context="ordering",
    row=OrderRow,
    key=("order_id",),
    events=ordering.ORDER.events,
    keys=by_stream,
    evolve=evolve,
)


READS = (ORDER_DETAIL, PARCELS, RETURNS)


async def order_detail(
    connection: AsyncConnection, order_id: UUID, *, buyer_id: str | None = None
) -> Seen[OrderDetail | None]:
    """The order; None where there is none or, with `buyer_id`, it is another's. A buyer sees no internal notes."""
    seen = await ask_one(
        connection,
        OrderDetail,
        "SELECT o.*, (SELECT max(p.delivered_at) FROM read.parcels AS p WHERE p.order_id = o.order_id) AS delivered_at,"
        " coalesce((SELECT json_agg(r ORDER BY r.requested_at) FROM read.returns AS r WHERE r.order_id = o.order_id),"
        " '[]') AS returns FROM read.order_detail AS o WHERE o.order_id = %(order_id)s"
        " AND (%(buyer_id)s::text IS NULL OR o.buyer_id = %(buyer_id)s)",
        {"order_id": order_id, "buyer_id": buyer_id},
        *READS,
    )
    if buyer_id is not None and seen.value is not None:
        return Seen(seen.value.for_buyer(), seen.positions)
    return seen
