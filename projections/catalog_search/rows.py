"""What can be found of an item, and the card that a list shows of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET
from msgspec.structs import replace
from psycopg import sql

from domain.catalog import item
from domain.catalog.values import primary_picture
from domain.inventory.values import Availability
from domain.kernel import Fact, members
from domain.money import Money
from projections.availability import AVAILABILITY
from projections.item_page import Named
from projections.kernel import Key, Projection, by_stream
from projections.taxonomy import BRANDS, CATEGORIES, TYPES


class Searchable(msgspec.Struct, frozen=True, kw_only=True):
    item_id: UUID
    active: bool
    name: str
    slug: str
    description: str
    keywords: str
    """The tags as text."""
    brand_id: UUID | None
    type_id: UUID | None
    category_ids: tuple[UUID, ...]
    tags: tuple[str, ...]
    price: Decimal
    currency: str
    featured: bool
    picture: str | None
    listed_at: datetime


def evolve(row: Searchable | None, fact: Fact[item.ItemEvent], key: Key) -> Searchable | None:
    if isinstance(fact.event, item.ItemListed):
        return _listed(fact, fact.event)
    if row is None:
        return None
    match fact.event:
        case item.ItemDescribed() as event:
            return _described(row, event)
        case item.ItemRepriced(new_price=price):
            return replace(row, price=price.amount, currency=price.currency)
        case item.ItemImagesArranged(images=images):
            return replace(row, picture=primary_picture(images))
        case item.ItemFeatured():
            return replace(row, featured=True)
        case item.ItemUnfeatured():
            return replace(row, featured=False)
        case item.ItemWithdrawn():
            return replace(row, active=False)
        case item.ItemBroughtBack():
            return replace(row, active=True)
        case item.ItemCostChanged():
            return row
        case _:
            assert_never(fact.event)


def _listed(fact: Fact[item.ItemEvent], event: item.ItemListed) -> Searchable:
    return Searchable(
        item_id=fact.stream,
        active=True,
        name=event.name,
        slug=event.slug,
        description=event.description,
        keywords=" ".join(event.tags),
        brand_id=event.brand_id,
        type_id=event.type_id,
        category_ids=event.category_ids,
        tags=event.tags,
        price=event.price.amount,
        currency=event.price.currency,
        featured=event.featured,
        picture=primary_picture(event.images),
        listed_at=fact.recorded_at,
    )


SHOWN = ("name", "slug", "description", "brand_id", "type_id", "category_ids", "tags")


def _described(row: Searchable, event: item.ItemDescribed) -> Searchable:
    changed = {field: value for field in SHOWN if (value := getattr(event, field)) is not UNSET}
    if "tags" in changed:
        changed["keywords"] = " ".join(changed["tags"])
    return replace(row, **changed)


def meaning(row: Searchable) -> str:
    """The text whose meaning is searched: name and tags twice, lest they drown in a long description."""
    return f"{row.name}. {row.keywords}. " * 2 + row.description


CATALOG_SEARCH = Projection(
    name="catalog_search",
    version=2,
    context="catalog",
    row=Searchable,
    key=("item_id",),
    events=members(item.ItemEvent),
    keys=by_stream,
    evolve=evolve,
    embeds=meaning,
    columns=(
        "words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', name), 'A')"
        " || setweight(to_tsvector('english', keywords), 'B')"
        " || setweight(to_tsvector('english', description), 'C')) STORED",
    ),
    indexes=(
        "(name, item_id) WHERE active",
        "(price, item_id) WHERE active",
        "(listed_at, item_id) WHERE active",
        "(brand_id, price) WHERE active",
        "(type_id, price) WHERE active",
        "USING gin (category_ids) WHERE active",
        "USING gin (tags) WHERE active",
        "USING gin (words) WHERE active",
        "USING hnsw (embedding vector_cosine_ops) WHERE active",
    ),
)

READS = (CATALOG_SEARCH, BRANDS, TYPES, CATEGORIES, AVAILABILITY)


class ItemCard(msgspec.Struct, frozen=True, kw_only=True):
    item_id: UUID
    name: str
    slug: str
    brand: Named | None
    type: Named | None
    tags: tuple[str, ...]
    price: Money
    featured: bool
    picture: str | None
    availability: Availability
    listed_at: datetime


CARD = sql.SQL(
    "i.item_id, i.name, i.slug, i.tags, i.featured, i.picture, i.listed_at,"
    " json_build_object('amount', i.price::text, 'currency', i.currency) AS price,"
    " (SELECT json_build_object('id', b.brand_id, 'name', b.name) FROM read.brands AS b"
    " WHERE b.brand_id = i.brand_id) AS brand,"
    " (SELECT json_build_object('id', t.type_id, 'name', t.name) FROM read.types AS t"
    " WHERE t.type_id = i.type_id) AS type,"
    " coalesce((SELECT a.availability FROM read.availability AS a WHERE a.product_id = i.item_id), 'out-of-stock')"
    " AS availability"
)
"""The columns of a card, of `read.catalog_search AS i`."""


def place_in(card: ItemCard, column: str) -> tuple[Any, UUID]:
    """Where a card stands in a list that is sorted by this column: what the next page begins after."""
    value = card.price.amount if column == "price" else getattr(card, column)
    return value, card.item_id
