"""Orders as lists show them: one row an order."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain import ordering
from domain.kernel import Fact
from domain.money import Money
from domain.ordering import Status
from projections import order_money
from projections.kernel import Key, Projection, Seen, by_stream
from projections.order_money import OrderMoney, PaymentProgress
from projections.reading import ask, money_of, where


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    order_id: UUID
    number: str
    buyer_id: str
    status: Status
    payment_status: PaymentProgress
    total: Decimal
    currency: str
    lines: int
    units: int
    product_ids: tuple[UUID, ...]
    money: OrderMoney = OrderMoney()
    disputed: Money | None = None
    placed_at: datetime
    updated_at: datetime
    version: int
    """Version of the order's stream."""


class OrderCard(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list."""

    order_id: UUID
    number: str
    buyer_id: str
    status: Status
    payment_status: PaymentProgress
    total: Money
    line_count: int
    units: int
    """Of all its lines together."""
    product_ids: tuple[UUID, ...]
    disputed: Money | None
    """What of its money a bank keeps, or has given back to the buyer: the order is neither shipped nor changed."""
    placed_at: datetime
    updated_at: datetime
    version: int
    """Version of the order's stream: its ETag."""


STATUSES: dict[type, Status] = {
    ordering.OrderValidationRequested: Status.AWAITING_VALIDATION,
    ordering.OrderStockConfirmed: Status.STOCK_CONFIRMED,
    ordering.OrderPaid: Status.PAID,
    ordering.OrderShipped: Status.SHIPPED,
    ordering.OrderCancelled: Status.CANCELLED,
}
"""What an order is after each event that changes its status."""


def evolve(row: OrderSummary | None, fact: Fact[ordering.OrderEvent], key: Key) -> OrderSummary | None:
    event = fact.event
    if isinstance(event, ordering.OrderPlaced):
        return OrderSummary(
            order_id=fact.stream,
            number=event.number,
            buyer_id=event.buyer_id,
            status=Status.SUBMITTED,
            payment_status=PaymentProgress.UNPAID,
            total=event.total.amount,
            currency=event.total.currency,
            lines=len(event.lines),
            units=sum(line.quantity for line in event.lines),
            product_ids=tuple(line.product_id for line in event.lines),
            placed_at=fact.recorded_at,
            updated_at=fact.recorded_at,
            version=fact.version,
        )
    if row is None:
        return None
    status = STATUSES.get(type(event), row.status)
    row = replace(row, status=status, updated_at=fact.recorded_at, version=fact.version)
    return _counted(_after(row, event), fact)


def _after(row: OrderSummary, event: ordering.OrderEvent) -> OrderSummary:
    match event:
        case ordering.OrderEdited(bill=bill) | ordering.OrderAmended(bill=bill):
            return _billed(row, bill)
        case ordering.OrderAuthorised():
            return replace(row, payment_status=PaymentProgress.AUTHORISED)
        case _:
            return row


def _billed(row: OrderSummary, bill: ordering.Bill) -> OrderSummary:
    return replace(
        row,
        total=bill.total.amount,
        lines=len(bill.lines),
        units=sum(line.quantity for line in bill.lines),
        product_ids=tuple(line.product_id for line in bill.lines),
    )


def _counted(row: OrderSummary, fact: Fact[ordering.OrderEvent]) -> OrderSummary:
    money = order_money.evolve(row.money, fact.event, fact.recorded_at)
    if money == row.money:
        return row
    return replace(row, money=money, disputed=money.disputed, payment_status=money.progress)


ORDER_SUMMARY = Projection(
    name="order_summary",
    version=6,
    context="ordering",
    row=OrderSummary,
    key=("order_id",),
    events=ordering.ORDER.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(buyer_id, placed_at DESC, order_id DESC)",
        "(status, placed_at DESC, order_id DESC)",
        "(payment_status, placed_at DESC, order_id DESC)",
        "(placed_at DESC, order_id DESC)",
        "(placed_at DESC, order_id DESC) WHERE disputed IS NOT NULL",
        "USING gin (product_ids)",
        "(number)",
    ),
)


async def list_orders(
    connection: AsyncConnection,
    *,
    buyer_id: str | None = None,
    number: str | None = None,
    statuses: Sequence[Status] = (),
    payment_statuses: Sequence[PaymentProgress] = (),
    product_id: UUID | None = None,
    disputed: bool = False,
    placed_from: datetime | None = None,
    placed_before: datetime | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[OrderCard]]:
    """Newest first, at most `limit`; `after` is `placed_at` and `order_id` of the last one seen.

    `disputed`: only those whose money a bank keeps, or has given back. Without `buyer_id` the orders of all buyers: for
    staff alone.
    """
    given = {
        "buyer_id = %(buyer_id)s": buyer_id,
        "number = %(number)s": number,
        "status = ANY(%(statuses)s)": list(statuses) or None,
        "payment_status = ANY(%(payment_statuses)s)": list(payment_statuses) or None,
        "product_ids @> ARRAY[%(product_id)s::uuid]": product_id,
        "disputed IS NOT NULL": disputed or None,
        "placed_at >= %(placed_from)s": placed_from,
        "placed_at < %(placed_before)s": placed_before,
        "(placed_at, order_id) < (%(after_at)s, %(after_id)s)": after,
    }
    after_at, after_id = after or (None, None)
    return await ask(
        connection,
        OrderCard,
        sql.SQL(
            "SELECT order_id, number, buyer_id, status, payment_status, lines AS line_count, units, product_ids,"
            " disputed, placed_at, updated_at, version, {} FROM read.order_summary WHERE {}"
            " ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s"
        ).format(sql.SQL(money_of("total")), where(given)),
        {
            "buyer_id": buyer_id,
            "number": number,
            "statuses": [str(status) for status in statuses],
            "payment_statuses": [str(status) for status in payment_statuses],
            "product_id": product_id,
            "placed_from": placed_from,
            "placed_before": placed_before,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        ORDER_SUMMARY,
    )
