"""What each order holds of the stock, and which of it is about to expire: one row an order."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from domain import inventory
from domain.inventory import RESERVATION, Part, PartStep, Reservation, ReservationEvent, Shortage, Units
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, ask_one, where


class Holding(StrEnum):
    """How an order stands with the stock."""

    RESERVED = "reserved"
    """Something is set aside for a while."""
    ALLOCATED = "allocated"
    """All that it holds is its own for good."""
    SHIPPED = "shipped"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RELEASED = "released"
    """Nothing is held, by an amendment that was given up."""


class ReservedPart(msgspec.Struct, frozen=True):
    """What was asked for at once: the order as it was placed, by its own id, or an amendment."""

    part_id: UUID
    step: PartStep
    items: tuple[Units, ...]


class OrderReservation(msgspec.Struct, frozen=True, kw_only=True):
    order_id: UUID
    buyer_id: str
    status: Holding
    parts: tuple[ReservedPart, ...]
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


class ShownReservation(OrderReservation, frozen=True, kw_only=True):
    expires_at: datetime | None
    """When what is set aside for a while is let go, if the order does not go on; null where nothing is."""


def keys(fact: Fact[ReservationEvent]) -> Iterable[Key]:
    return ((fact.event.order_id,),)


def evolve(row: OrderReservation | None, fact: Fact[ReservationEvent], key: Key) -> OrderReservation:
    event = fact.event
    state = RESERVATION.evolve(_state(row), event)
    reserved_at = row.reserved_at if row else None
    shortages = row.shortages if row else ()
    match event:
        case inventory.ReservationMade():
            reserved_at = fact.recorded_at
        case inventory.ReservationRejected(shortages=short):
            shortages = short
        case _:
            pass
    return OrderReservation(
        order_id=event.order_id,
        buyer_id=state.buyer_id,
        status=_status(state),
        parts=tuple(ReservedPart(part_id, part.step, part.items) for part_id, part in state.parts.items()),
        reserved=state.reserved,
        allocated=state.allocated,
        reserved_at=reserved_at if state.reserved else None,
        shortages=shortages,
        updated_at=fact.recorded_at,
        version=fact.version,
    )


def _state(row: OrderReservation | None) -> Reservation:
    """As much of it as the row shows; what it gave back or got back is told by events that name it."""
    if row is None:
        return Reservation()
    return Reservation(
        order_id=row.order_id,
        buyer_id=row.buyer_id,
        parts={part.part_id: Part(part.step, part.items) for part in row.parts},
        allocated=row.allocated,
        closed=row.status in {Holding.SHIPPED, Holding.CANCELLED},
    )


def _status(state: Reservation) -> Holding:
    steps = {part.step for part in state.parts.values()}
    if state.closed:
        return Holding.SHIPPED if PartStep.ALLOCATED in steps else Holding.CANCELLED
    for step in (PartStep.RESERVED, PartStep.ALLOCATED, PartStep.EXPIRED, PartStep.REJECTED):
        if step in steps:
            return Holding(step.value)
    return Holding.RELEASED


STOCK_RESERVATION = Projection(
    name="stock_reservation",
    version=1,
    context="inventory",
    row=OrderReservation,
    key=("order_id",),
    events=RESERVATION.events,
    keys=keys,
    evolve=evolve,
    indexes=(
        "(reserved_at, order_id) WHERE reserved_at IS NOT NULL",
        "(status, updated_at DESC, order_id DESC)",
        "(buyer_id, updated_at DESC, order_id DESC)",
        "(updated_at DESC, order_id DESC)",
    ),
)

_SHOWN = (
    "SELECT order_id, buyer_id, status, parts, reserved, allocated, reserved_at, shortages, updated_at, version,"
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
    return await _those(
        connection,
        {
            "status = %(status)s": status,
            "buyer_id = %(buyer_id)s": buyer_id,
            "(updated_at, order_id) < (%(after_at)s, %(after_id)s)": after,
        },
        "updated_at DESC, order_id DESC",
        lifetime=lifetime,
        status=status,
        buyer_id=buyer_id,
        after_at=after_at,
        after_id=after_id,
        limit=limit,
    )


async def expiring(
    connection: AsyncConnection,
    *,
    before: datetime,
    lifetime: timedelta,
    status: Holding | None = None,
    buyer_id: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Seen[list[ShownReservation]]:
    """Those that will expire before that moment, the next one first; `after` is `reserved_at` and `order_id`."""
    after_at, after_id = after or (None, None)
    return await _those(
        connection,
        {
            "reserved_at < %(before)s - %(lifetime)s::interval": before,
            "status = %(status)s": status,
            "buyer_id = %(buyer_id)s": buyer_id,
            "(reserved_at, order_id) > (%(after_at)s, %(after_id)s)": after,
        },
        "reserved_at, order_id",
        before=before,
        lifetime=lifetime,
        status=status,
        buyer_id=buyer_id,
        after_at=after_at,
        after_id=after_id,
        limit=limit,
    )


async def _those(
    connection: AsyncConnection, given: Mapping[LiteralString, object], order: LiteralString, **parameters: object
) -> Seen[list[ShownReservation]]:
    """Those for which each condition holds that something is given for."""
    return await ask(
        connection,
        ShownReservation,
        sql.SQL("{} WHERE {} ORDER BY {} LIMIT %(limit)s").format(sql.SQL(_SHOWN), where(given), sql.SQL(order)),
        parameters,
        STOCK_RESERVATION,
    )
