"""Taking in: each message has its effect once, bad ones are set aside once, and the consumer always comes back."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import msgspec
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool
from structlog.testing import capture_logs

from adapters.postgres.pools import make_pool
from adapters.rabbit import dead_letters, inbox, wire
from adapters.rabbit.consumer import Consumer
from application.contracts import Contract, Message, OrderShipped, OrderStockConfirmed
from tests.adapters.rabbit.broker import Broker, shipped
from tests.services.rabbitmq import RabbitServer
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
NAME = "desk"


async def note(message: Message[Any], connection: AsyncConnection) -> None:
    await connection.execute("INSERT INTO effect VALUES (%s, %s)", (message.id, message.position))


@asynccontextmanager
async def consuming(
    broker: Broker, pool: Pool, handler: Callable[[Message[Any], AsyncConnection], Awaitable[None]] = note
) -> AsyncIterator[None]:
    consumer = Consumer(
        NAME,
        (OrderShipped, OrderStockConfirmed),
        handler,
        amqp_url=broker.url,
        pool=pool,
        retry_delay=0.001,
        watch=0.2,
        timeout=2,
    )
    async with meanwhile(consumer.run()):
        yield


async def effects(pool: Pool) -> list[UUID]:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT message_id FROM effect ORDER BY at")
        return [id for (id,) in await cursor.fetchall()]


async def send(broker: Broker, *messages: Message[Contract]) -> None:
    await broker.consumer(NAME)
    for message in messages:
        await broker.put(wire.encode(message), NAME)


def bad(body: bytes = b'{"contract":"ordering.order_shipped.v1"}', **properties: Any) -> aio_pika.Message:
    good = wire.encode(shipped(uuid4()))
    fields = {"message_id": good.message_id, "headers": good.headers, "content_type": good.content_type}
    return aio_pika.Message(body, **(fields | properties))


GOOD_BODY = wire.encode(shipped(uuid4())).body
BAD = {
    "not JSON": bad(b"\xff not json {"),
    "empty": bad(b""),
    "a field is missing": bad(),
    "a field has the wrong type": bad(msgspec.json.encode(msgspec.json.decode(GOOD_BODY) | {"order_id": 1})),
    "no contract that we know": bad(b'{"contract":"weather.rain.v1"}'),
    "a version of the future": bad(GOOD_BODY.replace(b".v1", b".v2")),
    "10 MB": bad(GOOD_BODY[:-1] + b" " * 10_000_000 + b"}"),
    "a depth bomb": bad(b"[" * 100_000),
    "an id that is none": bad(GOOD_BODY, message_id="1"),
    "no envelope": bad(GOOD_BODY, headers={}),
    "an envelope of nonsense": bad(GOOD_BODY, headers={"stream": 1, "position": "x", "causation_id": [1]}),
}


@pytest.mark.proves("P8", "MSG-09")
async def test_each_effect_happens_once_however_often_its_message_comes(
    broker: Broker, pool: Pool, at_scale: Callable[[int, int], int]
) -> None:
    randomly = random.Random(7)
    messages = [shipped(uuid4()) for _ in range(at_scale(200, 100_000))]
    deliveries = [message for message in messages for _ in range(randomly.randint(1, 5))]
    randomly.shuffle(deliveries)
    await send(broker, *deliveries)

    async with consuming(broker, pool):
        await until(lambda: done(broker, pool, len(messages)), at_scale(60, 1800))

    assert sorted(message.id for message in messages) == sorted(await effects(pool))


async def done(broker: Broker, pool: Pool, count: int) -> bool:
    """So many effects are there, and nothing waits. A message that is being worked on is in no count of the queue."""
    return len(await effects(pool)) >= count and await empty(broker, NAME)


async def empty(broker: Broker, queue: str) -> bool:
    """Nothing waits in the queue, now and a moment later."""
    if await broker.count(queue):
        return False
    await asyncio.sleep(0.5)
    return not await broker.count(queue)


async def test_messages_of_one_order_are_handled_one_after_the_other(broker: Broker, pool: Pool) -> None:
    orders = [uuid4(), uuid4()]
    seen: list[tuple[UUID, int]] = []

    async def slowly(message: Message[Any], connection: AsyncConnection) -> None:
        await asyncio.sleep(random.uniform(0, 0.01))
        seen.append((message.stream, message.position))

    await send(broker, *(shipped(order, position) for position in range(1, 11) for order in orders))
    async with consuming(broker, pool, slowly):
        await until(lambda: _true(len(seen) == 20))

    for order in orders:
        assert list(range(1, 11)) == [position for stream, position in seen if stream == order]


async def _true(value: bool) -> bool:
    return value


@pytest.mark.proves("B59")
async def test_what_cannot_be_read_is_set_aside_once_and_blocks_nothing(broker: Broker, pool: Pool) -> None:
    await send(broker)
    for message in BAD.values():
        await broker.put(message, NAME)
    good = shipped(uuid4())
    await send(broker, good)

    async with consuming(broker, pool):
        await until(lambda: effects(pool))
        await until(lambda: reached(broker, len(BAD)))
        await until(lambda: empty(broker, NAME))

    assert [good.id] == await effects(pool)
    letters = await dead_letters.peek(broker.url, NAME, limit=100)
    assert sorted(message.body[:100] for message in BAD.values()) == sorted(letter.body[:100] for letter in letters)
    assert {("rejected", 1)} == {(letter.reason, letter.deaths) for letter in letters}


async def reached(broker: Broker, count: int) -> bool:
    return await broker.count(f"{NAME}.dead") == count


@pytest.mark.proves("P9", "MSG-04")
async def test_what_fails_is_tried_again_then_set_aside_and_replayed_once_it_is_mended(
    broker: Broker, pool: Pool, at_scale: Callable[[int, int], int]
) -> None:
    messages = [shipped(uuid4()) for _ in range(at_scale(300, 50_000))]
    poison = {message.id for message in messages[::100]}
    attempts: list[UUID] = []

    async def choke(message: Message[Any], connection: AsyncConnection) -> None:
        await note(message, connection)
        if message.id in poison:
            attempts.append(message.id)
            raise ValueError("cannot")

    await send(broker, *messages)
    async with consuming(broker, pool, choke):
        await until(lambda: reached(broker, len(poison)), at_scale(30, 600))
        await until(lambda: done(broker, pool, len(messages) - len(poison)), at_scale(60, 1800))

    assert sorted(message.id for message in messages if message.id not in poison) == sorted(await effects(pool))
    assert {6} == {attempts.count(id) for id in poison}
    letters = await dead_letters.peek(broker.url, NAME, limit=1000)
    assert {str(id) for id in poison} == {letter.message_id for letter in letters}
    assert {"delivery_limit"} == {letter.reason for letter in letters}

    async with consuming(broker, pool):
        assert len(poison) == await dead_letters.replay(broker.url, NAME)
        await until(lambda: reached(broker, 0))
        await until(lambda: empty(broker, NAME))

    assert sorted(message.id for message in messages) == sorted(await effects(pool))


async def test_a_database_that_is_away_uses_up_no_attempts(broker: Broker, pool: Pool) -> None:
    attempts = 0

    async def cut_off(message: Message[Any], connection: AsyncConnection) -> None:
        nonlocal attempts
        attempts += 1
        await note(message, connection)
        if attempts <= 8:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    message = shipped(uuid4())
    await send(broker, message)
    async with consuming(broker, pool, cut_off):
        await until(lambda: effects(pool))

    assert [message.id] == await effects(pool)
    assert 0 == await broker.count(f"{NAME}.dead")


@pytest.mark.proves("F19")
async def test_a_queue_that_is_deleted_under_its_consumer_is_set_up_again(broker: Broker, pool: Pool) -> None:
    first, second = shipped(uuid4()), shipped(uuid4())
    await send(broker, first)
    async with consuming(broker, pool):
        await until(lambda: effects(pool))
        await (await broker.channel.get_queue(NAME, ensure=False)).delete(if_unused=False, if_empty=False)

        async def listens() -> bool:
            async with Broker.at(broker.url) as look:
                with suppress(aio_pika.exceptions.ChannelNotFoundEntity):
                    return await look.listened_to(NAME)
                return False

        await until(listens)
        exchange = await broker.channel.get_exchange("storeline")
        await exchange.publish(wire.encode(second), "ordering.order_shipped.v1")
        await until(lambda: _has(pool, 2))

    assert [first.id, second.id] == await effects(pool)


async def _has(pool: Pool, count: int) -> bool:
    return len(await effects(pool)) == count


@pytest.mark.proves("B59")
async def test_a_message_without_an_id_is_set_aside(rabbit_server: RabbitServer, pool: Pool) -> None:
    vhost = rabbit_server.url.rsplit("/", 1)[1]
    async with Broker.at(rabbit_server.url) as broker:
        await send(broker)
        nameless = {"properties": {}, "routing_key": NAME, "payload": GOOD_BODY.decode(), "payload_encoding": "string"}
        await asyncio.to_thread(rabbit_server.api, "POST", f"/exchanges/{vhost}/amq.default/publish", nameless)
        async with consuming(broker, pool):
            await until(lambda: reached(broker, 1))

        assert [] == await effects(pool)
        assert [None] == [letter.message_id for letter in await dead_letters.peek(broker.url, NAME)]


async def test_the_inbox_forgets_what_cannot_come_again(pool: Pool) -> None:
    async with pool.connection() as connection:
        await inbox.is_new(connection, NAME, UUID(int=1))
        await inbox.is_new(connection, NAME, UUID(int=2))
        await connection.execute(
            "UPDATE inbox SET received_at = now() - interval '61 days' WHERE message_id = %s", (UUID(int=1),)
        )

        assert 1 == await inbox.forget(connection, NAME, timedelta(days=60))
        assert not await inbox.is_new(connection, NAME, UUID(int=2))


async def test_a_database_that_is_read_only_ends_no_consumer(broker: Broker, pool: Pool, database_url: str) -> None:
    read_only = make_pool(make_conninfo(database_url, options="-c default_transaction_read_only=on"), "read-only")
    async with read_only, consuming(broker, read_only):
        with capture_logs() as logs:
            await until(lambda: _says(logs, "inbox not cleaned"))
        await send(broker)


async def _says(logs: Sequence[Mapping[str, Any]], event: str) -> bool:
    return event in [entry["event"] for entry in logs]
