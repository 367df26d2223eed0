"""The rush: far more orders for one product than there are units, all at once.

First the whole way over HTTP, from the first order until the last buyer knows. Then the reservations alone: the reactor
that takes the orders in by pages, against 32 clients that each reserve for one order after the other, with the same
decisions on the same store, and try again at once when somebody else was faster.
`python -m tests.bench fulfilment` runs it alone.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.engine import Engine
from adapters.followers.reactor import ReactorFollower
from adapters.seed import products
from api.tokens import Tokens
from application.inventory.stockroom import stockroom
from application.reactors import reservations
from application.store import Call, Stream, VersionConflict
from domain import inventory, ordering, payment
from domain.inventory import SHELF, Units, reservation_stream
from domain.inventory.shelf import decisions as shelves
from tests.bench.figures import Figure, rounds
from tests.bench.http import ADDRESS
from tests.bench.load import drive, request
from tests.bench.servers import SECRET, api, caught_up, followers, stock

T = TypeVar("T")

CLIENTS = 32
ORDERS = 10_000
UNITS = 500
ROUNDS = 3
RULES = inventory.Rules()
RESERVE = reservations(RULES)


def run(database_url: str, orders: int = ORDERS, units: int = UNITS, count: int = ROUNDS) -> list[Figure]:
    stock(database_url)
    with asyncio.Runner() as runner:
        shop = Shop(database_url)
        runner.run(shop.open())
        over_http = rush(database_url, runner, shop, orders, units)
        ours, theirs = rounds(
            count,
            lambda: runner.run(shop.by_pages(orders, units)),
            lambda: runner.run(shop.by_clients(orders, units)),
        )
        runner.run(shop.close())
    notes = {
        "reservations lost to somebody faster": f"{shop.lost / count:,.0f} a round, and tried again at once",
        "over HTTP": over_http,
    }
    name = f"{orders:,} orders for one product with {units} units"
    return [
        Figure(name, "orders/s", ours, theirs, f"{CLIENTS} clients with immediate retries", reach=10.0, notes=notes)
    ]


def rush(database_url: str, runner: asyncio.Runner, shop: "Shop", orders: int, units: int) -> str:
    """As many buyers, each with a card of their own, order the product over HTTP; what became of them, and when."""
    product = products()[0].id
    buyers = [f"buyer-{uuid4()}" for _ in range(orders)]
    runner.run(shop.prepare(product, units, buyers))
    with followers(database_url, STORELINE_GRACE_PERIOD="1s"), api(database_url) as (port, _):
        caught_up(database_url)
        requests = [_order(buyer, product) for buyer in buyers]
        began = time.perf_counter()
        load = drive(port, [requests[client::CLIENTS] for client in range(CLIENTS)])
        ended = runner.run(shop.decided(product))
        took = time.perf_counter() - began
    if ended[ordering.Status.PAID] != units or load.statuses.keys() - {201, 409}:
        raise AssertionError(f"{ended} and {load.statuses}, with {units} units")
    return (
        f"{took:.1f} s from the first of {orders:,} orders until the last buyer knew; {units} have paid,"
        f" {load.statuses.get(409, 0):,} were told at once and {ended[ordering.Status.CANCELLED]:,} later"
    )


def _order(buyer: str, product: UUID) -> bytes:
    token = Tokens(SECRET).mint(buyer, frozenset({"customer"}), now=datetime.now(UTC), lifetime=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    body = {"lines": [{"product_id": str(product), "quantity": 1}], "address": ADDRESS}
    return request("POST", "/v1/orders", headers, json.dumps(body).encode())


class Shop:
    def __init__(self, url: str) -> None:
        self.store = PostgresEventStore(CONTEXTS, {context.name: url for context in CONTEXTS})
        self.pool: Pool = make_follower_pool(url)
        self.lost = 0
        self._url = url

    async def open(self) -> None:
        await self.store.__aenter__()
        await self.pool.open()

    async def close(self) -> None:
        await self.pool.close()
        await self.store.__aexit__()

    async def by_pages(self, orders: int, units: int) -> float:
        """Orders a second that the reactor takes in."""
        product = await self.shelf(units)
        last = await self.awaited(product, orders)
        follower = ReactorFollower(RESERVE, self.store)
        engine = Engine([follower], store=self.store, pool=self.pool, listen={"ordering": self._url})
        began = time.perf_counter()
        working = asyncio.create_task(engine.run())
        while await follower.position() < last:
            await asyncio.sleep(0.01)
        took = time.perf_counter() - began
        engine.stop()
        await working
        await self.check(product, units)
        return orders / took

    async def by_clients(self, orders: int, units: int) -> float:
        """Orders a second that all clients together take in."""
        product = await self.shelf(units)
        ids = iter([uuid4() for _ in range(orders)])

        async def client() -> None:
            for order_id in ids:
                while not await self.reserved(order_id, product):
                    self.lost += 1

        began = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        took = time.perf_counter() - began
        await self.check(product, units)
        return orders / took

    async def reserved(self, order_id: UUID, product: UUID) -> bool:
        id, buyer = reservation_stream(order_id), f"buyer-{order_id}"
        room = await stockroom(self.store, [id], [product], RULES)
        wanted = [Units(product, 1)]
        made = inventory.make(room.reservations[id].state, order_id, order_id, buyer, wanted, room.states, RULES)
        room.carry_out(id, made)
        try:
            await self.store.save(*room.changed, call=_call(), result=None)
        except VersionConflict:
            return False
        return True

    async def shelf(self, units: int) -> UUID:
        shelf = Stream.new(SHELF, uuid4())
        shelf.add(shelves.receive(shelf.state, units))
        await self.store.save(shelf, call=_call(), result=None)
        return shelf.id

    async def awaited(self, product: UUID, orders: int) -> int:
        """So many orders ask for one unit each; the position of the last of them."""
        wanted = (ordering.StockItem(product, 1),)
        last = 0
        for page in _pages([uuid4() for _ in range(orders)], 500):
            streams = [Stream.new(ordering.ORDER, order_id) for order_id in page]
            for stream in streams:
                stream.add([ordering.OrderValidationRequested(f"buyer-{stream.id}", wanted)])
            last = (await self.store.save(*streams, call=_call(), result=None)).positions["ordering"]
        return last

    async def prepare(self, product: UUID, units: int, buyers: Sequence[str]) -> None:
        """There are so many units, and each buyer has a card."""
        shelf = await self.store.load(SHELF, product)
        shelf.add(shelves.set_thresholds(shelf.state, 0, None))
        shelf.add(shelves.adjust(shelf.state, units - shelf.state.available, inventory.AdjustmentReason.COUNTED))
        await self.store.save(shelf, call=_call(), result=None)
        card = {"token": "sandbox-ok", "brand": "Visa", "last_four": "4242", "expiry": "2099-12"}
        for page in _pages(buyers, 500):
            wallets = [Stream.new(payment.WALLET, payment.wallet_stream(buyer)) for buyer in page]
            for buyer, wallet in zip(page, wallets, strict=True):
                wallet.add(
                    payment.store(wallet.state, buyer, uuid4(), now=datetime.now(UTC), rules=payment.Rules(), **card)
                )
            await self.store.save(*wallets, call=_call(), result=None)

    async def decided(self, product: UUID) -> Counter[ordering.Status | None]:
        """What became of all orders for the product, once something became of all."""
        tags = ["ordering.OrderPlaced"]
        facts = await self.store.read("ordering", limit=1_000_000, tags=tags)
        placed = [fact.stream for fact in facts]
        while True:
            ended: Counter[ordering.Status | None] = Counter()
            for page in _pages(placed, 1000):
                streams = await self.store.load_many(ordering.ORDER, page)
                ended.update(
                    stream.state.status
                    for stream in streams.values()
                    if any(line.product_id == product for line in stream.state.lines)
                )
            if not ended.keys() & ordering.PENDING:
                return ended
            await asyncio.sleep(0.2)

    async def check(self, product: UUID, units: int) -> None:
        shelf = (await self.store.load(SHELF, product)).state
        if (shelf.reserved, shelf.available) != (units, 0):
            raise AssertionError(f"{shelf.reserved} of {units} units were reserved")


def _pages(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _call() -> Call:
    return Call("bench", datetime.now(UTC), "bench")
