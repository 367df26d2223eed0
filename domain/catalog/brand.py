"""A brand: who makes an item. Its name is unique among the brands, held by a claim.

Refusals
├── UnknownBrand        no such brand
├── BrandAlreadyAdded   its id belongs to another brand
└── BrandNotActive      it was withdrawn
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


class BrandAdded(Event, frozen=True, tag="catalog.BrandAdded"):
    name: str


class BrandRenamed(Event, frozen=True, tag="catalog.BrandRenamed"):
    name: str


class BrandWithdrawn(Event, frozen=True, tag="catalog.BrandWithdrawn"):
    """No further item can be given this brand; those that have it keep it. Its name is free again."""


BrandEvent: TypeAlias = BrandAdded | BrandRenamed | BrandWithdrawn

# State


class Brand(Struct, frozen=True):
    status: Status = Status.ABSENT
    name: str = ""


def evolve(brand: Brand, event: BrandEvent) -> Brand:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case BrandAdded(name=name):
            return Brand(Status.ACTIVE, name)
        case BrandRenamed(name=name):
            return replace(brand, name=name)
        case BrandWithdrawn():
            return replace(brand, status=Status.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownBrand(NotFound):
    code = "brand-not-found"

    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such brand.", brand_id=str(id))


class BrandAlreadyAdded(Conflict):
    code = "brand-already-added"

    def __init__(self, name: str) -> None:
        super().__init__("A brand was added under this id before. Choose another id.", name=name)


class BrandNotActive(Conflict):
    code = "brand-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(f"The brand is {status} and cannot be changed. Add a new one.", status=status.value)


BRAND: Aggregate[Brand, BrandEvent] = Aggregate(
    name="catalog.brand",
    initial=Brand(),
    evolve=evolve,
    events=members(BrandEvent),
    missing=UnknownBrand,
)


# Decisions


def add(brand: Brand, name: str) -> list[BrandEvent]:
    added = BrandAdded(clean("name", name, most=NAME))
    if brand.status is Status.ABSENT:
        return [added]
    if brand == evolve(brand, added):
        return []
    raise BrandAlreadyAdded(brand.name)


def rename(brand: Brand, name: str) -> list[BrandEvent]:
    name = clean("name", name, most=NAME)
    if brand.name == name:
        return []
    _must_be_active(brand)
    return [BrandRenamed(name)]


def withdraw(brand: Brand) -> list[BrandEvent]:
    if brand.status is Status.WITHDRAWN:
        return []
    _must_be_active(brand)
    return [BrandWithdrawn()]


def _must_be_active(brand: Brand) -> None:
    if brand.status is not Status.ACTIVE:
        raise BrandNotActive(brand.status)
