"""The catalogue as customers and staff see it: pages, lists, facets and search, from the sample products."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import pytest
from msgspec.structs import replace
from psycopg import AsyncConnection

from adapters.embedding.static import StaticEmbedder
from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.seed.load import seed
from domain import inventory
from domain.catalog import CONTEXT
from domain.inventory import StockRanOut, StockReplenished, StockRunsLow
from domain.kernel import Event, Fact
from projections.availability import AVAILABILITY
from projections.catalog_search import CATALOG_SEARCH, Filters, Found, Mode, Sort, facets, list_items, place_in, search
from projections.item_page import ITEM_PAGE, StaffItemPage, item_page, item_page_by_slug, offers, staff_item_page
from projections.kernel import Seen
from projections.pricing import CatalogPricing
from projections.taxonomy import BRANDS, CATEGORIES, TYPES, list_brands, list_categories, list_types
from tests.given import facts
from tests.projections.logs import FactLog, follow
from tests.services.postgres import fresh_database

pytestmark = pytest.mark.anyio

EMBEDDER = StaticEmbedder()


@pytest.fixture(scope="module")
async def pool(shared_postgres_url: str, migrated_template: str) -> AsyncIterator[Pool]:
    """The sample products, for all of these tests: none changes them."""
    store = MemoryEventStore([CONTEXT, inventory.CONTEXT])
    await seed(store, currency="USD", env="development")
    with fresh_database(shared_postgres_url, migrated_template) as url:
        async with make_follower_pool(url) as pool:
            for projection in (ITEM_PAGE, CATALOG_SEARCH, BRANDS, TYPES, CATEGORIES):
                await follow(projection, store, pool, embedder=EMBEDDER)
            listed = await store.read("catalog", tags=["catalog.ItemListed"])
            await follow(AVAILABILITY, FactLog(stocked(listed)), pool)
            yield pool


def stocked(listed: Sequence[Fact[Event]]) -> list[Fact[Event]]:
    """Of the items the first ran out, the second runs low, the third never was in stock, there is enough of the next
    two, and so on."""
    words: tuple[tuple[Event, ...], ...] = (
        (StockReplenished(9), StockRanOut()),
        (StockRunsLow(2, 5),),
        (),
        (StockReplenished(9),),
        (StockRunsLow(2, 5), StockReplenished(9)),
    )
    told = [(fact.stream, event) for number, fact in enumerate(listed) for event in words[number % len(words)]]
    return facts("inventory", *told)


@pytest.mark.proves("CAT-21", "CAT-24", "CAT-30")
async def test_pages_and_lists_say_whether_an_item_can_be_had(connection: AsyncConnection) -> None:
    everything = (await list_items(connection, Filters(), limit=1000)).value
    words = Counter(card.availability for card in everything)
    assert {"in-stock", "low-stock", "out-of-stock"} == set(words)

    for filters, kept in (
        (Filters(in_stock=True), {"in-stock", "low-stock"}),
        (Filters(in_stock=False), {"out-of-stock"}),
        (Filters(low_stock=True), {"low-stock"}),
        (Filters(low_stock=False), {"in-stock", "out-of-stock"}),
        (Filters(in_stock=True, low_stock=True), {"low-stock"}),
    ):
        seen = await list_items(connection, filters, limit=1000)
        assert [card for card in everything if card.availability in kept] == seen.value
        assert len(seen.value) == (await facets(connection, filters)).value.items
        assert {"catalog", "inventory"} == seen.positions.keys()
        for mode in Mode:
            found = (await found_by(connection, "warm shirt", filters, mode)).value
            assert {card.availability for card in found} <= kept
            assert found

    page = await item_page(connection, everything[0].item_id)
    assert page.value
    assert everything[0].availability == page.value.availability
    assert 0 < page.positions["inventory"]
    for card in everything:
        shown = (await item_page(connection, card.item_id)).value
        assert shown
        assert card.availability == shown.availability
        assert bool(shown.availability_position) or shown.availability == "out-of-stock"


async def found_by(connection: AsyncConnection, text: str, filters: Filters, mode: Mode) -> Seen[list[Found]]:
    (vector,) = await EMBEDDER.embed([text])
    return await search(
        connection, text, vector=vector, model=EMBEDDER.model_id, filters=filters, mode=mode, limit=1000
    )


@pytest.mark.proves("CAT-18")
async def test_every_item_comes_once_in_each_order(connection: AsyncConnection) -> None:
    everything = {card.item_id for card in (await list_items(connection, Filters(), limit=1000)).value}
    assert len(everything) >= 100
    for sort in Sort:
        cards, after = [], None
        while found := (await list_items(connection, Filters(), sort=sort, after=after, limit=37)).value:
            cards += found
            after = place_in(found[-1], sort.column)
        places = [place_in(card, sort.column) for card in cards]

        assert everything == {card.item_id for card in cards}
        assert len(everything) == len(cards)
        assert all(one > other if sort.descending else one < other for one, other in pairwise(places))


@pytest.mark.proves("CAT-03", "CAT-04", "CAT-19")
async def test_pages_show_no_cost_to_customers(connection: AsyncConnection) -> None:
    card = (await list_items(connection, Filters(), limit=1)).value[0]
    page = (await item_page(connection, card.item_id)).value
    assert page
    assert not hasattr(page, "cost_price")
    assert page == (await item_page_by_slug(connection, page.slug)).value
    assert (page.brand, page.type, page.price) == (card.brand, card.type, card.price)
    staff = (await staff_item_page(connection, card.item_id)).value
    assert isinstance(staff, StaffItemPage)
    assert staff.cost_price
    assert staff.margin_percentage == ((staff.price - staff.cost_price).amount / staff.price.amount * 100).quantize(
        Decimal("0.01")
    )
    assert (await item_page(connection, uuid4())).value is None


async def test_brands_types_and_categories_are_listed_by_name(connection: AsyncConnection) -> None:
    brands = (await list_brands(connection, limit=4)).value
    brands += (await list_brands(connection, after=(brands[-1].name, brands[-1].brand_id))).value
    assert sorted(brand.name for brand in brands) == [brand.name for brand in brands]
    assert len(brands) >= 10
    assert len((await list_types(connection)).value) >= 8
    assert (await list_categories(connection)).value


async def test_offers_are_what_the_catalogue_asks(connection: AsyncConnection, pool: Pool) -> None:
    cards = (await list_items(connection, Filters(), limit=5)).value
    wanted = [card.item_id for card in cards] + [uuid4()]
    found = (await offers(connection, wanted)).value

    assert {card.item_id: card.price for card in cards} == {id: offer.price for id, offer in found.items()}
    assert all(offer.available and offer.position for offer in found.values())
    assert all(offer.category_ids for offer in found.values())
    assert found == await CatalogPricing(pool).offers(wanted)
    assert {} == await CatalogPricing(pool).offers([])


@pytest.mark.proves("CAT-19")
async def test_facets_count_what_the_filters_leave(connection: AsyncConnection) -> None:
    free = (await facets(connection, Filters())).value
    assert free.items == sum(facet.items for facet in free.brands) == sum(band.items for band in free.prices)
    chosen = free.brands[0]
    filters = Filters(brand_ids=(chosen.id,), price_to=Decimal(60))
    narrowed = (await facets(connection, filters)).value
    cards = (await list_items(connection, filters, limit=1000)).value
    assert narrowed.items == len(cards)
    assert {card.brand.id for card in cards if card.brand} == {chosen.id}
    assert len(narrowed.brands) > 1, "the other brands can still be chosen"
    for tag in narrowed.tags[:3]:
        tagged = (await list_items(connection, replace(filters, tags=(tag.tag,)), limit=1000)).value
        assert tag.items == len(tagged)


@pytest.mark.proves("CAT-05", "CAT-20")
async def test_comfortable_shirts_for_summer_are_found(connection: AsyncConnection) -> None:
    text = "comfortable shirts for summer"
    (vector,) = await EMBEDDER.embed([text])
    for mode in Mode:
        found = await search(connection, text, vector=vector, model=EMBEDDER.model_id, mode=mode, limit=5)
        assert 5 == len(found.value)
        assert any("Shirt" in card.name for card in found.value)
        assert sorted((card.score for card in found.value), reverse=True) == [card.score for card in found.value]
        assert found.positions["catalog"] > 0


@pytest.mark.proves("CAT-06")
async def test_a_filter_never_starves_the_result(connection: AsyncConnection) -> None:
    (vector,) = await EMBEDDER.embed(["a warm jacket"])
    for facet in (await facets(connection, Filters())).value.brands:
        filters = Filters(brand_ids=(facet.id,))
        found = await search(
            connection, "warm", vector=vector, model=EMBEDDER.model_id, filters=filters, mode=Mode.SEMANTIC, limit=100
        )
        assert facet.items == len(found.value)


@pytest.mark.proves("B31", "B32", "B34")
async def test_odd_texts_are_only_words(connection: AsyncConnection) -> None:
    for text in ("", "the of and", "' OR 1=1 --", "((((a+)+)+)", "a & | ! :* <-> b", "%_", "\\", "x" * 10_000):
        for mode in (Mode.TEXT, Mode.HYBRID):
            assert [] == (await search(connection, text, vector=None, model=None, mode=mode)).value


@pytest.mark.proves("CAT-20")
async def test_without_a_vector_words_alone_decide(connection: AsyncConnection) -> None:
    by_words = await search(connection, "shirt", vector=None, model=None, mode=Mode.TEXT)
    assert by_words.value
    assert by_words == await search(connection, "shirt", vector=None, model=None, mode=Mode.HYBRID)
    assert [] == (await search(connection, "shirt", vector=None, model=None, mode=Mode.SEMANTIC)).value
    (vector,) = await EMBEDDER.embed(["shirt"])
    other_model = await search(connection, "shirt", vector=vector, model="another", mode=Mode.SEMANTIC)
    assert [] == other_model.value, "vectors of two models are never compared"
