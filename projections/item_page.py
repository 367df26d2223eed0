"""One item with everything about it, its rating too, and whether it can be had. Its cost is for staff alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace
from psycopg import AsyncConnection, sql

from application.ports import Offer
from domain.catalog import item
from domain.catalog.review import STARS, ReviewApproved, ReviewRejected, ReviewRevised, ReviewWithdrawn
from domain.catalog.values import Image, Status, primary_picture
from domain.inventory.values import Availability
from domain.kernel import Fact, members, set_fields
from domain.money import Money
from projections.availability import AVAILABILITY
from projections.kernel import Key, Projection, Seen
from projections.reading import array, ask, ask_one
from projections.taxonomy import BRANDS, CATEGORIES, TYPES


class Rating(msgspec.Struct, frozen=True):
    """Of the approved reviews."""

    average: float | None = None
    """Stars, to two places; null without any reviews."""
    reviews: int = 0
    stars: tuple[int, ...] = (0,) * STARS
    """How many gave one star, how many two, and so on."""

    def counting(self, rating: int | None, by: int) -> "Rating":
        """With so many more reviews of this rating; as it is for None."""
        if rating is None:
            return self
        stars = tuple(count + by * (star == rating) for star, count in enumerate(self.stars, 1))
        reviews = sum(stars)
        total = sum(star * count for star, count in enumerate(stars, 1))
        return Rating(round(total / reviews, 2) if reviews > 0 else None, reviews, stars)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    item_id: UUID
    status: Status
    name: str
    slug: str
    sku: str
    description: str
    brand_id: UUID | None
    type_id: UUID | None
    category_ids: tuple[UUID, ...]
    tags: tuple[str, ...]
    price: Money
    cost_price: Money | None
    featured: bool
    images: tuple[Image, ...]
    metadata: dict[str, Any]
    listed_at: datetime
    rating: Rating = Rating()
    updated_at: datetime
    version: int


Rated: TypeAlias = ReviewApproved | ReviewRevised | ReviewRejected | ReviewWithdrawn
"""What changes an item's rating."""


def keys(fact: Fact[item.ItemEvent | Rated]) -> Iterable[Key]:
    return ((fact.event.item_id if isinstance(fact.event, Rated) else fact.stream,),)


def evolve(row: Item | None, fact: Fact[item.ItemEvent | Rated], key: Key) -> Item | None:
    if isinstance(fact.event, item.ItemListed):
        return Item(
            item_id=fact.stream,
            status=Status.ACTIVE,
            listed_at=fact.recorded_at,
            updated_at=fact.recorded_at,
            version=fact.version,
            **asdict(fact.event),
        )
    if row is None:
        return None
    match fact.event:
        case ReviewApproved(rating=rating):
            return replace(row, rating=row.rating.counting(rating, 1))
        case ReviewRevised(counted=rating) | ReviewRejected(counted=rating) | ReviewWithdrawn(counted=rating):
            return replace(row, rating=row.rating.counting(rating, -1))
    row = replace(row, updated_at=fact.recorded_at, version=fact.version)
    match fact.event:
        case item.ItemDescribed() as event:
            return replace(row, **set_fields(event))
        case item.ItemRepriced(new_price=price):
            return replace(row, price=price)
        case item.ItemCostChanged(new_cost=cost):
            return replace(row, cost_price=cost)
        case item.ItemImagesArranged(images=images):
            return replace(row, images=images)
        case item.ItemFeatured():
            return replace(row, featured=True)
        case item.ItemUnfeatured():
            return replace(row, featured=False)
        case item.ItemWithdrawn():
            return replace(row, status=Status.WITHDRAWN)
        case item.ItemBroughtBack():
            return replace(row, status=Status.ACTIVE)
        case _:
            assert_never(fact.event)


ITEM_PAGE = Projection(
    name="item_page",
    version=2,
    context="catalog",
    row=Item,
    key=("item_id",),
    events=members(item.ItemEvent) + members(Rated),
    keys=keys,
    evolve=evolve,
    indexes=("(slug)", "(sku)", "(status)"),
)


class Named(msgspec.Struct, frozen=True):
    """A brand or a type of an item."""

    id: UUID
    name: str


class ItemCategory(msgspec.Struct, frozen=True):
    """A category of an item."""

    id: UUID
    name: str
    slug: str


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """What customers see."""

    item_id: UUID
    status: Status
    name: str
    slug: str
    sku: str
    description: str
    brand: Named | None
    type: Named | None
    categories: tuple[ItemCategory, ...]
    tags: tuple[str, ...]
    price: Money
    featured: bool
    images: tuple[Image, ...]
    metadata: dict[str, Any]
    rating: Rating
    availability: Availability
    availability_position: int
    """Place in inventory's log of what made it so; 0 for what was never in stock."""
    listed_at: datetime
    updated_at: datetime
    version: int
    """Version of the item's stream: its ETag."""


class StaffItemPage(ItemPage, frozen=True, kw_only=True):
    cost_price: Money | None
    margin_percentage: Decimal | None = None
    """Share of the price that remains after the cost."""


PAGE = sql.SQL(
    "SELECT i.item_id, i.status, i.name, i.slug, i.sku, i.description, i.tags, i.price, i.featured, i.images,"
    " i.metadata, i.rating, i.listed_at, i.updated_at, i.version{staff},"
    " coalesce(a.availability, 'out-of-stock') AS availability, coalesce(a.position, 0) AS availability_position,"
    " (SELECT json_build_object('id', b.brand_id, 'name', b.name) FROM read.brands AS b"
    " WHERE b.brand_id = i.brand_id) AS brand,"
    " (SELECT json_build_object('id', t.type_id, 'name', t.name) FROM read.types AS t"
    " WHERE t.type_id = i.type_id) AS type,"
    " (SELECT coalesce(json_agg(json_build_object('id', c.category_id, 'name', c.name, 'slug', c.slug)"
    " ORDER BY c.sort_order, c.name), '[]') FROM read.categories AS c"
    " WHERE c.category_id = ANY(i.category_ids)) AS categories"
    " FROM read.item_page AS i LEFT JOIN read.availability AS a ON a.product_id = i.item_id WHERE {which}"
)

READS = (ITEM_PAGE, BRANDS, TYPES, CATEGORIES, AVAILABILITY)

_BY_ID = PAGE.format(staff=sql.SQL(""), which=sql.SQL("i.item_id = %(item_id)s AND i.status = 'active'")).as_string()
_BY_SLUG = PAGE.format(
    staff=sql.SQL(""), which=sql.SQL("i.slug = %(slug)s AND i.status = 'active' LIMIT 1")
).as_string()
_FOR_STAFF = PAGE.format(staff=sql.SQL(", i.cost_price"), which=sql.SQL("i.item_id = %(item_id)s")).as_string()


async def item_page(connection: AsyncConnection, item_id: UUID) -> Seen[ItemPage | None]:
    """The item; None where there is none, or it is withdrawn."""
    return await ask_one(connection, ItemPage, _BY_ID, {"item_id": item_id}, *READS)


async def item_page_by_slug(connection: AsyncConnection, slug: str) -> Seen[ItemPage | None]:
    return await ask_one(connection, ItemPage, _BY_SLUG, {"slug": slug}, *READS)


async def staff_item_page(connection: AsyncConnection, item_id: UUID) -> Seen[StaffItemPage | None]:
    """The item, withdrawn or not, with cost and margin: for staff alone."""
    seen = await ask_one(connection, StaffItemPage, _FOR_STAFF, {"item_id": item_id}, *READS)
    if (page := seen.value) is None:
        return seen
    margin = item.margin_percentage(page.price, page.cost_price)
    return Seen(replace(page, margin_percentage=margin), seen.positions)


async def images(connection: AsyncConnection, item_id: UUID) -> Seen[tuple[Image, ...] | None]:
    """The pictures of an item in their order, of a withdrawn one too; None where there is no such item."""
    seen = await ask_one(
        connection,
        _Images,
        "SELECT images FROM read.item_page WHERE item_id = %(item_id)s",
        {"item_id": item_id},
        ITEM_PAGE,
    )
    return Seen(seen.value.images if seen.value else None, seen.positions)


async def offers(connection: AsyncConnection, product_ids: Sequence[UUID]) -> Seen[dict[UUID, Offer]]:
    """The offer of each product that was ever listed."""
    seen = await ask(
        connection,
        _Offered,
        "SELECT item_id, name, price, images, status, category_ids FROM read.item_page"
        " WHERE item_id = ANY(%(product_ids)s)",
        {"product_ids": array(product_ids)},
        ITEM_PAGE,
    )
    position = seen.positions.get(ITEM_PAGE.context, 0)
    return Seen({each.item_id: each.offer(position) for each in seen.value}, seen.positions)


class _Images(msgspec.Struct):
    images: tuple[Image, ...]


class _Offered(msgspec.Struct):
    item_id: UUID
    name: str
    price: Money
    images: tuple[Image, ...]
    status: Status
    category_ids: tuple[UUID, ...]

    def offer(self, position: int) -> Offer:
        picture = primary_picture(self.images)
        available = self.status is Status.ACTIVE
        return Offer(self.item_id, self.name, self.price, picture, available, position, self.category_ids)
