"""Suppliers, what they promised and what came of it; and the categories that stock is sorted by."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain.inventory import CATEGORY, DELIVERY, SUPPLIER, Status, Units, category, delivery, supplier
from domain.inventory.delivery import DeliveryStatus
from domain.kernel import Fact, set_fields
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one


class Supplier(msgspec.Struct, frozen=True):
    supplier_id: UUID
    name: str
    lead_time_days: int
    """From the order to the delivery, as the supplier says."""
    status: Status
    version: int


class SupplierPerformance(msgspec.Struct, frozen=True):
    """What a supplier promised against what came."""

    promised: int
    """Deliveries that are waited for."""
    overdue: int
    """Those of them that should have come by now."""
    received: int
    called_off: int
    on_time: int
    """Deliveries that came by the day that they were promised for."""
    on_time_rate: Decimal | None
    """Of those received; null while none came."""
    fill_rate: Decimal | None
    """Units received of those promised, in the deliveries that came; more than 1 where more came."""
    average_days: Decimal | None
    """From the promise to the delivery, of those received."""


class ShownSupplier(Supplier, frozen=True, kw_only=True):
    performance: SupplierPerformance


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


class StockCategory(msgspec.Struct, frozen=True):
    category_id: UUID
    name: str
    status: Status
    version: int


def evolve_supplier(row: Supplier | None, fact: Fact[supplier.SupplierEvent], key: Key) -> Supplier | None:
    match fact.event:
        case supplier.SupplierAdded(name, lead_time_days):
            return Supplier(fact.stream, name, lead_time_days, Status.ACTIVE, fact.version)
        case supplier.SupplierDescribed() as event:
            return row and replace(row, version=fact.version, **set_fields(event))
        case supplier.SupplierWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


def evolve_delivery(row: Delivery | None, fact: Fact[delivery.DeliveryEvent], key: Key) -> Delivery | None:
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
        case delivery.DeliveryReceived(items):
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


def evolve_category(row: StockCategory | None, fact: Fact[category.CategoryEvent], key: Key) -> StockCategory | None:
    match fact.event:
        case category.CategoryAdded(name):
            return StockCategory(fact.stream, name, Status.ACTIVE, fact.version)
        case category.CategoryRenamed(name):
            return row and replace(row, name=name, version=fact.version)
        case category.CategoryWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


def _units(items: tuple[Units, ...]) -> int:
    return sum(item.quantity for item in items)


SUPPLIERS = Projection(
    name="suppliers",
    version=1,
    context="inventory",
    row=Supplier,
    key=("supplier_id",),
    events=SUPPLIER.events,
    keys=by_stream,
    evolve=evolve_supplier,
)

DELIVERIES = Projection(
    name="deliveries",
    version=1,
    context="inventory",
    row=Delivery,
    key=("delivery_id",),
    events=DELIVERY.events,
    keys=by_stream,
    evolve=evolve_delivery,
    indexes=(
        "(supplier_id, promised_for DESC, delivery_id DESC)",
        "(status, promised_for DESC, delivery_id DESC)",
        "(promised_for DESC, delivery_id DESC)",
    ),
)

STOCK_CATEGORIES = Projection(
    name="stock_categories",
    version=1,
    context="inventory",
    row=StockCategory,
    key=("category_id",),
    events=CATEGORY.events,
    keys=by_stream,
    evolve=evolve_category,
)

READS = (SUPPLIERS, DELIVERIES)

_PERFORMANCE = (
    "SELECT s.*, (SELECT json_build_object("
    "'promised', count(*) FILTER (WHERE status = 'promised'),"
    " 'overdue', count(*) FILTER (WHERE status = 'promised' AND promised_for < %(today)s),"
    " 'received', count(*) FILTER (WHERE came),"
    " 'called_off', count(*) FILTER (WHERE status = 'called-off'),"
    " 'on_time', count(*) FILTER (WHERE timely),"
    " 'on_time_rate', round(count(*) FILTER (WHERE timely)::numeric"
    " / nullif(count(*) FILTER (WHERE came), 0), 4)::text,"
    " 'fill_rate', round(sum(received_units) FILTER (WHERE came)"
    " / nullif(sum(promised_units) FILTER (WHERE came), 0), 4)::text,"
    " 'average_days', round((avg(extract(epoch FROM received_at - promised_at)) / 86400)::numeric, 2)::text)"
    " FROM (SELECT *, status = 'received' AS came, (received_at AT TIME ZONE 'UTC')::date <= promised_for AS timely"
    " FROM read.deliveries WHERE supplier_id = s.supplier_id) AS promised) AS performance FROM read.suppliers AS s"
)


async def list_suppliers(
    connection: AsyncConnection, *, today: date, after: UUID | None = None, limit: int = 50
) -> Seen[list[ShownSupplier]]:
    """In the order of ids; `after` is the last one seen."""
    return await ask(
        connection,
        ShownSupplier,
        f"{_PERFORMANCE} WHERE (%(after)s::uuid IS NULL OR s.supplier_id > %(after)s)"
        " ORDER BY s.supplier_id LIMIT %(limit)s",
        {"today": today, "after": after, "limit": limit},
        *READS,
    )


async def supplier_of(connection: AsyncConnection, supplier_id: UUID, *, today: date) -> Seen[ShownSupplier | None]:
    return await ask_one(
        connection,
        ShownSupplier,
        f"{_PERFORMANCE} WHERE s.supplier_id = %(supplier_id)s",
        {"today": today, "supplier_id": supplier_id},
        *READS,
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
    given: dict[str, Any] = {
        "supplier_id = %(supplier_id)s": supplier_id,
        "status = %(status)s": status,
        "status = 'promised' AND promised_for < %(overdue_on)s": overdue_on,
        "(promised_for, delivery_id) < (%(after_day)s, %(after_id)s)": after,
    }
    conditions = [sql.SQL(condition) for condition, value in given.items() if value is not None] or [sql.SQL("true")]
    return await ask(
        connection,
        Delivery,
        sql.SQL(
            "SELECT * FROM read.deliveries WHERE {} ORDER BY promised_for DESC, delivery_id DESC LIMIT %(limit)s"
        ).format(sql.SQL(" AND ").join(conditions)),
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


async def list_categories(
    connection: AsyncConnection, *, after: UUID | None = None, limit: int = 50
) -> Seen[list[StockCategory]]:
    """In the order of ids; `after` is the last one seen."""
    return await ask(
        connection,
        StockCategory,
        "SELECT * FROM read.stock_categories WHERE (%(after)s::uuid IS NULL OR category_id > %(after)s)"
        " ORDER BY category_id LIMIT %(limit)s",
        {"after": after, "limit": limit},
        STOCK_CATEGORIES,
    )


async def category_of(connection: AsyncConnection, category_id: UUID) -> Seen[StockCategory | None]:
    return await ask_one(
        connection,
        StockCategory,
        "SELECT * FROM read.stock_categories WHERE category_id = %(category_id)s",
        {"category_id": category_id},
        STOCK_CATEGORIES,
    )
