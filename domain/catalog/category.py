"""A category: a group of items, which may stand in another category. Where it may stand is the tree's to say.

Refusals
├── UnknownCategory        no such category
├── CategoryAlreadyAdded   its id belongs to another category
├── CategoryNotActive      it was withdrawn
└── InvalidSortOrder       below zero or above the highest
"""

from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from domain.catalog.values import Status, clean_description, clean_picture, clean_slug
from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, clean, members, set_fields

NAME = 100
"""Characters at most."""
SORT_ORDER = 1_000_000
"""The highest."""

# Events


class CategoryAdded(Event, frozen=True, kw_only=True, tag="catalog.CategoryAdded"):
    name: str
    slug: str
    description: str = ""
    parent_id: UUID | None = None
    """The category it stands in; None at the top."""
    sort_order: int = 0
    """Its place among its siblings: smaller first, then by name."""
    image_url: str | None = None


class CategoryDescribed(Event, frozen=True, kw_only=True, tag="catalog.CategoryDescribed"):
    """Some of the description changed; only what changed is set."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    sort_order: int | UnsetType = UNSET
    image_url: str | UnsetType | None = UNSET


class CategoryMoved(Event, frozen=True, tag="catalog.CategoryMoved"):
    old_parent_id: UUID | None
    new_parent_id: UUID | None


class CategoryWithdrawn(Event, frozen=True, tag="catalog.CategoryWithdrawn"):
    """No further item can be put here; those that are here stay. Its slug is free again."""


CategoryEvent: TypeAlias = CategoryAdded | CategoryDescribed | CategoryMoved | CategoryWithdrawn

# State


class Category(Struct, frozen=True, kw_only=True):
    status: Status = Status.ABSENT
    name: str = ""
    slug: str = ""
    description: str = ""
    parent_id: UUID | None = None
    sort_order: int = 0
    image_url: str | None = None


def evolve(category: Category, event: CategoryEvent) -> Category:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case CategoryAdded():
            return Category(status=Status.ACTIVE, **asdict(event))
        case CategoryDescribed():
            return replace(category, **set_fields(event))
        case CategoryMoved(new_parent_id=parent_id):
            return replace(category, parent_id=parent_id)
        case CategoryWithdrawn():
            return replace(category, status=Status.WITHDRAWN)
        case _:
            assert_never(event)


# Refusals


class UnknownCategory(NotFound):
    code = "category-not-found"

    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such category.", category_id=str(id))


class CategoryAlreadyAdded(Conflict):
    code = "category-already-added"

    def __init__(self, slug: str) -> None:
        super().__init__("A category was added under this id before. Choose another id.", slug=slug)


class CategoryNotActive(Conflict):
    code = "category-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(f"The category is {status} and cannot be changed. Add a new one.", status=status.value)


class InvalidSortOrder(Invalid):
    code = "invalid-sort-order"

    def __init__(self, sort_order: int) -> None:
        super().__init__(f"A sort order is a whole number from 0 to {SORT_ORDER}.", sort_order=sort_order)


CATEGORY: Aggregate[Category, CategoryEvent] = Aggregate(
    name="catalog.category",
    initial=Category(),
    evolve=evolve,
    events=members(CategoryEvent),
    missing=UnknownCategory,
)


# Decisions


def add(
    category: Category,
    *,
    name: str,
    slug: str,
    description: str = "",
    parent_id: UUID | None = None,
    sort_order: int = 0,
    image_url: str | None = None,
) -> list[CategoryEvent]:
    added = CategoryAdded(
        name=clean("name", name, most=NAME),
        slug=clean_slug(slug),
        description=clean_description(description),
        parent_id=parent_id,
        sort_order=_sort_order(sort_order),
        image_url=None if image_url is None else clean_picture(image_url),
    )
    if category.status is Status.ABSENT:
        return [added]
    if category == evolve(category, added):
        return []
    raise CategoryAlreadyAdded(category.slug)


def describe(
    category: Category,
    *,
    name: str | UnsetType = UNSET,
    slug: str | UnsetType = UNSET,
    description: str | UnsetType = UNSET,
    sort_order: int | UnsetType = UNSET,
    image_url: str | UnsetType | None = UNSET,
) -> list[CategoryEvent]:
    """Changes what is given and leaves the rest; the event names only what is different afterwards."""
    wanted = CategoryDescribed(
        name=UNSET if name is UNSET else clean("name", name, most=NAME),
        slug=UNSET if slug is UNSET else clean_slug(slug),
        description=UNSET if description is UNSET else clean_description(description),
        sort_order=UNSET if sort_order is UNSET else _sort_order(sort_order),
        image_url=clean_picture(image_url) if isinstance(image_url, str) else image_url,
    )
    changed = {field: value for field, value in set_fields(wanted).items() if value != getattr(category, field)}
    if not changed:
        return []
    _must_be_active(category)
    return [CategoryDescribed(**changed)]


def move(category: Category, parent_id: UUID | None) -> list[CategoryEvent]:
    """Puts it into another category, or at the top. Saved together with the tree's own decision."""
    if category.parent_id == parent_id:
        return []
    _must_be_active(category)
    return [CategoryMoved(category.parent_id, parent_id)]


def withdraw(category: Category) -> list[CategoryEvent]:
    """Takes it out of the catalogue. Saved together with the tree's own decision."""
    if category.status is Status.WITHDRAWN:
        return []
    _must_be_active(category)
    return [CategoryWithdrawn()]


def _must_be_active(category: Category) -> None:
    if category.status is not Status.ACTIVE:
        raise CategoryNotActive(category.status)


def _sort_order(value: int) -> int:
    if not 0 <= value <= SORT_ORDER:
        raise InvalidSortOrder(value)
    return value
