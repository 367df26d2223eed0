"""Items, categories and reviews are found by indexes, however many there are."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from adapters.followers.bookmark import Pool
from domain.catalog.review import ReviewStatus
from domain.catalog.values import Status as Shown
from domain.inventory import Availability
from projections.availability import AVAILABILITY, ProductAvailability
from projections.catalog_search import CATALOG_SEARCH, Filters, Mode, Searchable, Sort, facets, list_items, search
from projections.item_page import ITEM_PAGE, Item, item_page, item_page_by_slug
from projections.reviews import REVIEWS, FullReview, item_reviews, list_reviews
from projections.tables import Table
from projections.taxonomy import BRANDS, CATEGORIES, TYPES, Category, list_categories
from tests.projections.plans import MODEL, START, Explained, nodes, serve
from tests.projections.shop import money

pytestmark = pytest.mark.anyio

ITEMS, REVIEWS_WRITTEN = 6_000, 20_000
BRAND, TYPE, CATEGORY = UUID(int=1_007), UUID(int=2_003), UUID(int=3_011)
TOP = UUID(int=3_000)
ROOT = Path(__file__).parents[2]


def items() -> Iterator[Searchable]:
    random = Random(1)
    words = [
        f"{first}{last}" for first in ("bo", "ka", "ti", "su", "me", "ro") for last in ("ram", "lin", "dex", "for")
    ]
    for number in range(ITEMS):
        tags = tuple(dict.fromkeys(f"tag-{random.randrange(400)}" for _ in range(3)))
        yield Searchable(
            item_id=UUID(int=10_000 + number),
            active=random.random() < 0.9,
            name=f"{random.choice(words)} {random.choice(words)} {number}",
            slug=f"item-{number}",
            description=" ".join(random.choices(words, k=20)) + f" only{number % 1500}",
            keywords=" ".join(tags),
            brand_id=UUID(int=1_000 + random.randrange(200)),
            type_id=UUID(int=2_000 + random.randrange(80)),
            category_ids=(UUID(int=3_000 + random.randrange(300)),),
            tags=tags,
            price=Decimal(random.randrange(100, 100_000)) / 100,
            currency="USD",
            featured=False,
            picture=None,
            listed_at=START + timedelta(minutes=number),
        )


def page_of(item: Searchable) -> Item:
    return Item(
        status=Shown.ACTIVE if item.active else Shown.WITHDRAWN,
        sku=f"SKU-{item.slug}",
        price=money(item.price),
        cost_price=None,
        images=(),
        metadata={},
        updated_at=item.listed_at,
        version=1,
        **{
            name: getattr(item, name)
            for name in set(Item.__struct_fields__) & set(Searchable.__struct_fields__) - {"price"}
        },
    )


def categories() -> Iterator[Category]:
    """Two levels below the top."""
    for number in range(300):
        parent = None if number == 0 else UUID(int=3_000 + number // 17)
        id = UUID(int=3_000 + number)
        yield Category(
            category_id=id, name=f"C{number}", slug=f"c-{number}", parent_id=parent, status=Shown.ACTIVE, version=1
        )


@pytest.fixture
async def catalogue(pool: Pool, reads: Explained) -> Explained:
    found = list(items())
    await serve(pool, CATALOG_SEARCH, found)
    await serve(pool, ITEM_PAGE, [page_of(each) for each in found])
    await serve(pool, CATEGORIES, list(categories()))
    await serve(pool, BRANDS, [])
    await serve(pool, TYPES, [])
    await serve(pool, AVAILABILITY, list(stocked(found)))
    return reads


def stocked(found: list[Searchable]) -> Iterator[ProductAvailability]:
    """A few that run low, many that ran out, most in stock; some were never counted."""
    random = Random(3)
    for item in found:
        if word := random.choices((*Availability, None), (70, 1, 20, 9))[0]:
            yield ProductAvailability(item.item_id, word, 1)


def vector(seed: int = 0) -> Any:
    found = np.random.default_rng(seed).normal(size=256).astype(np.float32)
    return found / np.linalg.norm(found)


@pytest.mark.proves("CAT-06", "CAT-23", "CAT-25", "CAT-26", "CAT-27", "CAT-29")
async def test_items_and_categories_are_found_by_indexes(catalogue: Explained) -> None:
    connection: Any = catalogue
    by = partial(catalogue.went_by, CATALOG_SEARCH)

    await list_items(connection, Filters(), sort=Sort.NAME)
    assert await by("(name, item_id) WHERE active")
    await list_items(connection, Filters(price_from=Decimal(20), price_to=Decimal(30)), sort=Sort.CHEAPEST)
    assert await by("(price, item_id) WHERE active")
    await list_items(connection, Filters(), sort=Sort.NEWEST)
    assert await by("(listed_at, item_id) WHERE active")
    await list_items(connection, Filters(brand_ids=(BRAND,), price_to=Decimal(300)), sort=Sort.CHEAPEST)
    assert await by("(brand_id, price) WHERE active")
    await list_items(connection, Filters(type_ids=(TYPE,), price_to=Decimal(300)), sort=Sort.NEWEST)
    assert await by("(type_id, price) WHERE active")
    await list_items(connection, Filters(tags=("tag-7",)), sort=Sort.NEWEST)
    assert await by("gin (tags) WHERE active")
    await list_items(connection, Filters(category_ids=(CATEGORY,)))
    assert await by("gin (category_ids) WHERE active")
    await facets(connection, Filters(tags=("tag-7",)))
    assert await by("gin (tags) WHERE active")
    await search(connection, "only77", vector=None, model=None, mode=Mode.TEXT)
    assert await by("gin (words) WHERE active")
    await search(connection, "x", vector=vector(), model=MODEL, mode=Mode.SEMANTIC)
    assert await by("hnsw (embedding vector_cosine_ops) WHERE active")
    await item_page_by_slug(connection, "item-77")
    assert await catalogue.went_by(ITEM_PAGE, "(slug)")
    for column, value in (("sku", "SKU-item-77"), ("slug", "item-77")):
        await catalogue.execute(f"SELECT coalesce(max(name)) FROM read.item_page WHERE {column} = %s", (value,))
        assert await catalogue.went_by(ITEM_PAGE, f"({column})")
    await catalogue.execute("SELECT coalesce(max(name)) FROM read.item_page WHERE status = 'withdrawn'")
    assert await catalogue.went_by(ITEM_PAGE, "(status)")

    await list_categories(connection, limit=10)
    assert await catalogue.went_by(CATEGORIES, "(sort_order, name, category_id) WHERE (status = 'active'::text)")
    for column, value in (("parent_id", str(TOP)), ("slug", "c-77")):
        await catalogue.execute(f"SELECT coalesce(max(name)) FROM read.categories WHERE {column} = %s", (value,))
        assert await catalogue.went_by(CATEGORIES, f"({column})")


@pytest.mark.proves("CAT-24", "CAT-29")
async def test_what_can_be_had_is_found_by_indexes(catalogue: Explained) -> None:
    connection: Any = catalogue
    in_stock, low_stock = (
        f"{Table(AVAILABILITY).name} (product_id) WHERE (availability {word}::text)"
        for word in ("<> 'out-of-stock'", "= 'low-stock'")
    )
    for sort, index in ((Sort.NAME, "name"), (Sort.CHEAPEST, "price"), (Sort.NEWEST, "listed_at")):
        await list_items(connection, Filters(in_stock=True), sort=sort)
        assert {f"{Table(CATALOG_SEARCH).name} ({index}, item_id) WHERE active", in_stock} <= await catalogue.indexes()
    await list_items(connection, Filters(low_stock=True))
    assert low_stock in await catalogue.indexes()
    await search(connection, "x", vector=vector(), model=MODEL, filters=Filters(in_stock=True), mode=Mode.SEMANTIC)
    await item_page(connection, UUID(int=10_077))
    assert f"{Table(AVAILABILITY).name} (product_id)" in await catalogue.indexes()


def reviews() -> Iterator[FullReview]:
    random = Random(4)
    for number in range(REVIEWS_WRITTEN):
        at = START + timedelta(minutes=number)
        yield FullReview(
            review_id=UUID(int=random.getrandbits(128)),
            item_id=UUID(int=10_000 + random.randrange(50)),
            buyer_id=f"buyer-{random.randrange(2_000)}",
            status=random.choices(list(ReviewStatus), [0, 1, 997, 1, 1])[0],
            rating=random.choices(range(1, 6), [1, 1, 4, 40, 60])[0],
            title="Fine",
            comment="",
            reason="",
            verified_purchase=False,
            order_id=None,
            written_at=at,
            updated_at=at,
            version=1,
        )


@pytest.mark.proves("CAT-28")
async def test_reviews_are_found_by_indexes(pool: Pool, catalogue: Explained) -> None:
    await serve(pool, REVIEWS, list(reviews()))
    connection: Any = catalogue
    by = partial(catalogue.went_by, REVIEWS)

    approved = "WHERE (status = 'approved'::text)"
    await item_reviews(connection, UUID(int=10_007))
    assert await by(f"(item_id, written_at DESC, review_id DESC) {approved}")
    await item_reviews(connection, UUID(int=10_007), rating=1, after=(START + timedelta(days=5), UUID(int=1)))
    assert await by(f"(item_id, rating, written_at DESC, review_id DESC) {approved}")
    await list_reviews(connection, buyer_id="buyer-77")
    assert await by("(buyer_id, written_at DESC, review_id DESC)")
    await list_reviews(connection, statuses=[ReviewStatus.PENDING])
    assert await by("(status, written_at DESC, review_id DESC)")
    await list_reviews(connection)
    assert await by("(written_at DESC, review_id DESC)")


@pytest.mark.proves("CAT-06")
async def test_nothing_is_ordered_by_distance_without_a_limit(catalogue: Explained) -> None:
    connection: Any = catalogue
    for filters in (Filters(), Filters(brand_ids=(BRAND,)), Filters(price_to=Decimal(900))):
        for mode in (Mode.SEMANTIC, Mode.HYBRID):
            await search(connection, "bokalin", vector=vector(), model=MODEL, filters=filters, mode=mode, limit=10)
    measured = [
        above
        for plan in catalogue.plans
        for node, above in nodes(plan)
        if "<=>" in str(node.get("Order By", "")) + str(node.get("Sort Key", "")) + str(node.get("Output", ""))
    ]

    assert len(measured) >= 6
    assert all("Limit" in above for above in measured)
    speakers = {path.name for path in ROOT.glob("[!.t]*/**/*.py") if "<=>" in path.read_text()}
    assert {"ranking.py"} == speakers, "what else compares vectors is to be shown here, too"
