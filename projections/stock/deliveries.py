"""What suppliers promised and what came of it, a row each."""

from datetime import date, datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain.inventory import DELIVERY, Units, delivery
from domain.inventory.delivery import DeliveryStatus
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one, where


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    delivery_id: UUID
    supplier_id: UUID
    status: DeliveryStatus
    promised: tuple[Units, ...]
    promised_units: int
    promised_for: date
    promised_at: datetime
    received: tuple[Units, ...] = ()
    received_units: int = 0
    received_at: datetime | None = None
    version: int


def evolve(row: Delivery | None, fact: Fact[delivery.DeliveryEvent], key: Key) -> Delivery | None:
    match fact.event:
        case delivery.DeliveryPromised(supplier_id, items, promised_for):
            return Delivery(
                delivery_id=fact.stream,
                supplier_id=supplier_id,
                status=DeliveryStatus.PROMISED,
                promised=items,
                promised_units=_units(items),
                promised_for=promised_for,
                promised_at=fact.recorded_at,
                version=fact.version,
            )
        case delivery.DeliveryReceived(items=items):
            return row and replace(
                row,
                status=DeliveryStatus.RECEIVED,
                received=items,
                received_units=_units(items),
                received_at=fact.recorded_at,
                version=fact.version,
            )
        case delivery.DeliveryCalledOff():
            return row and replace(row, status=DeliveryStatus.CALLED_OFF, version=fact.version)
        case _:
            assert_never(fact.event)


def _units(items: tuple[Units, ...]) -> int:
    return sum(item.quantity for item in items)


DELIVERIES = Projection(
    name="deliveries",
    version=1,
    context="inventory",
    row=Delivery,
    key=("delivery_id",),
    events=DELIVERY.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(supplier_id, promised_for DESC, delivery_id DESC)",
        "(status, promised_for DESC, delivery_id DESC)",
        "(promised_for DESC, delivery_id DESC)",
    ),
)


async def list_deliveries(
    connection: AsyncConnection,
    *,
    supplier_id: UUID | None = None,
    status: DeliveryStatus | None = None,
    overdue_on: date | None = None,
    after: tuple[date, UUID] | None = None,
    limit: int = 50,
) -> Seen[list[Delivery]]:
    """Those promised for the latest day first; `overdue_on` shows those that should have come before that day."""
    after_day, after_id = after or (None, None)
    given = {
        "supplier_id = %(supplier_id)s": supplier_id,
        "status = %(status)s": status,
        "status = 'promised' AND promised_for < %(overdue_on)s": overdue_on,
        "(promised_for, delivery_id) < (%(after_day)s, %(after_id)s)": after,
    }
    return await ask(
        connection,
        Delivery,
        sql.SQL(
            "SELECT * FROM read.deliveries WHERE {} ORDER BY promised_for DESC, delivery_id DESC LIMIT %(limit)s"
        ).format(where(given)),
        {
            "supplier_id": supplier_id,
            "status": status,
            "overdue_on": overdue_on,
            "after_day": after_day,
            "after_id": after_id,
            "limit": limit,
        },
        DELIVERIES,
    )


async def delivery_of(connection: AsyncConnection, delivery_id: UUID) -> Seen[Delivery | None]:
    return await ask_one(
        connection,
        Delivery,
        "SELECT * FROM read.deliveries WHERE delivery_id = %(delivery_id)s",
        {"delivery_id": delivery_id},
        DELIVERIES,
    )
