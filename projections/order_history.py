"""Every status that an order ever had, since when, and by whose doing."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import ordering
from domain.kernel import Fact
from domain.ordering import Status
from projections.kernel import Key, Projection, Seen
from projections.order_detail import known_to
from projections.order_summary import ORDER_SUMMARY, STATUSES
from projections.reading import ask

DESCRIPTIONS = {
    Status.SUBMITTED: "The order was placed.",
    Status.AWAITING_VALIDATION: "Its items are being checked against the stock.",
    Status.STOCK_CONFIRMED: "All the items were confirmed with available stock.",
    Status.PAID: "The order was paid.",
    Status.SHIPPED: "The order was shipped.",
    Status.CANCELLED: "The order was cancelled.",
}


class StatusChange(msgspec.Struct, frozen=True):
    order_id: UUID
    version: int
    """Version of the order's stream with which it took this status."""
    status: Status
    description: str
    actor: str | None
    """Whose doing it was; its buyer is told of nobody else's."""
    at: datetime


def keys(fact: Fact[ordering.OrderEvent]) -> Iterator[Key]:
    yield (fact.stream, fact.version)


def evolve(row: StatusChange | None, fact: Fact[ordering.OrderEvent], key: Key) -> StatusChange:
    status = STATUSES.get(type(fact.event), Status.SUBMITTED)
    description = DESCRIPTIONS[status]
    if isinstance(fact.event, ordering.OrderCancelled):
        description = _why(fact.event)
    return StatusChange(fact.stream, fact.version, status, description, fact.actor, fact.recorded_at)


def _why(event: ordering.OrderCancelled) -> str:
    match event.cause:
        case ordering.CancelCause.OUT_OF_STOCK:
            return f"Out of stock: {_names(event)}."
        case ordering.CancelCause.TOO_MANY_RESERVATIONS:
            return f"The order was cancelled: too many others of its buyer wait for {_names(event)}."
        case ordering.CancelCause.PAYMENT_FAILED:
            return f"The order was cancelled: it could not be paid{f' ({event.failure})' if event.failure else ''}."
        case ordering.CancelCause.TIMED_OUT:
            return "The order was cancelled: it was not paid in time."
        case _:
            return DESCRIPTIONS[Status.CANCELLED]


def _names(event: ordering.OrderCancelled) -> str:
    return ", ".join(item.name for item in event.out_of_stock)


ORDER_HISTORY = Projection(
    name="order_history",
    version=3,
    context="ordering",
    row=StatusChange,
    key=("order_id", "version"),
    events=(ordering.OrderPlaced, *STATUSES),
    keys=keys,
    evolve=evolve,
)


async def order_history(
    connection: AsyncConnection, order_id: UUID, *, buyer_id: str | None = None
) -> Seen[list[StatusChange]]:
    """In the order in which it went; empty where there is no such order or, with `buyer_id`, it is somebody else's.

    A buyer is not told which of the shop's staff did what.
    """
    seen = await ask(
        connection,
        StatusChange,
        "SELECT h.* FROM read.order_history AS h WHERE h.order_id = %(order_id)s AND (%(buyer_id)s::text IS NULL"
        " OR EXISTS (SELECT FROM read.order_summary AS o WHERE o.order_id = h.order_id AND o.buyer_id = %(buyer_id)s))"
        " ORDER BY h.version",
        {"order_id": order_id, "buyer_id": buyer_id},
        ORDER_HISTORY,
        ORDER_SUMMARY,
    )
    if buyer_id is None:
        return seen
    return Seen([replace(each, actor=known_to(buyer_id, each.actor)) for each in seen.value], seen.positions)
