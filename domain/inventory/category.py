"""A category of stock: how the shelves are sorted, whatever the catalogue shows.

Refusals
├── UnknownStockCategory      no such category
├── StockCategoryAlreadyAdded its id belongs to another one
└── StockCategoryNotActive    it was withdrawn
"""

from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.inventory.values import Status
from domain.kernel import Aggregate, Conflict, Event, NotFound, clean, members

NAME = 100
"""Characters at most."""

# Events


class CategoryAdded(Event, frozen=True, tag="inventory.CategoryAdded"):
    name: str


class CategoryRenamed(Event, frozen=True, tag="inventory.CategoryRenamed"):
    name: str


class CategoryWithdrawn(Event, frozen=True, tag="inventory.CategoryWithdrawn"):
    """No further shelf can be given it; those that have it keep it."""


CategoryEvent: TypeAlias = CategoryAdded | CategoryRenamed | CategoryWithdrawn

# State


class Category(msgspec.Struct, frozen=True):
    status: Status = Status.ABSENT
    name: str = ""


def evolve(category: Category, event: CategoryEvent) -> Category:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case CategoryAdded(name):
            return Category(Status.ACTIVE, name)
        case CategoryRenamed(name):
            return replace(category, name=name)
        case CategoryWithdrawn():
            return replace(category, status=Status.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownStockCategory(NotFound):
    code = "stock-category-not-found"

    def __init__(self, category_id: UUID) -> None:
        super().__init__("There is no such category of stock.", category_id=str(category_id))


class StockCategoryAlreadyAdded(Conflict):
    code = "stock-category-already-added"

    def __init__(self, name: str) -> None:
        super().__init__("A category of stock was added under this id before. Choose another id.", name=name)


class StockCategoryNotActive(Conflict):
    code = "stock-category-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(f"The category of stock is {status} and cannot be used. Add a new one.", status=status.value)


CATEGORY: Aggregate[Category, CategoryEvent] = Aggregate(
    name="inventory.category",
    initial=Category(),
    evolve=evolve,
    events=members(CategoryEvent),
    missing=UnknownStockCategory,
)


# Decisions


def add(category: Category, name: str) -> list[CategoryEvent]:
    added = CategoryAdded(clean("name", name, most=NAME))
    if category.status is Status.ABSENT:
        return [added]
    if category == evolve(category, added):
        return []
    raise StockCategoryAlreadyAdded(category.name)


def rename(category: Category, name: str) -> list[CategoryEvent]:
    name = clean("name", name, most=NAME)
    if category.name == name:
        return []
    must_be_active(category)
    return [CategoryRenamed(name)]


def withdraw(category: Category) -> list[CategoryEvent]:
    if category.status is Status.WITHDRAWN:
        return []
    must_be_active(category)
    return [CategoryWithdrawn()]


def must_be_active(category: Category) -> None:
    if category.status is not Status.ACTIVE:
        raise StockCategoryNotActive(category.status)
