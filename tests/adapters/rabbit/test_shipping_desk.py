"""The example consumer as a process: what it does happens once, whatever kills it and however often it is told."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import aio_pika
import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.rabbit import topology, wire
from adapters.rabbit.publisher import Publisher
from application.contracts import (
    Contract,
    Message,
    OrderAmended,
    OrderCancelled,
    OrderPaid,
    OrderSubmitted,
    StockItem,
    routing_key,
)
from domain.money import Money
from examples.shipping_desk import desk
from tests.adapters.rabbit.broker import Broker
from tests.given import START
from tests.waiting import until

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
ITEMS = (StockItem(UUID(int=7), 2),)
TOTAL = Money.parse("20.00", "USD")


def story(order: UUID, *, cancelled: bool = False) -> list[Message[Contract]]:
    """An order that is submitted, paid, and maybe cancelled."""
    contracts: list[Contract] = [
        OrderSubmitted(order, f"SO-{order.hex[:8]}", "alice", ITEMS, TOTAL),
        OrderPaid(order, "alice", ITEMS, TOTAL),
    ]
    if cancelled:
        contracts.append(OrderCancelled(order, "alice", "staff", ITEMS))
    return [
        Message(contract, uuid5(order, routing_key(contract)), "ordering", order, position, START, "test", "test")
        for position, contract in enumerate(contracts, 1)
    ]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with desk.make_desk_pool(database_url) as pool:
        await desk.set_up(pool)
        yield pool


async def bind(broker: Broker) -> None:
    client = topology.broker(broker.url, "test")
    async with topology.connected(client, timeout=5):
        await topology.declare_consumer(client, desk.NAME, [routing_key(contract) for contract in desk.CONTRACTS])


async def labels(pool: Pool) -> list[UUID]:
    async with pool.connection() as connection:
        return [id for (id,) in await (await connection.execute("SELECT order_id FROM label")).fetchall()]


async def packed(pool: Pool, orders: set[UUID]) -> bool:
    return {parcel.order_id for parcel in await desk.to_pack(pool)} == orders


@contextmanager
def running(database_url: str, broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"DATABASE_URL": database_url, "AMQP_URL": broker.url}
    command = [sys.executable, "-m", "examples.shipping_desk", "run"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


def wait_until_listening(process: subprocess.Popen[bytes]) -> None:
    """From then on it ends when it is asked to."""
    assert process.stdout is not None
    while b"consumer listens" not in (line := process.stdout.readline()):
        assert line, "it ended before it listened"


@pytest.mark.proves("F22", "P8", "MSG-09")
async def test_each_paid_order_gets_one_label_however_often_the_desk_is_killed(
    broker: Broker, database_url: str, pool: Pool, at_scale: Callable[[int, int], int]
) -> None:
    await bind(broker)
    randomly = random.Random(11)
    orders, cancelled = {uuid4() for _ in range(at_scale(60, 2_000))}, {uuid4() for _ in range(10)}
    messages = [message for order in orders for message in story(order)]
    messages += [message for order in cancelled for message in story(order, cancelled=True)]
    deliveries = [message for message in messages for _ in range(randomly.randint(1, 3))]
    randomly.shuffle(deliveries)
    for message in deliveries:
        await broker.put(wire.encode(message), desk.NAME)

    for life in range(at_scale(2, 50)):
        command = [sys.executable, "-m", "tests.adapters.rabbit.mortal_desk", database_url, broker.url, str(10 + life)]
        ended = await asyncio.to_thread(subprocess.run, command, timeout=60)
        assert 9 == ended.returncode
    with running(database_url, broker) as process:
        await asyncio.sleep(1)
        process.send_signal(signal.SIGKILL)
    with running(database_url, broker) as process:
        await until(lambda: packed(pool, orders), 60)
        await asyncio.to_thread(wait_until_listening, process)
        process.send_signal(signal.SIGTERM)
        assert 0 == await asyncio.to_thread(process.wait, 30)

    assert sorted(orders | cancelled) == sorted(await labels(pool))
    assert 0 == await broker.count(f"{desk.NAME}.dead")


async def test_what_an_order_holds_in_the_end_is_packed_whenever_that_is_told(pool: Pool) -> None:
    order, more = uuid4(), (StockItem(UUID(int=7), 3),)
    amended = OrderAmended(order, "alice", uuid4(), more, (), TOTAL)
    late = Message(amended, uuid4(), "ordering", order, 9, START, "test", "test")
    for told in ([*story(order), late], [late, *reversed(story(order))]):
        async with pool.connection() as connection:
            await connection.execute("DELETE FROM parcel")
            for message in told:
                await desk.handle(message, connection)
        (parcel,) = await desk.to_pack(pool)
        assert [{"product_id": str(UUID(int=7)), "quantity": 3}] == parcel.items


async def test_a_desk_that_begins_late_catches_up_from_the_archive(broker: Broker, pool: Pool) -> None:
    orders = {uuid4() for _ in range(20)}
    publisher = Publisher(broker.url)
    await publisher.send([message for order in orders for message in story(order)])
    await publisher.close()
    exchange = await broker.channel.get_exchange("storeline")
    await exchange.publish(aio_pika.Message(b"{}"), "ordering.order_paid.v1")
    consumer = desk.make_consumer(broker.url, pool)

    assert 40 == await consumer.catch_up(START - timedelta(days=1))
    assert 0 == await consumer.catch_up(START - timedelta(days=1))
    assert await packed(pool, orders)
    assert sorted(orders) == sorted(await labels(pool))
