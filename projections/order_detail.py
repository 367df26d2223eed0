"""One order with everything about it: lines, address, amounts, notes, how it went on."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import ordering
from domain.kernel import Fact
from domain.money import Money
from domain.ordering import Address, Line, NoteKind, Status
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask_one


class Note(msgspec.Struct, frozen=True):
    note_id: UUID
    kind: NoteKind
    text: str
    author: str | None
    """Who wrote it; its buyer is told of nobody else."""
    at: datetime


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
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
    placed_at: datetime
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
    """Version of the order's stream: its ETag."""

    def for_buyer(self) -> "OrderDetail":
        """Without what the shop keeps to itself: internal notes, and who of its staff wrote the others."""
        notes = (note for note in self.notes if note.kind is NoteKind.CUSTOMER)
        return replace(self, notes=tuple(replace(note, author=known_to(self.buyer_id, note.author)) for note in notes))


def known_to(buyer_id: str, actor: str | None) -> str | None:
    """Whoever did something to an order, as its buyer is told."""
    return actor if actor == buyer_id else None


def evolve(row: OrderDetail | None, fact: Fact[ordering.OrderEvent], key: Key) -> OrderDetail | None:
    if isinstance(fact.event, ordering.OrderPlaced):
        return _placed(fact, fact.event)
    if row is None:
        return None
    row = replace(row, updated_at=fact.recorded_at, version=fact.version)
    match fact.event:
        case ordering.OrderValidationRequested():
            return replace(row, status=Status.AWAITING_VALIDATION)
        case ordering.OrderStockConfirmed():
            return replace(row, status=Status.STOCK_CONFIRMED)
        case ordering.OrderAuthorised() | ordering.OrderAllocated():
            return row
        case ordering.OrderPaid():
            return replace(row, status=Status.PAID, paid_at=fact.recorded_at)
        case ordering.OrderShipped(carrier=carrier, tracking_number=tracking_number):
            return replace(
                row,
                status=Status.SHIPPED,
                shipped_at=fact.recorded_at,
                carrier=carrier,
                tracking_number=tracking_number,
            )
        case ordering.OrderCancelled(cause=cause, comment=comment, out_of_stock=out_of_stock):
            return replace(
                row,
                status=Status.CANCELLED,
                cancelled_at=fact.recorded_at,
                cancel_cause=cause,
                cancel_comment=comment,
                out_of_stock=out_of_stock,
            )
        case ordering.NoteAdded(note_id=note_id, kind=kind, text=text):
            return replace(row, notes=(*row.notes, Note(note_id, kind, text, fact.actor, fact.recorded_at)))
        case _:
            assert_never(fact.event)


def _placed(fact: Fact[ordering.OrderEvent], event: ordering.OrderPlaced) -> OrderDetail:
    return OrderDetail(
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
        placed_at=fact.recorded_at,
        updated_at=fact.recorded_at,
        version=fact.version,
    )


ORDER_DETAIL = Projection(
    name="order_detail",
    version=2,
    context="ordering",
    row=OrderDetail,
    key=("order_id",),
    events=ordering.ORDER.events,
    keys=by_stream,
    evolve=evolve,
)


async def order_detail(
    connection: AsyncConnection, order_id: UUID, *, buyer_id: str | None = None
) -> Seen[OrderDetail | None]:
    """The order; None where there is none or, with `buyer_id`, it is another's. A buyer sees no internal notes."""
    seen = await ask_one(
        connection,
        OrderDetail,
        "SELECT * FROM read.order_detail WHERE order_id = %(order_id)s"
        " AND (%(buyer_id)s::text IS NULL OR buyer_id = %(buyer_id)s)",
        {"order_id": order_id, "buyer_id": buyer_id},
        ORDER_DETAIL,
    )
    if buyer_id is not None and seen.value is not None:
        return Seen(seen.value.for_buyer(), seen.positions)
    return seen
