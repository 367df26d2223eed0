"""A type: what kind of thing an item is; an item has one. Its name is unique among the types, held by a claim.

Refusals
├── UnknownType        no such type
├── TypeAlreadyAdded   its id belongs to another type
└── TypeNotActive      it was withdrawn
"""

from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.catalog.values import Status
from domain.kernel import Aggregate, Conflict, Event, NotFound, clean, members

NAME = 100
"""Characters at most."""

# Events


class TypeAdded(Event, frozen=True, tag="catalog.TypeAdded"):
    name: str


class TypeRenamed(Event, frozen=True, tag="catalog.TypeRenamed"):
    name: str


class TypeWithdrawn(Event, frozen=True, tag="catalog.TypeWithdrawn"):
    """No further item can be given this type; those that have it keep it. Its name is free again."""


ItemTypeEvent: TypeAlias = TypeAdded | TypeRenamed | TypeWithdrawn

# State


class ItemType(Struct, frozen=True):
    status: Status = Status.ABSENT
    name: str = ""


def evolve(type_: ItemType, event: ItemTypeEvent) -> ItemType:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case TypeAdded(name=name):
            return ItemType(Status.ACTIVE, name)
        case TypeRenamed(name=name):
            return replace(type_, name=name)
        case TypeWithdrawn():
            return replace(type_, status=Status.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownType(NotFound):
    code = "type-not-found"

    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such type.", type_id=str(id))


class TypeAlreadyAdded(Conflict):
    code = "type-already-added"

    def __init__(self, name: str) -> None:
        super().__init__("A type was added under this id before. Choose another id.", name=name)


class TypeNotActive(Conflict):
    code = "type-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(f"The type is {status} and cannot be changed. Add a new one.", status=status.value)


ITEM_TYPE: Aggregate[ItemType, ItemTypeEvent] = Aggregate(
    name="catalog.type",
    initial=ItemType(),
    evolve=evolve,
    events=members(ItemTypeEvent),
    missing=UnknownType,
)


# Decisions


def add(type_: ItemType, name: str) -> list[ItemTypeEvent]:
    added = TypeAdded(clean("name", name, most=NAME))
    if type_.status is Status.ABSENT:
        return [added]
    if type_ == evolve(type_, added):
        return []
    raise TypeAlreadyAdded(type_.name)


def rename(type_: ItemType, name: str) -> list[ItemTypeEvent]:
    name = clean("name", name, most=NAME)
    if type_.name == name:
        return []
    _must_be_active(type_)
    return [TypeRenamed(name)]


def withdraw(type_: ItemType) -> list[ItemTypeEvent]:
    if type_.status is Status.WITHDRAWN:
        return []
    _must_be_active(type_)
    return [TypeWithdrawn()]


def _must_be_active(type_: ItemType) -> None:
    if type_.status is not Status.ACTIVE:
        raise TypeNotActive(type_.status)
