"""The categories that stock is sorted by."""

from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain.inventory import CATEGORY, Status, category
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one


class StockCategory(msgspec.Struct, frozen=True):
    category_id: UUID
    name: str
    status: Status
    version: int


def evolve(row: StockCategory | None, fact: Fact[category.CategoryEvent], key: Key) -> StockCategory | None:
    match fact.event:
        case category.CategoryAdded(name):
            return StockCategory(fact.stream, name, Status.ACTIVE, fact.version)
        case category.CategoryRenamed(name):
            return row and replace(row, name=name, version=fact.version)
        case category.CategoryWithdrawn():
            return row and replace(row, status=Status.WITHDRAWN, version=fact.version)
        case _:
            assert_never(fact.event)


STOCK_CATEGORIES = Projection(
    name="stock_categories",
    version=1,
    context="inventory",
    row=StockCategory,
    key=("category_id",),
    events=CATEGORY.events,
    keys=by_stream,
    evolve=evolve,
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
