"""Suppliers, and how they keep their word: a row each, with the sums of what they promised and what came of it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain.inventory import DELIVERY, SUPPLIER, Status, delivery, supplier
from domain.inventory.delivery import DeliveryCalledOff, DeliveryPromised, DeliveryReceived
from domain.inventory.supplier import SupplierAdded, SupplierDescribed, SupplierWithdrawn
from domain.kernel import Fact, set_fields
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, ask_one
from projections.stock.figures import ratio, seconds

Told: TypeAlias = supplier.SupplierEvent | delivery.DeliveryEvent


class Promise(msgspec.Struct, frozen=True):
    """A delivery that is waited for."""

    delivery_id: UUID
    units: int
    promised_for: date
    promised_at: datetime


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    supplier_id: UUID
    name: str
    lead_time_days: int
    status: Status
    promises: tuple[Promise, ...] = ()
    called_off: int = 0
    received: int = 0
    """Deliveries that came; so are all that follow sums of these."""
    on_time: int = 0
    promised_units: int = 0
    received_units: int = 0
    waited_seconds: Decimal = Decimal(0)
    version: int
    """Version of the supplier's stream."""


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

    @classmethod
    def of(cls, row: Supplier, today: date) -> "SupplierPerformance":
        return cls(
            promised=len(row.promises),
            overdue=sum(promise.promised_for < today for promise in row.promises),
            received=row.received,
            called_off=row.called_off,
            on_time=row.on_time,
            on_time_rate=ratio(row.on_time, row.received),
            fill_rate=ratio(row.received_units, row.promised_units),
            average_days=ratio(row.waited_seconds / 86400, row.received, "0.01"),
        )


class ShownSupplier(msgspec.Struct, frozen=True, kw_only=True):
    supplier_id: UUID
    name: str
    lead_time_days: int
    """From the order to the delivery, as the supplier says."""
    status: Status
    version: int
    performance: SupplierPerformance

    @classmethod
    def of(cls, row: Supplier, today: date) -> "ShownSupplier":
        return cls(
            supplier_id=row.supplier_id,
            name=row.name,
            lead_time_days=row.lead_time_days,
            status=row.status,
            version=row.version,
            performance=SupplierPerformance.of(row, today),
        )


def keys(fact: Fact[Told]) -> Iterable[Key]:
    match fact.event:
        case DeliveryPromised(supplier_id) | DeliveryReceived(supplier_id) | DeliveryCalledOff(supplier_id):
            return ((supplier_id,),)
        case _:
            return ((fact.stream,),)


def evolve(row: Supplier | None, fact: Fact[Told], key: Key) -> Supplier | None:
    match fact.event:
        case SupplierAdded(name, lead_time_days):
            return Supplier(
                supplier_id=fact.stream,
                name=name,
                lead_time_days=lead_time_days,
                status=Status.ACTIVE,
                version=fact.version,
            )
        case SupplierDescribed() as event:
            return row and replace(row, version=fact.version, **set_fields(event))
        case SupplierWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case DeliveryPromised(items=items, promised_for=day):
            units = sum(item.quantity for item in items)
            return row and replace(row, promises=(*row.promises, Promise(fact.stream, units, day, fact.recorded_at)))
        case DeliveryReceived() | DeliveryCalledOff():
            return row and _ended(row, fact)
        case _:
            assert_never(fact.event)


def _ended(row: Supplier, fact: Fact[Told]) -> Supplier:
    """The delivery is waited for no longer; what came of it is added up."""
    promise = next((each for each in row.promises if each.delivery_id == fact.stream), None)
    if promise is None:
        return row
    row = replace(row, promises=tuple(each for each in row.promises if each is not promise))
    if not isinstance(fact.event, DeliveryReceived):
        return replace(row, called_off=row.called_off + 1)
    return replace(
        row,
        received=row.received + 1,
        on_time=row.on_time + (fact.day <= promise.promised_for),
        promised_units=row.promised_units + promise.units,
        received_units=row.received_units + sum(item.quantity for item in fact.event.items),
        waited_seconds=row.waited_seconds + seconds(promise.promised_at, fact.recorded_at),
    )


SUPPLIERS = Projection(
    name="suppliers",
    version=1,
    context="inventory",
    row=Supplier,
    key=("supplier_id",),
    events=SUPPLIER.events + DELIVERY.events,
    keys=keys,
    evolve=evolve,
)


async def list_suppliers(
    connection: AsyncConnection, *, today: date, after: UUID | None = None, limit: int = 50
) -> Seen[list[ShownSupplier]]:
    """In the order of ids; `after` is the last one seen."""
    seen = await ask(
        connection,
        Supplier,
        "SELECT * FROM read.suppliers WHERE (%(after)s::uuid IS NULL OR supplier_id > %(after)s)"
        " ORDER BY supplier_id LIMIT %(limit)s",
        {"after": after, "limit": limit},
        SUPPLIERS,
    )
    return Seen([ShownSupplier.of(row, today) for row in seen.value], seen.positions)


async def supplier_of(connection: AsyncConnection, supplier_id: UUID, *, today: date) -> Seen[ShownSupplier | None]:
    seen = await ask_one(
        connection,
        Supplier,
        "SELECT * FROM read.suppliers WHERE supplier_id = %(supplier_id)s",
        {"supplier_id": supplier_id},
        SUPPLIERS,
    )
    return Seen(ShownSupplier.of(seen.value, today) if seen.value else None, seen.positions)
