"""Many buyers, many products, little of each, and processes that die: whenever one looks, nothing is sold twice."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from application.store import StoreUnavailable
from domain import inventory
from domain.ordering import Status
from tests.faults.rush import check_books
from tests.faults.selling import ADDRESS, Selling
from tests.services.postgres import fresh_database
from tests.waiting import meanwhile

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(3600)]

UNITS = 10


@pytest.mark.soak
@pytest.mark.proves("P10", "F26", "INV-02")
async def test_whenever_one_looks_at_a_market_nothing_is_oversold_though_followers_are_killed_every_second(
    shared_postgres_url: str, migrated_template: str, tmp_path: Path, at_scale: Callable[[int, int], int]
) -> None:
    """At full length for half an hour: 200 clients at 100 products. Each round is another shop."""
    seed, ends = 0, time.monotonic() + at_scale(0, 1800)
    while seed == 0 or time.monotonic() < ends:
        seed += 1
        with fresh_database(shared_postgres_url, migrated_template) as url:
            (tmp_path / str(seed)).mkdir()
            async with Selling.at(url, tmp_path / str(seed)) as shop:
                await market(shop, seed, clients=at_scale(12, 200), products=at_scale(6, 100))


async def market(shop: Selling, seed: int, clients: int, products: int) -> None:
    """Each client orders again and again, more in all than there is, and regrets some of it."""
    buyers = [f"buyer-{uuid4()}" for _ in range(clients)]
    async with shop.following():
        await shop.gather([shop.store_card(buyer) for buyer in buyers])
    goods: list[UUID] = []
    async with shop.following_though_killed():
        while not shop.kills:  # where all is sold before anybody was killed, there is another day
            new = await shop.gather([shop.stocked(UNITS) for _ in range(products)])
            goods += new
            async with meanwhile(look(shop, new)):
                await shop.gather(
                    [buy(shop, buyer, new, Random(f"{seed} {n}")) for n, buyer in enumerate(buyers)], clients
                )
                await shop.until(shop.at_rest, 300)
    await check_books(shop)
    paid = [order for order in (await shop.orders()).values() if order.status is Status.PAID]
    sold = sum(line.quantity for order in paid for line in order.lines)
    assert 0 < sold <= UNITS * len(goods)


async def buy(shop: Selling, buyer: str, goods: Sequence[UUID], random: Random) -> None:
    for _ in range(6):
        wanted = random.sample(goods, random.randint(1, 3))
        lines = [{"product_id": str(product), "quantity": random.randint(1, 2)} for product in wanted]
        placed = await shop.post("/v1/orders", buyer, {"lines": lines, "address": ADDRESS})
        assert placed.is_success or "out-of-stock" == placed.json()["code"], placed.text
        if placed.is_success and random.random() < 0.3:
            await asyncio.sleep(random.random())
            order_id = placed.json()["order_id"]
            regretted = await shop.post(f"/v1/orders/{order_id}/cancel", buyer, {})
            assert regretted.status_code in {200, 409}, regretted.text


async def look(shop: Selling, goods: Sequence[UUID]) -> None:
    """What is free and what is sold is what there is, of each product, at every moment."""
    while True:
        with suppress(StoreUnavailable):  # everybody is busy: one who looks later sees as much
            shelves = await shop.store.load_many(inventory.SHELF, goods)
            for shelf in (stream.state for stream in shelves.values()):
                assert UNITS == shelf.on_hand == shelf.available + shelf.reserved
                assert 0 <= shelf.available
        await asyncio.sleep(0.1)
