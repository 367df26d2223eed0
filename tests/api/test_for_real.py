"""The promises that only the real store and real followers can break: once, fresh, and back after an outage."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.eventstore.store import PostgresEventStore
from adapters.followers import everything
from adapters.followers.bookmark import make_follower_pool
from adapters.followers.engine import Engine
from adapters.postgres.migrations import FOLDERS, migrate
from adapters.postgres.pools import ReadPool, make_read_pool
from adapters.pricing import GatheredPricing
from api.app import create_app
from api.shop import Shop
from application.reactors import reactors
from domain import inventory
from projections.pricing import CatalogPricing
from tests.api import shops
from tests.api.routes import check_problem
from tests.api.shops import ADDRESS, CONTEXTS, EMBEDDER, Client, bearer, make_shop
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio


def _shop(store: PostgresEventStore, reads: ReadPool) -> Shop:
    async def log() -> None:
        await store.head("ordering")

    async def read_models() -> None:
        async with reads.connection() as connection:
            await connection.execute("SELECT 1")

    pricing = GatheredPricing(CatalogPricing(reads), reads.patience)
    return make_shop(store, reads, pricing, checks={"ordering": log, "read": read_models})


@asynccontextmanager
async def open_shop(url: str) -> AsyncIterator[Client]:
    """A shop on Postgres, with its followers at work."""
    urls = {context.name: url for context in CONTEXTS}
    async with (
        PostgresEventStore(CONTEXTS, urls) as store,
        make_follower_pool(url) as pool,
        make_read_pool(url, "reads") as reads,
        Client(create_app(_shop(store, reads))) as client,
    ):
        hearing = reactors(inventory.Rules(), "sandbox")
        engine = Engine(everything.followers(store, pool, EMBEDDER, hearing), store=store, pool=pool, listen=urls)
        working = asyncio.create_task(engine.run())
        try:
            yield client
        finally:
            engine.stop()
            await working


async def listed(client: Client) -> str:
    """An item that the read models know, too."""
    item = await client.listed()
    head = (await client.heads())["catalog"]
    async with asyncio.timeout(20):
        while True:
            page = await client.get(f"/v1/catalog/items/{item}", headers={"Storeline-After": f"catalog={head}"})
            if page.status_code == 200:
                return str(item)
            await asyncio.sleep(0.05)


@pytest.mark.soak
@pytest.mark.proves("P3")
async def test_the_same_order_fifty_times_at_once_is_one_order(
    migrated_database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    async with open_shop(migrated_database_url) as client:
        line = {"product_id": await listed(client), "quantity": 1}
        body, other = ({"lines": [line] * times, "address": ADDRESS} for times in (1, 2))
        for number in range(at_scale(5, 2000)):
            headers = bearer(f"buyer-{number}", ["customer"]) | {"Idempotency-Key": "one"}
            answers = await asyncio.gather(*(client.post("/v1/orders", json=body, headers=headers) for _ in range(50)))
            assert {201, 409} >= {each.status_code for each in answers}
            (order,) = {each.json()["order_id"] for each in answers if each.status_code == 201}
            again = await client.post("/v1/orders", json=body, headers=headers)
            assert (201, order) == (again.status_code, again.json()["order_id"])
            check_problem(await client.post("/v1/orders", json=other, headers=headers), 422)
        events = await client.shop.store.read("ordering", limit=1_000_000, tags=["ordering.OrderPlaced"])
        placed = Counter(fact.actor for fact in events)
        assert {f"buyer-{each}": 1 for each in range(at_scale(5, 2000))} == placed


@pytest.mark.soak
@pytest.mark.proves("P13")
async def test_what_was_written_is_read_at_once(
    migrated_database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    async with open_shop(migrated_database_url) as client:
        item = f"/v1/catalog/items/{await listed(client)}"
        stale = 0
        for number in range(at_scale(100, 10_000)):
            price = f"{number % 900 + 1}.25"
            body = {"price": {"amount": price, "currency": "USD"}}
            written = await client.put(f"{item}/price", json=body, headers=bearer(shops.STAFF) | {"If-Match": "*"})
            after = {"Storeline-After": written.headers["Storeline-Position"]}
            page = await client.get(item, headers=after)
            if page.status_code == 200:
                assert price == page.json()["price"]["amount"]
            else:
                stale += check_problem(page, 503)["fields"]["lag"] > 0
        assert stale < at_scale(100, 10_000) / 10, "followers hardly keep up"


@pytest.mark.proves("P22", "F2", "F3")
async def test_a_shop_whose_database_is_away_says_so_and_comes_back(postgres_server: PostgresServer) -> None:
    for schema in FOLDERS:
        migrate(postgres_server.url, schema)
    async with open_shop(postgres_server.url) as client:
        item = await listed(client)
        body, headers = {"product_id": item}, bearer(shops.CUSTOMER)
        await asyncio.to_thread(postgres_server.kill)
        await client.shop.cache.clear()
        for response in await asyncio.gather(
            client.post("/v1/basket/items", json=body, headers=headers),
            client.get("/v1/basket", headers=headers),
            client.get(f"/v1/catalog/items/{item}"),
            client.get("/v1/orders", headers=headers | {"Storeline-After": "ordering=1"}),
        ):
            assert "unavailable" == check_problem(response, 503)["code"]
            assert "1" == response.headers["Retry-After"]
        assert 200 == (await client.get("/health/live")).status_code

        await asyncio.to_thread(postgres_server.start)
        async with asyncio.timeout(60):
            while (await client.post("/v1/basket/items", json=body, headers=headers)).status_code != 200:
                await asyncio.sleep(0.1)
            while (await client.get("/v1/basket", headers=headers)).status_code != 200:
                await asyncio.sleep(0.1)


@pytest.mark.proves("P22", "F4")
async def test_a_shop_whose_database_is_frozen_says_so_while_it_is_and_comes_back(
    postgres_server: PostgresServer,
) -> None:
    for schema in FOLDERS:
        migrate(postgres_server.url, schema)
    async with open_shop(postgres_server.url) as client:
        item, headers = await listed(client), bearer(shops.CUSTOMER)
        add = {"product_id": item}
        order = {"lines": [{"product_id": item}], "address": ADDRESS}
        assert 200 == (await client.post("/v1/basket/items", json=add, headers=headers)).status_code
        heads = await client.heads()
        await client.shop.cache.clear()
        postgres_server.freeze()
        try:
            # Nothing thaws it before all have answered: what waits for the database would wait for ever.
            async with asyncio.timeout(60):
                answers = await asyncio.gather(
                    *(
                        request
                        for number in range(20)
                        for request in (
                            client.post("/v1/basket/items", json=add, headers=headers),
                            client.get("/v1/basket", headers=headers),
                            client.get("/v1/basket/history", headers=headers),
                            client.get(f"/v1/catalog/items/{item}"),
                            client.get("/v1/catalog/items?facets=true"),
                            client.get("/v1/catalog/search?q=parka"),
                            client.post("/v1/orders/draft", json={"lines": order["lines"]}),
                            client.post("/v1/orders", json=order, headers=headers | {"Idempotency-Key": str(number)}),
                            client.get("/v1/orders", headers=headers | {"Storeline-After": "ordering=1"}),
                            client.get("/health/ready"),
                        )
                    )
                )
        finally:
            postgres_server.thaw()
        assert {503} == {each.status_code for each in answers}

        async with asyncio.timeout(60):
            for path in ("/v1/basket", "/health/ready", f"/v1/catalog/items/{item}"):
                while (await client.get(path, headers=headers)).status_code != 200:
                    await asyncio.sleep(0.1)
            assert heads == await client.heads(), "what was refused was done after all"
            while (await client.post("/v1/basket/items", json=add, headers=headers)).status_code != 200:
                await asyncio.sleep(0.1)
