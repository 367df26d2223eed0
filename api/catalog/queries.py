"""What can be read of the catalogue. Most answers are the same for everybody, and come from the cache."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from api.gate import PageSize, Query
from api.paging import Page, paged
from api.queries import Computed, Sent, answer, known, look, shared
from api.requests import Request
from application.embedding import EmbedderUnavailable, Vector
from domain.catalog import values
from domain.catalog.brand import UnknownBrand
from domain.catalog.category import UnknownCategory
from domain.catalog.item import UnknownItem
from domain.catalog.item_type import UnknownType
from domain.kernel import Forbidden, NotFound, clean
from projections import catalog_search, item_page, taxonomy
from projections.catalog_search import Facets, Filters, Found, ItemCard, Mode, Sort, place_in
from projections.item_page import ItemPage
from projections.kernel import Seen
from projections.taxonomy import Brand, Category, ItemType

LISTS = "catalog"
"""The tag of everything in the cache that shows more than one item."""

Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$", examples=["19.99"])]
Ids = Annotated[tuple[UUID, ...], Meta(max_length=20)]


_PLACES = {"name": tuple[str, UUID], "price": tuple[Decimal, UUID], "listed_at": tuple[datetime, UUID]}


class NoSuchSlug(NotFound):
    code = "unknown-slug"

    def __init__(self, slug: str) -> None:
        super().__init__("There is no item with this name in its address.", slug=slug[: values.SLUG])


class Filtered(Query, frozen=True, kw_only=True):
    brand: Ids = ()
    """Items of one of these brands; so with types and categories."""
    type: Ids = ()
    category: Ids = ()
    """A category includes those that stand in it."""
    tag: Annotated[tuple[str, ...], Meta(max_length=values.TAGS)] = ()
    """Items with all of these tags."""
    price_from: Amount | None = None
    price_to: Amount | None = None
    featured: bool | None = None
    in_stock: bool | None = None
    """Only what can be had, or only what cannot."""
    low_stock: bool | None = None
    """Only what runs low, or only what does not; for staff."""

    @property
    def filters(self) -> Filters:
        """Raises InvalidText for a tag that no item can have."""
        return Filters(
            brand_ids=self.brand,
            type_ids=self.type,
            category_ids=self.category,
            tags=values.clean_tags(self.tag),
            price_from=None if self.price_from is None else Decimal(self.price_from),
            price_to=None if self.price_to is None else Decimal(self.price_to),
            featured=self.featured,
            in_stock=self.in_stock,
            low_stock=self.low_stock,
        )


class Listing(Filtered, frozen=True, kw_only=True):
    sort: Sort = Sort.NAME
    facets: bool = False
    """Count what each further choice would leave, too."""
    limit: PageSize = 20
    cursor: str | None = None

    @property
    def place(self) -> Any:
        """The kind of place that a cursor of this order names."""
        return _PLACES[self.sort.column]


class Searching(Filtered, frozen=True, kw_only=True):
    q: Annotated[str, Meta(min_length=1, max_length=200, examples=["comfortable shirts for summer"])]
    mode: Mode = Mode.HYBRID
    limit: PageSize = 20


class Paged(Query, frozen=True):
    limit: PageSize = 100
    cursor: str | None = None


class Items(msgspec.Struct, frozen=True):
    items: list[ItemCard]
    next: str | None
    """Cursor of the next page; null on the last."""
    facets: Facets | None = None


class Results(msgspec.Struct, frozen=True):
    items: list[Found]
    """The best first."""
    next: None
    """There is no second page."""
    mode: Mode
    """How it was searched: by words alone where meaning could not be had."""
    degraded: bool
    """Whether less was searched than asked for."""


@get("/items", answers=Items)
async def list_items(request: Request, asked: NamedDependency[Listing]) -> Sent:
    """List items"""
    filters = asked.filters

    async def compute() -> Computed:
        place = partial(place_in, column=asked.sort.column)
        seen = await paged(request, asked, asked.place, place, catalog_search.list_items, filters, sort=asked.sort)
        counted = (await look(request, catalog_search.facets, filters)).value if asked.facets else None
        return Computed(Seen(Items(seen.value.items, seen.value.next, counted), seen.positions))

    return await _found(request, "items", asked, compute)


@get("/search", answers=Results)
async def search_items(request: Request, asked: NamedDependency[Searching]) -> Sent:
    """Search items by words, by meaning, or by both"""
    filters, text = asked.filters, clean("q", asked.q, most=200)

    async def compute() -> Computed:
        vector, away = (None, False) if asked.mode is Mode.TEXT else await _meaning(request, text)
        seen = await look(
            request,
            catalog_search.search,
            text,
            vector=vector,
            model=request.shop.embedder.model_id,
            filters=filters,
            mode=asked.mode,
            limit=asked.limit,
        )
        mode = Mode.TEXT if away and asked.mode is Mode.HYBRID else asked.mode
        return Computed(Seen(Results(seen.value, None, mode, away), seen.positions), keep=not away)

    return await _found(request, "search", asked, compute)


@get("/items/{item_id:uuid}", answers=ItemPage | item_page.StaffItemPage)
async def get_item(request: Request, item_id: FromPath[UUID]) -> Sent:
    """Get an item; staff see what it costs the shop, and withdrawn ones too"""
    if request.is_staff:
        return await _for_staff(request, item_id)

    async def compute() -> Computed:
        seen = known(await look(request, item_page.item_page, item_id), UnknownItem(item_id))
        return Computed(seen, seen.value.version)

    page = f"item:{item_id}"
    return await shared(request, page, page, compute)


@get("/items/by-slug/{slug:str}", answers=ItemPage)
async def get_item_by_slug(request: Request, slug: FromPath[str]) -> Sent:
    """Get an item by the name in its address"""

    async def compute() -> Computed:
        seen = known(await look(request, item_page.item_page_by_slug, slug), NoSuchSlug(slug))
        return Computed(seen, seen.value.version)

    if "\0" in slug or len(slug) > values.SLUG:
        raise NoSuchSlug(slug)
    return await shared(request, f"slug:{slug}", LISTS, compute)


@get("/brands", answers=Page[Brand])
async def list_brands(request: Request, asked: NamedDependency[Paged]) -> Sent:
    """List brands"""
    return await _shelf(
        request, asked, "brands", taxonomy.list_brands, tuple[str, UUID], lambda each: (each.name, each.brand_id)
    )


@get("/types", answers=Page[ItemType])
async def list_types(request: Request, asked: NamedDependency[Paged]) -> Sent:
    """List types of items"""
    return await _shelf(
        request, asked, "types", taxonomy.list_types, tuple[str, UUID], lambda each: (each.name, each.type_id)
    )


@get("/categories", answers=Page[Category])
async def list_categories(request: Request, asked: NamedDependency[Paged]) -> Sent:
    """List categories, siblings in their order"""
    return await _shelf(
        request,
        asked,
        "categories",
        taxonomy.list_categories,
        tuple[int, str, UUID],
        lambda each: (each.sort_order, each.name, each.category_id),
    )


@get("/brands/{brand_id:uuid}", answers=Brand)
async def get_brand(request: Request, brand_id: FromPath[UUID]) -> Sent:
    """Get a brand"""
    return await _one_taxon(request, taxonomy.one_brand, brand_id, UnknownBrand)


@get("/types/{type_id:uuid}", answers=ItemType)
async def get_type(request: Request, type_id: FromPath[UUID]) -> Sent:
    """Get a type of items"""
    return await _one_taxon(request, taxonomy.one_type, type_id, UnknownType)


@get("/categories/{category_id:uuid}", answers=Category)
async def get_category(request: Request, category_id: FromPath[UUID]) -> Sent:
    """Get a category"""
    return await _one_taxon(request, taxonomy.one_category, category_id, UnknownCategory)


async def _found(request: Request, what: str, asked: Filtered, compute: Callable[[], Awaitable[Computed]]) -> Sent:
    """The same for everybody, but for what runs low: that is for staff."""
    if asked.low_stock is None:
        return await shared(request, _key(what, asked), LISTS, compute)
    if not request.is_staff:
        raise Forbidden("Only the shop's staff may ask what runs low.", path="low_stock")
    computed = await compute()
    return answer(request, computed.seen)


async def _one_taxon(request: Request, query: Any, id: UUID, unknown: Callable[[UUID], NotFound]) -> Sent:
    async def compute() -> Computed:
        seen = known(await look(request, query, id), unknown(id))
        return Computed(seen, seen.value.version)

    return await shared(request, f"taxon:{id}", LISTS, compute)


async def _shelf(
    request: Request, asked: Paged, name: str, query: Any, kind: type[Any], place: Callable[[Any], object]
) -> Sent:
    """A page of brands, of types or of categories."""

    async def compute() -> Computed:
        return Computed(await paged(request, asked, kind, place, query))

    return await shared(request, _key(name, asked), LISTS, compute)


async def _for_staff(request: Request, item_id: UUID) -> Sent:
    seen = known(await look(request, item_page.staff_item_page, item_id), UnknownItem(item_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


async def _meaning(request: Request, text: str) -> tuple[Vector | None, bool]:
    """The text as a vector, None for text in which the model finds nothing; and whether vectors cannot be had now."""
    try:
        (vector,) = await request.shop.embedder.embed([text])
    except EmbedderUnavailable:
        return None, True
    return vector, False


def _key(what: str, asked: Query) -> str:
    return f"{what}:{msgspec.json.encode(asked, order='deterministic').decode()}"


HANDLERS = [
    *(list_items, search_items, get_item, get_item_by_slug),
    *(list_brands, list_types, list_categories, get_brand, get_type, get_category),
]
