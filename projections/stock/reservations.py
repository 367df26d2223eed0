"""What each order holds of the stock, and which of it is about to expire: one row an order."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from domain import inventory
from domain.inventory import RESERVATION, Reservation, ReservationEvent, Shortage, Step, Units
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one


class Holding(StrEnum):
    """How an order stands with the stock."""

    RESERVED = "reserved"
    """Something is set aside for a while."""
    ALLOCATED = "allocated"
    """All that it holds is its own for good."""
    SHIPPED = "shipped"
    EXPIRED = "expired"
    REJECTED = "rejected"
    RELEASED = "released"


class OrderReservation(msgspec.Struct, frozen=True, kw_only=True):
    order_id: UUID
    buyer_id: str
    status: Holding
    reserved: tuple[Units, ...]
    """For a while."""
    allocated: tuple[Units, ...]
    """For good."""
    reserved_at: datetime | None
    """When that which is set aside for a while was; null where nothing is."""
    shortages: tuple[Shortage, ...] = ()
    """Of what it was rejected for last."""
    updated_at: datetime
    version: int


class Row(OrderReservation, frozen=True, kw_only=True):
    state: Reservation


class ShownReservation(OrderReservation, frozen=True, kw_only=True):
    expires_at: datetime | None
    """When what is set aside for a while is let go, if the order does not go on; null where nothing is."""


def evolve(row: Row | None, fact: Fact[ReservationEvent], key: Key) -> Row:
    event = fact.event
    state = RESERVATION.evolve(row.state if row else Reservation(), event)
    reserved_at = row.reserved_at if row else None
    shortages = row.shortages if row else ()
    match event:
        case inventory.ReservationMade():
            reserved_at = fact.recorded_at
        case inventory.ReservationRejected(shortages=short):
            shortages = short
        case _:
            pass
    return Row(
        order_id=fact.stream,
        buyer_id=state.buyer_id,
        status=_status(state),
        reserved=_sorted(state.reserved),
        allocated=_sorted(state.allocated),
        reserved_at=reserved_at if state.reserved else None,
        shortages=shortages,
        updated_at=fact.recorded_at,
        version=fact.version,
        state=state,
    )


def _status(state: Reservation) -> Holding:
    steps = {part.step for part in state.parts.values()}
    if state.closed:
        return Holding.SHIPPED if Step.ALLOCATED in steps else Holding.RELEASED
    for step in (Step.RESERVED, Step.ALLOCATED, Step.EXPIRED, Step.REJECTED):
        if step in steps:
            return Holding(step.value)
    return Holding.RELEASED


def _sorted(items: tuple[Units, ...]) -> tuple[Units, ...]:
    return tuple(sorted(items, key=lambda item: (item.product_id, item.quantity)))


STOCK_RESERVATION = Projection(
    name="stock_reservation",
    version=1,
    context="inventory",
    row=Row,
    key=("order_id",),
    events=RESERVATION.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(reserved_at, order_id) WHERE reserved_at IS NOT NULL",
        "(status, updated_at DESC, order_id DESC)",
        "(buyer_id, updated_at DESC, order_id DESC)",
        "(updated_at DESC, order_id DESC)",
    ),
)

_SHOWN = (
    "SELECT order_id, buyer_id, status, reserved, allocated, reserved_at, shortages, updated_at, version,"
    " reserved_at + %(lifetime)s::interval AS expires_at FROM read.stock_reservation"
)


async def reservation_of(
    connection: AsyncConnection, order_id: UUID, *, lifetime: timedelta
) -> Seen[ShownReservation | None]:
    return await ask_one(
        connection,
        ShownReservation,
        f"{_SHOWN} WHERE order_id = %(order_id)s",
        {"order_id": order_id, "lifetime": lifetime},
        STOCK_RESERVATION,
    )


async def list_reservations(
    connection: AsyncConnection,
    *,
    lifetime: timedelta,
    status: Holding | None = None,
    buyer_id: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Seen[list[ShownReservation]]:
    """What changed last comes first; `after` is `updated_at` and `order_id` of the last one seen."""
    after_at, after_id = after or (None, None)
    given: dict[str, Any] = {
        "status = %(status)s": status,
        "buyer_id = %(buyer_id)s": buyer_id,
        "(updated_at, order_id) < (%(after_at)s, %(after_id)s)": after,
    }
    conditions = [sql.SQL(condition) for condition, value in given.items() if value is not None] or [sql.SQL("true")]
    return await ask(
        connection,
        ShownReservation,
        sql.SQL("{} WHERE {} ORDER BY updated_at DESC, order_id DESC LIMIT %(limit)s").format(
            sql.SQL(_SHOWN), sql.SQL(" AND ").join(conditions)
        ),
        {
            "lifetime": lifetime,
            "status": status,
            "buyer_id": buyer_id,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        STOCK_RESERVATION,
    )


async def expiring(
    connection: AsyncConnection,
    *,
    before: datetime,
    lifetime: timedelta,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Seen[list[ShownReservation]]:
    """Those that will expire before that moment, the next one first; `after` is `reserved_at` and `order_id`."""
    after_at, after_id = after or (None, None)
    return await ask(
        connection,
        ShownReservation,
        f"{_SHOWN} WHERE reserved_at < %(before)s - %(lifetime)s::interval AND (%(after_at)s::timestamptz IS NULL"
        " OR (reserved_at, order_id) > (%(after_at)s, %(after_id)s::uuid))"
        " ORDER BY reserved_at, order_id LIMIT %(limit)s",
        {"before": before, "lifetime": lifetime, "after_at": after_at, "after_id": after_id, "limit": limit},
        STOCK_RESERVATION,
    )
