"""The seed catalogue comes in whole, once, through the same decisions as everything else."""

import asyncio
from uuid import uuid4

import pytest
from uuid_utils.compat import uuid7

from adapters.eventstore.memory import MemoryEventStore
from adapters.eventstore.store import PostgresEventStore
from adapters.seed import products, seed_id
from adapters.seed.load import MAXIMUM, RESTOCK, UNITS, Count, SeedingForbidden, check, seed
from application import catalog
from application.catalog import AddBrand, IdMissing, ListItem, ListItems, RepriceItem, WithdrawItem
from application.catalog.items import UnknownReference
from application.inventory import AdjustStock, adjust_stock
from application.store import EventStore
from application.wire import Price
from domain import inventory
from domain.catalog import CONTEXT, ITEM
from domain.catalog.claim import NameTaken
from domain.inventory import AdjustmentReason, Availability
from domain.money import Money
from tests.application.shop import STAFF

pytestmark = pytest.mark.anyio

CONTEXTS = (CONTEXT, inventory.CONTEXT)


@pytest.fixture
def store() -> EventStore:
    return MemoryEventStore(CONTEXTS)


@pytest.mark.proves("CAT-34", "CAT-37")
async def test_the_seed_catalogue_comes_in_whole(store: EventStore) -> None:
    before = await check(store)
    seeded = await seed(store, currency="USD", env="development")
    after = await check(store)

    assert (0, len(products())) == before.items
    assert not before.complete
    assert after.complete
    assert Count(added=len(products())) == seeded.items
    assert seeded.items.added >= 100
    assert seeded.brands.added >= 10
    assert seeded.types.added >= 8
    assert seeded.categories.added == len(after.category_names)
    assert [product.name for product in products()[:5]] == list(after.first_items)
    assert seeded.shelves == seeded.items
    assert f"{len(products())} products" in str(seeded)
    assert f"{len(products())} of {len(products())} items" in str(after)


@pytest.mark.proves("CAT-34")
async def test_a_second_run_finds_all_there_and_records_nothing(store: EventStore) -> None:
    first = await seed(store, currency="USD", env="development", scale=50)
    head = await store.head("catalog")
    second = await seed(store, currency="USD", env="development", scale=50)

    assert head == await store.head("catalog")
    assert 0 == second.added
    assert "Nothing to add: all of it is there already." == str(second)
    assert first.added == sum(getattr(second, kind).present for kind in second.__struct_fields__)


async def test_seeding_leaves_what_the_shop_made_of_its_items(store: EventStore) -> None:
    await seed(store, currency="USD", env="development")
    repriced, withdrawn = products()[0].id, products()[1].id
    await catalog.reprice_item(RepriceItem(Price("1", "USD")), STAFF, repriced, store=store, currency="USD")
    await catalog.withdraw_item(WithdrawItem(), STAFF, withdrawn, store=store)
    again = await seed(store, currency="USD", env="development")

    assert 0 == again.added
    assert Money.parse("1", "USD") == (await store.load(ITEM, repriced)).state.price
    assert (len(products()) - 1, len(products())) == (await check(store)).items


@pytest.mark.proves("CAT-36")
async def test_every_product_is_stocked_in_bulk_and_what_became_of_it_stays(store: EventStore) -> None:
    await seed(store, currency="USD", env="development")
    first, *_ = products()
    shelf = (await store.load(inventory.SHELF, first.id)).state
    events = await store.read("inventory", limit=10_000)
    await adjust_stock(AdjustStock(-100, AdjustmentReason.LOST), STAFF, first.id, store=store)
    await seed(store, currency="USD", env="development")

    assert (UNITS, RESTOCK, MAXIMUM, Availability.IN_STOCK) == (
        shelf.available,
        shelf.restock,
        shelf.maximum,
        shelf.availability,
    )
    assert 1 == len({fact.recorded_at for fact in events})
    assert 0 == (await store.load(inventory.SHELF, first.id)).state.available


async def test_a_run_that_was_stopped_goes_on_where_it_stood(store: EventStore) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 1_000:
            raise Stopped

    with pytest.raises(Stopped):
        await seed(store, currency="USD", env="development", scale=2_000, progress=stop)
    rest = await seed(store, currency="USD", env="development", scale=2_000)

    assert Count(added=1_148, present=1_000) == rest.items


async def test_progress_is_told_up_to_the_end(store: EventStore) -> None:
    told: list[tuple[int, int]] = []
    await seed(store, currency="USD", env="development", scale=700, progress=lambda *each: told.append(each))
    total = len(products()) + 700

    assert (total, total) == told[-1]
    assert sorted(told) == told


@pytest.mark.proves("CAT-35")
async def test_production_is_not_seeded_unless_forced(store: EventStore) -> None:
    with pytest.raises(SeedingForbidden):
        await seed(store, currency="USD", env="production")
    assert 0 == await store.head("catalog")

    assert (await seed(store, currency="USD", env="production", force=True)).items.added


async def test_a_shop_that_has_such_a_name_already_is_told_so(store: EventStore) -> None:
    await catalog.add_brand(AddBrand(name="wrenFOLD"), STAFF, store=store, new_id=uuid7)
    with pytest.raises(NameTaken) as refused:
        await seed(store, currency="USD", env="development")

    assert {"kind": "brand-name", "name": "Wrenfold"} == refused.value.fields


async def test_two_seeds_at_once_make_one_catalogue(store: EventStore) -> None:
    await asyncio.gather(*(seed(store, currency="EUR", env="development") for _ in range(2)))
    items = await store.read("catalog", limit=10_000, tags=["catalog.ItemListed"])

    assert len(products()) == len(items)
    assert (await check(store)).complete


@pytest.mark.proves("CAT-34", "CAT-35")
async def test_a_large_catalogue_goes_into_postgres_in_bulk(migrated_database_url: str) -> None:
    urls = {context.name: migrated_database_url for context in CONTEXTS}
    async with PostgresEventStore(CONTEXTS, urls) as store:
        seeded = await seed(store, currency="USD", env="development", scale=1_000)
        again = await seed(store, currency="USD", env="development", scale=1_000)

        assert Count(added=len(products()) + 1_000) == seeded.items
        assert 0 == again.added
        assert (await check(store)).complete


def listing(sku: str, **more: object) -> ListItem:
    return ListItem(id=uuid4(), name=f"Item {sku}", sku=sku, price=Price("1", "USD"), **more)  # type: ignore[arg-type]


async def test_many_items_are_listed_all_or_none(store: EventStore) -> None:
    good = listing("A")
    for wrong, refusal in (
        (listing("a"), NameTaken),
        (listing("B", brand_id=seed_id("brand", "nobody")), UnknownReference),
        (ListItem(name="No id", sku="C", price=Price("1", "USD")), IdMissing),
    ):
        with pytest.raises(refusal):
            await catalog.list_items(ListItems((good, wrong)), STAFF, store=store, currency="USD")
    assert 0 == await store.head("catalog")

    saved = await catalog.list_items(ListItems((good, listing("B"))), STAFF, store=store, currency="USD")
    again = await catalog.list_items(ListItems((good, listing("C"))), STAFF, store=store, currency="USD")
    assert (2, 0, 1, 1) == (saved.result.added, saved.result.present, again.result.added, again.result.present)


async def test_seeding_is_recorded_as_the_systems_doing(store: EventStore) -> None:
    await seed(store, currency="USD", env="development")
    (fact,) = await store.history(ITEM, products()[0].id)

    assert "system:seed" == fact.actor
