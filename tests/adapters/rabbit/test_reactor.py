"""A reactor that hears RabbitMQ: what it decides happens once, in pages, in order, whatever comes between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import pytest
from psycopg.conninfo import make_conninfo
from structlog.testing import capture_logs

from adapters.rabbit import dead_letters, topology, wire
from adapters.rabbit.publisher import Publisher
from adapters.rabbit.reactor import RabbitReactor
from application.contracts import Contract, Message, OrderShipped
from application.reactors import Reactor
from application.store import EventStore, StoreUnavailable, Stream
from tests.adapters.rabbit.broker import Broker, confirmed, shipped
from tests.contracts.jars import JAR, CoinsPut
from tests.faults.storing import make_log, open_store
from tests.services.rabbitmq import RabbitServer
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.anyio

QUEUE = "storeline.count-parcels"


@dataclass
class Cashier:
    """Puts a coin into the jar of each order that is shipped, and keeps the pages that it was given."""

    pages: list[list[UUID]] = field(default_factory=list)
    refuses: frozenset[UUID] = frozenset()

    @property
    def reactor(self) -> Reactor:
        return Reactor(
            name="count-parcels", source="ordering", target="sample", contracts=(OrderShipped,), react=self.react
        )

    async def react(self, messages: Sequence[Message[Any]], store: EventStore) -> Sequence[Stream[Any, Any]]:
        if not self.refuses.isdisjoint(message.stream for message in messages):
            raise ValueError("cannot")
        jars = await store.load_many(JAR, list({message.stream for message in messages}))
        for message in messages:
            jars[message.stream].add([CoinsPut(1)])
        self.pages.append([message.id for message in messages])
        return list(jars.values())


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[EventStore]:
    async with open_store(make_log(make_conninfo(database_url))) as store:
        yield store


@pytest.fixture
def cashier() -> Cashier:
    return Cashier()


@asynccontextmanager
async def listening(cashier: Cashier, store: EventStore, url: str) -> AsyncIterator[None]:
    async with meanwhile(RabbitReactor(cashier.reactor, store, url, watch=0.2, timeout=2).run()):
        yield


async def declare(broker: Broker) -> None:
    """What the reactor sets up when it runs for the first time."""
    client = topology.broker(broker.url, "test")
    async with topology.connected(client, timeout=5):
        await client.declare_queue(topology.dead(QUEUE))
        await topology.declare_queue(client, QUEUE, ["ordering.order_shipped.v1"], single=True)


async def send(broker: Broker, *messages: Message[Contract]) -> None:
    for message in messages:
        await broker.put(wire.encode(message), QUEUE)


async def coins(store: EventStore) -> int:
    return len(await store.read("sample", limit=100_000))


async def counted(store: EventStore, count: int) -> bool:
    return await coins(store) >= count


@pytest.mark.proves("P8", "MSG-09")
async def test_what_it_decides_happens_once_however_often_a_message_comes(
    broker: Broker, store: EventStore, cashier: Cashier
) -> None:
    orders = [uuid4() for _ in range(300)]
    messages = [shipped(order) for order in orders]
    await declare(broker)
    await send(broker, *messages, *messages[:200], *messages)
    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 300))
        await send(broker, *messages[100:], shipped(last := uuid4()))
        await until(lambda: counted(store, 301))

    jars = await store.load_many(JAR, [*orders, last])
    assert {1} == {jar.state.coins for jar in jars.values()}


async def test_many_messages_about_one_stream_are_one_append(
    broker: Broker, store: EventStore, cashier: Cashier
) -> None:
    order = uuid4()
    messages = [shipped(order, position) for position in range(1, 401)]
    await declare(broker)
    await send(broker, *messages)
    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 400))

    assert [message.id for message in messages] == [id for page in cashier.pages for id in page]
    assert len(cashier.pages) < 40


@pytest.mark.proves("P9")
async def test_what_cannot_be_taken_in_is_set_aside_alone_and_given_back_once_it_is_mended(
    broker: Broker, store: EventStore, cashier: Cashier
) -> None:
    orders = [uuid4() for _ in range(20)]
    cashier.refuses = frozenset({orders[7]})
    await declare(broker)
    await send(broker, *map(shipped, orders[:15]))
    await broker.put(aio_pika.Message(b"no message of ours"), QUEUE)
    await send(broker, *map(shipped, orders[15:]))

    async def set_aside() -> bool:
        return await broker.count(f"{QUEUE}.dead") == 2

    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 19))
        await until(set_aside)
    cashier.refuses = frozenset()
    async with listening(cashier, store, broker.url):
        await dead_letters.replay(broker.url, QUEUE)
        await until(lambda: counted(store, 20))

    jars = await store.load_many(JAR, orders)
    assert {1} == {jar.state.coins for jar in jars.values()}


async def test_a_store_that_is_away_costs_no_message(
    broker: Broker, store: EventStore, cashier: Cashier, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, failures = store.save, 0

    async def away(*streams: Any, **more: Any) -> Any:
        nonlocal failures
        failures += 1
        if failures <= 5:
            raise StoreUnavailable("away")
        return await save(*streams, **more)

    monkeypatch.setattr(store, "save", away)
    await declare(broker)
    await send(broker, shipped(uuid4()))
    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 1))

    assert 0 == await broker.count(f"{QUEUE}.dead")


@pytest.mark.proves("F14", "P9")
async def test_links_that_are_lost_again_and_again_set_nothing_aside_and_change_no_order(
    broker: Broker, store: EventStore, cashier: Cashier
) -> None:
    """More often than the 20 times that newer brokers allow by themselves."""
    messages = [shipped(uuid4()) for _ in range(30)]
    await declare(broker)
    await send(broker, *messages)
    for _ in range(25):
        await broker.lose_link(QUEUE, 20)
    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 30))

    assert 0 == await broker.count(f"{QUEUE}.dead")
    assert [message.id for message in messages] == [id for page in cashier.pages for id in page]


@pytest.mark.proves("F19")
@pytest.mark.parametrize("deleted", [QUEUE, f"{QUEUE}.dead"])
async def test_a_queue_that_is_new_begins_with_what_the_archive_has(
    broker: Broker, store: EventStore, cashier: Cashier, deleted: str
) -> None:
    publisher = Publisher(broker.url)
    early = [shipped(uuid4()) for _ in range(30)]
    try:
        await publisher.send([*early, confirmed(uuid4())])
        async with listening(cashier, store, broker.url):
            await until(lambda: counted(store, 30))
            await publisher.send([shipped(uuid4())])
            await until(lambda: counted(store, 31))
        await (await broker.channel.get_queue(deleted, ensure=False)).delete(if_unused=False, if_empty=False)
        await publisher.send([shipped(uuid4()) for _ in range(9)])
        async with listening(cashier, store, broker.url):
            await until(lambda: counted(store, 40))
    finally:
        await publisher.close()

    assert 40 == await coins(store)


@pytest.mark.proves("P9")
async def test_what_cannot_be_taken_in_from_the_archive_is_set_aside_as_from_the_queue(
    broker: Broker, store: EventStore, cashier: Cashier
) -> None:
    messages = [shipped(uuid4()) for _ in range(20)]
    cashier.refuses = frozenset({messages[7].stream})
    publisher = Publisher(broker.url)
    try:
        await publisher.send(messages[:10])
        exchange = await broker.channel.get_exchange("storeline")
        await exchange.publish(aio_pika.Message(b"{}"), "ordering.order_shipped.v1")
        await publisher.send(messages[10:])
    finally:
        await publisher.close()

    async def set_aside() -> bool:
        return await broker.count(f"{QUEUE}.dead") == 1

    async with listening(cashier, store, broker.url):
        await until(lambda: counted(store, 19))
        await until(lambda: broker.listened_to(QUEUE))
        await until(set_aside)

    (letter,) = await dead_letters.peek(broker.url, QUEUE)
    assert str(messages[7].id) == letter.message_id


async def test_it_ends_when_it_is_cancelled_whatever_it_does_at_that_moment(
    broker: Broker, store: EventStore, cashier: Cashier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as closing a channel, which loses a cancellation once in a while: here it always does."""
    reactor = RabbitReactor(cashier.reactor, store, broker.url, watch=0.05, timeout=2)
    look, looked = reactor._look, asyncio.Event()

    async def deaf(connection: Any) -> None:
        await look(connection)
        looked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    monkeypatch.setattr(reactor, "_look", deaf)
    async with asyncio.timeout(20):
        async with meanwhile(reactor.run()):
            await looked.wait()


@pytest.mark.proves("F19")
async def test_what_is_said_while_the_archive_is_read_is_taken_in_after_it(
    broker: Broker, store: EventStore, cashier: Cashier, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = [shipped(uuid4()) for _ in range(30)], [shipped(uuid4()) for _ in range(30)]
    publisher, save = Publisher(broker.url), store.save

    async def slow(*streams: Any, **more: Any) -> Any:
        monkeypatch.setattr(store, "save", save)
        await publisher.send(late)
        return await save(*streams, **more)

    monkeypatch.setattr(store, "save", slow)
    try:
        await publisher.send(early)
        with capture_logs() as logged:
            async with listening(cashier, store, broker.url):
                await until(lambda: counted(store, 60))
    finally:
        await publisher.close()

    assert [message.id for message in (*early, *late)] == [id for page in cashier.pages for id in page]
    assert [] == [entry for entry in logged if entry["event"] == "reactor begins anew"]


@pytest.mark.proves("F14", "F18", "P8")
async def test_it_comes_back_and_misses_nothing_when_its_connections_are_closed(
    rabbit_server: RabbitServer, store: EventStore, cashier: Cashier, at_scale: Callable[[int, int], int]
) -> None:
    rounds = at_scale(3, 100)
    async with Broker.at(rabbit_server.url) as broker:
        await declare(broker)
    publisher = Publisher(rabbit_server.url)
    try:
        async with listening(cashier, store, rabbit_server.url), listening(cashier, store, rabbit_server.url):
            for number in range(1, rounds + 1):
                messages = [shipped(uuid4()) for _ in range(200)]
                closing = asyncio.create_task(asyncio.to_thread(rabbit_server.close_connections))
                while True:
                    with suppress(OSError):
                        await publisher.send(messages)
                        break
                await closing
                await until(lambda n=number: counted(store, 200 * n), 60)  # type: ignore[misc]
    finally:
        await publisher.close()

    assert 200 * rounds == await coins(store)
