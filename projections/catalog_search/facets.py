"""How many items each further choice would leave: by brand, type, category, tag and price.

Each facet is counted under all filters but its own, so that the choices beside the chosen one keep their numbers.
"""

from decimal import Decimal
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, sql

from projections.catalog_search.filters import Filters
from projections.catalog_search.rows import READS
from projections.kernel import Seen
from projections.reading import ask_one

BANDS = tuple(Decimal(edge) for edge in (25, 50, 100, 200, 500, 1000))
"""Where the bands of prices meet."""
MOST = 50
"""Choices of one facet, those with the most items first."""


class Facet(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    items: int


class TagFacet(msgspec.Struct, frozen=True):
    tag: str
    items: int


class PriceBand(msgspec.Struct, frozen=True, rename={"least": "from"}):
    least: Decimal | None
    below: Decimal | None
    items: int


class Facets(msgspec.Struct, frozen=True):
    items: int
    """Under all filters."""
    brands: tuple[Facet, ...]
    types: tuple[Facet, ...]
    categories: tuple[Facet, ...]
    """Items that stand in the category itself."""
    tags: tuple[TagFacet, ...]
    prices: tuple[PriceBand, ...]


_QUERY = sql.SQL(
    "WITH matching AS MATERIALIZED (SELECT {columns} FROM read.catalog_search AS i WHERE {all})"
    " SELECT (SELECT count(*) FROM matching) AS items,"
    " {brands} AS brands, {types} AS types, {categories} AS categories, {tags} AS tags, {prices} AS prices"
)

_COLUMNS = sql.SQL("i.brand_id, i.type_id, i.category_ids, i.tags, i.price")

_CHOICES = sql.SQL(
    "(SELECT coalesce(json_agg(choice), '[]') FROM (SELECT s.{id} AS id, s.name, counted.items FROM"
    " (SELECT {value} AS id, count(*) AS items FROM {items} AS i GROUP BY 1) AS counted"
    " JOIN read.{table} AS s ON s.{id} = counted.id ORDER BY counted.items DESC, s.name LIMIT %(most)s) AS choice)"
)

_TAGS = sql.SQL(
    "(SELECT coalesce(json_agg(choice), '[]') FROM (SELECT unnest(i.tags) AS tag, count(*) AS items"
    " FROM {items} AS i GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s) AS choice)"
)

_PRICES = sql.SQL(
    "(SELECT coalesce(json_agg(band ORDER BY number), '[]') FROM (SELECT number, count(*) AS items,"
    ' (%(bands)s::numeric[])[number] AS "from", (%(bands)s::numeric[])[number + 1] AS below FROM'
    " (SELECT width_bucket(i.price, %(bands)s::numeric[]) AS number FROM {items} AS i)"
    " AS priced GROUP BY number) AS band)"
)


async def facets(connection: AsyncConnection, filters: Filters) -> Seen[Facets]:
    query = _QUERY.format(
        columns=_COLUMNS,
        all=filters.condition(),
        brands=_choices("brands", "brand_id", sql.SQL("i.brand_id"), _items(filters, "brand_ids")),
        types=_choices("types", "type_id", sql.SQL("i.type_id"), _items(filters, "type_ids")),
        categories=_choices(
            "categories", "category_id", sql.SQL("unnest(i.category_ids)"), _items(filters, "category_ids")
        ),
        tags=_TAGS.format(items=_items(filters, "tags")),
        prices=_PRICES.format(items=_items(filters, "price_from", "price_to")),
    )
    parameters = {**filters.parameters, "most": MOST, "bands": list(BANDS)}
    seen = await ask_one(connection, Facets, query, parameters, *READS)
    return Seen(seen.value or Facets(0, (), (), (), (), ()), seen.positions)


def _items(filters: Filters, *own: str) -> sql.Composable:
    """The items that a facet counts: where none of its own filters is set, the very ones that match."""
    if all(getattr(filters, name) in ((), None) for name in own):
        return sql.Identifier("matching")
    scan = sql.SQL("(SELECT {} FROM read.catalog_search AS i WHERE {})")
    return scan.format(_COLUMNS, filters.condition(but=own))


def _choices(table: str, id: str, value: sql.SQL, items: sql.Composable) -> sql.Composed:
    return _CHOICES.format(table=sql.Identifier(table), id=sql.Identifier(id), value=value, items=items)
