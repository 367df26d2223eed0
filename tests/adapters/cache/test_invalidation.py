"""What changed is forgotten once the read models show it, and nothing else is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.cache.invalidation import PAGES, PERIOD, SHOWN, invalidate
from adapters.cache.memory import MemoryCache
from adapters.eventstore.memory import MemoryEventStore
from application.catalog import (
    AddBrand,
    ApproveReview,
    ListItem,
    RenameBrand,
    RepriceItem,
    WithdrawReview,
    WriteReview,
    add_brand,
    approve_review,
    list_item,
    rename_brand,
    withdraw_review,
    write_review,
)
from application.catalog import reprice_item as reprice
from application.wire import Price
from domain import catalog, inventory
from domain.catalog.review import PurchaseNoted, ReviewWritten
from domain.inventory import SHELF, Rules, ShelfEvent
from domain.inventory.shelf.decisions import receive, reserve
from tests.contracts.jars import call

pytestmark = pytest.mark.anyio


class Catalogue:
    """A catalogue whose read models show what `shown` says."""

    def __init__(self) -> None:
        self.store = MemoryEventStore([catalog.CONTEXT, inventory.CONTEXT])
        self.cache = MemoryCache(100)
        self.shown = {"catalog": 0, "inventory": 0}
        self.fails = False

    async def position(self) -> dict[str, int]:
        if self.fails:
            raise ConnectionError("the database is away")
        return self.shown

    async def show_all(self) -> None:
        """The read models catch up, and the cache is told."""
        self.shown = {context: await self.store.head(context) for context in self.shown}
        await asyncio.sleep(2 * PERIOD)

    async def listed(self) -> UUID:
        command = ListItem(name="Parka", slug=f"parka-{uuid4()}", sku=uuid4().hex, price=Price("10.00", "USD"))
        saved = await list_item(command, call(), store=self.store, currency="USD", new_id=uuid4)
        return saved.result.id

    async def stock(self, item: UUID, decide: Callable[[Any], list[ShelfEvent]]) -> None:
        stream = (await self.store.load_many(SHELF, [item]))[item]
        stream.add(decide(stream.state))
        await self.store.save(stream, call=call(), result=None)

    async def keep(self, item: UUID) -> None:
        for key, tag in self.keys(item):
            await self.cache.keep(await self.cache.look(key, tag), b"page", 60)

    async def kept(self, item: UUID) -> list[bool]:
        """Whether the item's page and the list are still there."""
        return [(await self.cache.look(key, tag)).value is not None for key, tag in self.keys(item)]

    @staticmethod
    def keys(item: UUID) -> list[tuple[str, str]]:
        return [(f"page of {item}", f"item:{item}"), ("list", "catalog")]


@pytest.fixture
async def shop() -> AsyncIterator[Catalogue]:
    shop = Catalogue()
    telling = asyncio.create_task(invalidate(shop.cache, shop.store, shop.position))
    yield shop
    telling.cancel()


@pytest.mark.proves("CAT-32")
async def test_a_new_price_is_forgotten_only_once_the_read_models_show_it(shop: Catalogue) -> None:
    changed, other = await shop.listed(), await shop.listed()
    await shop.show_all()
    await shop.keep(changed)
    await shop.keep(other)
    await reprice(RepriceItem(Price("12.00", "USD")), call(), changed, store=shop.store, currency="USD")
    await asyncio.sleep(2 * PERIOD)
    assert await shop.kept(changed) == [True, True]
    await shop.show_all()

    assert ([False, False], [True, False]) == (await shop.kept(changed), await shop.kept(other))


@pytest.mark.proves("CAT-32")
async def test_a_renamed_brand_clears_all_pages(shop: Catalogue) -> None:
    brand = (await add_brand(AddBrand(name="Wrenfold"), call(), store=shop.store, new_id=uuid4)).result.id
    item = await shop.listed()
    await shop.show_all()
    await shop.keep(item)
    await rename_brand(RenameBrand(name="Wren & Fold"), call(), brand, store=shop.store)
    await shop.show_all()

    assert await shop.kept(item) == [False, False]


async def test_a_read_model_that_is_built_again_clears_all_pages(shop: Catalogue) -> None:
    item = await shop.listed()
    await shop.show_all()
    await shop.keep(item)
    shop.shown = {"catalog": 1, "inventory": 0}
    await asyncio.sleep(2 * PERIOD)

    assert await shop.kept(item) == [False, False]


async def test_while_changes_cannot_be_learnt_nothing_is_served(shop: Catalogue) -> None:
    item = await shop.listed()
    await shop.show_all()
    await shop.keep(item)
    shop.fails = True
    await asyncio.sleep(2 * PERIOD)

    assert await shop.kept(item) == [False, False]


@pytest.mark.proves("CAT-32")
async def test_pages_are_forgotten_when_the_word_changes_and_not_with_every_reservation(shop: Catalogue) -> None:
    item, other = await shop.listed(), await shop.listed()
    await shop.show_all()
    await shop.keep(other)
    for decide, kept in (
        (lambda shelf: receive(shelf, 3), False),
        (lambda shelf: reserve(shelf, uuid4(), "alice", 1, Rules()), True),
        (lambda shelf: reserve(shelf, uuid4(), "bob", 1, Rules()), True),
        (lambda shelf: reserve(shelf, uuid4(), "carol", 1, Rules()), False),
    ):
        await shop.keep(item)
        await shop.stock(item, decide)
        await shop.show_all()
        assert await shop.kept(item) == [kept, kept]

    assert (await shop.kept(other))[0], "of another item nothing changed"


@pytest.mark.proves("CAT-15")
async def test_pages_are_forgotten_when_a_review_comes_into_sight_or_goes(shop: Catalogue) -> None:
    item = await shop.listed()
    said = WriteReview(4, "Warm and light")
    review = (await write_review(said, call(), item, store=shop.store)).result.id
    await shop.show_all()
    await shop.keep(item)
    await approve_review(ApproveReview(), call(), item, review, store=shop.store)
    await shop.show_all()
    assert await shop.kept(item) == [False, False]

    await shop.keep(item)
    await withdraw_review(WithdrawReview(), call(), item, review, store=shop.store)
    await shop.show_all()
    assert await shop.kept(item) == [False, False]

    await shop.keep(item)
    await write_review(said, call(), item, store=shop.store)
    await shop.show_all()
    assert await shop.kept(item) == [True, True], "nobody sees what is not approved"


def test_whatever_a_page_shows_is_looked_for() -> None:
    for page in PAGES:
        unseen = {event for event in page.events if event not in SHOWN[page.context]}
        assert unseen <= {PurchaseNoted, ReviewWritten}, page.name
