"""Brands, types and categories: the taxonomy of the catalogue."""

from typing import Any, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace
from psycopg import AsyncConnection

from domain.catalog import brand, category, item_type
from domain.catalog.values import Status
from domain.kernel import Fact, members, set_fields
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one


class Brand(msgspec.Struct, frozen=True):
    brand_id: UUID
    name: str
    status: Status
    version: int


class ItemType(msgspec.Struct, frozen=True):
    type_id: UUID
    name: str
    status: Status
    version: int


class Category(msgspec.Struct, frozen=True, kw_only=True):
    category_id: UUID
    name: str
    slug: str
    description: str = ""
    parent_id: UUID | None = None
    sort_order: int = 0
    image_url: str | None = None
    status: Status
    version: int


def evolve_brand(row: Brand | None, fact: Fact[brand.BrandEvent], key: Key) -> Brand | None:
    match fact.event:
        case brand.BrandAdded(name=name):
            return Brand(fact.stream, name, Status.ACTIVE, fact.version)
        case brand.BrandRenamed(name=name):
            return row and replace(row, name=name, version=fact.version)
        case brand.BrandWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


def evolve_type(row: ItemType | None, fact: Fact[item_type.ItemTypeEvent], key: Key) -> ItemType | None:
    match fact.event:
        case item_type.TypeAdded(name=name):
            return ItemType(fact.stream, name, Status.ACTIVE, fact.version)
        case item_type.TypeRenamed(name=name):
            return row and replace(row, name=name, version=fact.version)
        case item_type.TypeWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


def evolve_category(row: Category | None, fact: Fact[category.CategoryEvent], key: Key) -> Category | None:
    match fact.event:
        case category.CategoryAdded() as event:
            return Category(category_id=fact.stream, status=Status.ACTIVE, version=fact.version, **asdict(event))
        case category.CategoryDescribed() as event:
            return row and replace(row, version=fact.version, **set_fields(event))
        case category.CategoryMoved(new_parent_id=parent_id):
            return row and replace(row, parent_id=parent_id, version=fact.version)
        case category.CategoryWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


WORDS = "words tsvector GENERATED ALWAYS AS (to_tsvector('english', name)) STORED"
"""A search finds items by the name of their brand and type, too."""

BRANDS = Projection(
    name="brands",
    version=1,
    context="catalog",
    row=Brand,
    key=("brand_id",),
    events=members(brand.BrandEvent),
    keys=by_stream,
    evolve=evolve_brand,
    columns=(WORDS,),
    indexes=("(name)", "USING gin (words)"),
)

TYPES = Projection(
    name="types",
    version=1,
    context="catalog",
    row=ItemType,
    key=("type_id",),
    events=members(item_type.ItemTypeEvent),
    keys=by_stream,
    evolve=evolve_type,
    columns=(WORDS,),
    indexes=("(name)", "USING gin (words)"),
)

CATEGORIES = Projection(
    name="categories",
    version=1,
    context="catalog",
    row=Category,
    key=("category_id",),
    events=members(category.CategoryEvent),
    keys=by_stream,
    evolve=evolve_category,
    indexes=(
        "(sort_order, name, category_id) WHERE status = 'active'",
        "(status)",
        "(parent_id)",
        "(slug)",
    ),
)


async def list_brands(
    connection: AsyncConnection, *, after: tuple[str, UUID] | None = None, limit: int = 100
) -> Seen[list[Brand]]:
    """Active ones by name; `after` is the name and id of the last one seen."""
    return await ask(
        connection,
        Brand,
        "SELECT * FROM read.brands WHERE status = 'active'"
        " AND (%(name)s::text IS NULL OR (name, brand_id) > (%(name)s, %(id)s))"
        " ORDER BY name, brand_id LIMIT %(limit)s",
        _place(after) | {"limit": limit},
        BRANDS,
    )


async def list_types(
    connection: AsyncConnection, *, after: tuple[str, UUID] | None = None, limit: int = 100
) -> Seen[list[ItemType]]:
    """Active ones by name; `after` is the name and id of the last one seen."""
    return await ask(
        connection,
        ItemType,
        "SELECT * FROM read.types WHERE status = 'active'"
        " AND (%(name)s::text IS NULL OR (name, type_id) > (%(name)s, %(id)s))"
        " ORDER BY name, type_id LIMIT %(limit)s",
        _place(after) | {"limit": limit},
        TYPES,
    )


async def list_categories(
    connection: AsyncConnection, *, after: tuple[int, str, UUID] | None = None, limit: int = 100
) -> Seen[list[Category]]:
    """Active ones, siblings in their order; `after` is the sort order, name and id of the last one seen."""
    order, name, id = after or (None, None, None)
    return await ask(
        connection,
        Category,
        "SELECT * FROM read.categories WHERE status = 'active' AND (%(order)s::bigint IS NULL"
        " OR (sort_order, name, category_id) > (%(order)s, %(name)s, %(id)s))"
        " ORDER BY sort_order, name, category_id LIMIT %(limit)s",
        {"order": order, "name": name, "id": id, "limit": limit},
        CATEGORIES,
    )


async def one_brand(connection: AsyncConnection, brand_id: UUID) -> Seen[Brand | None]:
    """Withdrawn ones, too."""
    return await ask_one(
        connection, Brand, "SELECT * FROM read.brands WHERE brand_id = %(id)s", {"id": brand_id}, BRANDS
    )


async def one_type(connection: AsyncConnection, type_id: UUID) -> Seen[ItemType | None]:
    """Withdrawn ones, too."""
    return await ask_one(
        connection, ItemType, "SELECT * FROM read.types WHERE type_id = %(id)s", {"id": type_id}, TYPES
    )


async def one_category(connection: AsyncConnection, category_id: UUID) -> Seen[Category | None]:
    """Withdrawn ones, too."""
    query = "SELECT * FROM read.categories WHERE category_id = %(id)s"
    return await ask_one(connection, Category, query, {"id": category_id}, CATEGORIES)


def _place(after: tuple[str, UUID] | None) -> dict[str, Any]:
    name, id = after or (None, None)
    return {"name": name, "id": id}
