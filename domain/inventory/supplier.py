"""A supplier: who sells to the shop, and how long that takes.

How well a supplier keeps what was promised is told by the deliveries.

Refusals
├── UnknownSupplier        no such supplier
├── SupplierAlreadyAdded   its id belongs to another one
├── SupplierNotActive      it was withdrawn
└── InvalidUnits           see `values`
"""

from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from domain.inventory.values import Status, counted
from domain.kernel import Aggregate, Conflict, Event, NotFound, clean, members, set_fields

NAME = 200
"""Characters at most."""
LEAD_TIME = 365
"""Days at most."""

# Events


class SupplierAdded(Event, frozen=True, tag="inventory.SupplierAdded"):
    name: str
    lead_time_days: int
    """From the order to the delivery, as the supplier says."""


class SupplierDescribed(Event, frozen=True, tag="inventory.SupplierDescribed"):
    """Holds what changed."""

    name: str | UnsetType = UNSET
    lead_time_days: int | UnsetType = UNSET


class SupplierWithdrawn(Event, frozen=True, tag="inventory.SupplierWithdrawn"):
    """Nothing more is ordered there; what was promised may still come."""


SupplierEvent: TypeAlias = SupplierAdded | SupplierDescribed | SupplierWithdrawn

# State


class Supplier(msgspec.Struct, frozen=True):
    status: Status = Status.ABSENT
    name: str = ""
    lead_time_days: int = 0


def evolve(supplier: Supplier, event: SupplierEvent) -> Supplier:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case SupplierAdded(name, lead_time_days):
            return Supplier(Status.ACTIVE, name, lead_time_days)
        case SupplierDescribed():
            return replace(supplier, **set_fields(event))
        case SupplierWithdrawn():
            return replace(supplier, status=Status.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownSupplier(NotFound):
    code = "supplier-not-found"

    def __init__(self, supplier_id: UUID) -> None:
        super().__init__("There is no such supplier.", supplier_id=str(supplier_id))


class SupplierAlreadyAdded(Conflict):
    code = "supplier-already-added"

    def __init__(self, name: str) -> None:
        super().__init__("A supplier was added under this id before. Choose another id.", name=name)


class SupplierNotActive(Conflict):
    code = "supplier-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(f"The supplier is {status} and cannot be used. Add a new one.", status=status.value)


SUPPLIER: Aggregate[Supplier, SupplierEvent] = Aggregate(
    name="inventory.supplier",
    initial=Supplier(),
    evolve=evolve,
    events=members(SupplierEvent),
    missing=UnknownSupplier,
)


# Decisions


def add(supplier: Supplier, name: str, lead_time_days: int) -> list[SupplierEvent]:
    name = clean("name", name, most=NAME)
    added = SupplierAdded(name, counted("lead_time_days", lead_time_days, least=0, most=LEAD_TIME))
    if supplier.status is Status.ABSENT:
        return [added]
    if supplier == evolve(supplier, added):
        return []
    raise SupplierAlreadyAdded(supplier.name)


def describe(
    supplier: Supplier, *, name: str | UnsetType = UNSET, lead_time_days: int | UnsetType = UNSET
) -> list[SupplierEvent]:
    """Changes what is given and is another than it was."""
    if name is not UNSET:
        name = clean("name", name, most=NAME)
    if lead_time_days is not UNSET:
        counted("lead_time_days", lead_time_days, least=0, most=LEAD_TIME)
    change = SupplierDescribed(
        UNSET if name == supplier.name else name,
        UNSET if lead_time_days == supplier.lead_time_days else lead_time_days,
    )
    if not set_fields(change):
        return []
    must_be_active(supplier)
    return [change]


def withdraw(supplier: Supplier) -> list[SupplierEvent]:
    if supplier.status is Status.WITHDRAWN:
        return []
    must_be_active(supplier)
    return [SupplierWithdrawn()]


def must_be_active(supplier: Supplier) -> None:
    if supplier.status is not Status.ACTIVE:
        raise SupplierNotActive(supplier.status)
