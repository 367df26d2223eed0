"""Items in a list: filtered, in one of a few orders, a page at a time by key."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from projections.catalog_search.filters import Filters
from projections.catalog_search.rows import CARD, READS, ItemCard
from projections.kernel import Seen
from projections.reading import ask


class Sort(StrEnum):
    """The orders that an index serves; there are no others."""

    NAME = "name"
    CHEAPEST = "price"
    DEAREST = "-price"
    NEWEST = "newest"

    @property
    def column(self) -> str:
        return {"name": "name", "price": "price", "-price": "price", "newest": "listed_at"}[self.value]

    @property
    def descending(self) -> bool:
        return self in (Sort.DEAREST, Sort.NEWEST)


async def list_items(
    connection: AsyncConnection,
    filters: Filters,
    *,
    sort: Sort = Sort.NAME,
    after: tuple[Any, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[ItemCard]]:
    """Active items; `after` is `place_in(card, sort.column)` of the last one seen."""
    value, item_id = after or (None, None)
    column = sql.Identifier("i", sort.column)
    direction = sql.SQL("DESC" if sort.descending else "ASC")
    beyond: sql.Composable = sql.SQL("true")
    if after is not None:
        comparison = sql.SQL("<" if sort.descending else ">")
        beyond = sql.SQL("({}, i.item_id) {} (%(after)s, %(after_id)s)").format(column, comparison)
    query = sql.SQL(
        "SELECT {card} FROM read.catalog_search AS i WHERE {filters} AND {beyond}"
        " ORDER BY {column} {direction}, i.item_id {direction} LIMIT %(limit)s"
    ).format(card=CARD, filters=filters.condition(), beyond=beyond, column=column, direction=direction)
    parameters = {**filters.parameters, "after": value, "after_id": item_id, "limit": limit}
    return await ask(connection, ItemCard, query, parameters, *READS)
