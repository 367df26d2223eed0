"""Every change of stock there ever was, a row each, a partition for each month: the levels are their sum."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias, assert_never
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from domain import inventory
from domain.kernel import Fact, members
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, where
from projections.stock.changes import change_of
from projections.stock.figures import month_of


class MovementKind(StrEnum):
    RECEIVED = "received"
    ADJUSTED = "adjusted"
    RESERVED = "reserved"
    RELEASED = "released"
    SHIPPED = "shipped"
    RETURNED = "returned"
    WRITTEN_OFF = "written-off"


Moved: TypeAlias = (
    inventory.StockReceived
    | inventory.StockAdjusted
    | inventory.StockReserved
    | inventory.StockReleased
    | inventory.StockShipped
    | inventory.StockReturned
    | inventory.StockWrittenOff
)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    month: date
    """The first day of its month, UTC."""
    product_id: UUID
    version: int
    """Version of the shelf's stream with which it happened."""
    kind: MovementKind
    units: int
    """How many moved, whichever way."""
    on_hand: int
    """How many more there are on hand; below zero for fewer."""
    reserved: int
    """How many more are set aside for orders; below zero for fewer."""
    order_id: UUID | None = None
    delivery_id: UUID | None = None
    return_id: UUID | None = None
    reason: str | None = None
    """Why it was adjusted, or released."""
    comment: str = ""
    actor: str
    at: datetime
    position: int


def keys(fact: Fact[Moved]) -> Iterable[Key]:
    return ((month_of(fact.recorded_at), fact.stream, fact.version),)


def evolve(row: Movement | None, fact: Fact[Moved], key: Key) -> Movement:
    month, *_ = key
    change = change_of(fact.event)
    return Movement(
        month=month,
        product_id=fact.stream,
        version=fact.version,
        on_hand=change.on_hand,
        reserved=change.reserved,
        actor=fact.actor,
        at=fact.recorded_at,
        position=fact.position,
        **_told(fact.event),
    )


def _told(event: Moved) -> dict[str, Any]:
    match event:
        case inventory.StockReceived(quantity, delivery_id=delivery_id):
            return {"kind": MovementKind.RECEIVED, "units": quantity, "delivery_id": delivery_id}
        case inventory.StockAdjusted(change, reason, comment):
            return {"kind": MovementKind.ADJUSTED, "units": abs(change), "reason": reason.value, "comment": comment}
        case inventory.StockReserved(order_id, quantity=quantity):
            return {"kind": MovementKind.RESERVED, "units": quantity, "order_id": order_id}
        case inventory.StockReleased(order_id, quantity=quantity, cause=cause):
            return {"kind": MovementKind.RELEASED, "units": quantity, "order_id": order_id, "reason": cause.value}
        case inventory.StockShipped(order_id, quantity):
            return {"kind": MovementKind.SHIPPED, "units": quantity, "order_id": order_id}
        case inventory.StockReturned(order_id, return_id, quantity):
            return {"kind": MovementKind.RETURNED, "units": quantity, "order_id": order_id, "return_id": return_id}
        case inventory.StockWrittenOff(order_id, return_id, quantity):
            return {"kind": MovementKind.WRITTEN_OFF, "units": quantity, "order_id": order_id, "return_id": return_id}
        case _:
            assert_never(event)


STOCK_MOVEMENT = Projection(
    name="stock_movement",
    version=1,
    context="inventory",
    row=Movement,
    key=("month", "product_id", "version"),
    events=members(Moved),
    keys=keys,
    evolve=evolve,
    month="month",
    indexes=(
        "(product_id, position DESC)",
        "(kind, position DESC)",
        "(order_id) WHERE order_id IS NOT NULL",
        "(position DESC)",
    ),
)


async def list_movements(
    connection: AsyncConnection,
    *,
    product_id: UUID | None = None,
    order_id: UUID | None = None,
    kinds: Iterable[MovementKind] = (),
    moved_from: datetime | None = None,
    moved_before: datetime | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Seen[list[Movement]]:
    """Newest first; `after` is the `position` of the last one seen. A span of time looks at its months alone."""
    wanted = [kind.value for kind in kinds]
    given = {
        "product_id = %(product_id)s": product_id,
        "order_id = %(order_id)s": order_id,
        "kind = ANY(%(kinds)s)": wanted or None,
        "month >= %(first_month)s AND at >= %(moved_from)s": moved_from,
        "month <= %(last_month)s AND at < %(moved_before)s": moved_before,
        "position < %(after)s": after,
    }
    return await ask(
        connection,
        Movement,
        sql.SQL("SELECT * FROM read.stock_movement WHERE {} ORDER BY position DESC LIMIT %(limit)s").format(
            where(given)
        ),
        {
            "product_id": product_id,
            "order_id": order_id,
            "kinds": wanted,
            "moved_from": moved_from,
            "moved_before": moved_before,
            "first_month": moved_from and month_of(moved_from),
            "last_month": moved_before and month_of(moved_before),
            "after": after,
            "limit": limit,
        },
        STOCK_MOVEMENT,
    )
