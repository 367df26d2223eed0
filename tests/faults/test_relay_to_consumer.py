"""From the log to a consumer's table: every event has its effect, once, while the broker comes and goes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pools import make_pool
from adapters.rabbit import inbox, topology
from adapters.rabbit.consumer import Consumer
from application.contracts import Message, OrderAwaitingValidation, OrderStarted, OrderSubmitted, routing_key
from tests.faults.relaying import Shop
from tests.services.rabbitmq import RabbitServer
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
CONTRACTS = (OrderStarted, OrderSubmitted, OrderAwaitingValidation)


@pytest.fixture
async def shop(migrated_database_url: str) -> AsyncIterator[Shop]:
    async with Shop.at(migrated_database_url) as shop:
        yield shop


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with make_pool(database_url, "consumer") as pool:
        async with pool.connection() as connection:
            await connection.execute(inbox.TABLE)
            await connection.execute("CREATE TABLE effect (message_id uuid)")
        yield pool


async def note(message: Message[Any], connection: AsyncConnection) -> None:
    await connection.execute("INSERT INTO effect VALUES (%s)", (message.id,))


async def effects(pool: Pool) -> list[UUID]:
    async with pool.connection() as connection:
        return [id for (id,) in await (await connection.execute("SELECT message_id FROM effect")).fetchall()]


@pytest.mark.proves("P7", "P8", "F14", "F18")
async def test_every_event_has_its_effect_once_while_the_broker_comes_and_goes(
    shop: Shop, pool: Pool, rabbit_server: RabbitServer, at_scale: Callable[[int, int], int]
) -> None:
    client = topology.broker(rabbit_server.url, "test")
    async with topology.connected(client, timeout=5):
        await topology.declare_consumer(client, "listener", [routing_key(contract) for contract in CONTRACTS])
    # A quorum queue that is younger than three minutes survives a stop, but not a kill: see decision 71.
    await asyncio.to_thread(rabbit_server.stop)
    await asyncio.to_thread(rabbit_server.start)
    consumer = Consumer("listener", CONTRACTS, note, amqp_url=rabbit_server.url, pool=pool, watch=0.5, timeout=2)

    async def all_done() -> bool:
        return len(await effects(pool)) >= len(await shop.said())

    async with meanwhile(consumer.run()), shop.relaying(rabbit_server.url, page=50):
        for fault in (rabbit_server.close_connections, rabbit_server.kill) * at_scale(1, 50):
            selling = asyncio.create_task(shop.sell(100))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(fault)
            await selling
            await asyncio.to_thread(rabbit_server.start)
            await until(all_done, 120)

    assert sorted(message.id for message in await shop.said()) == sorted(await effects(pool))
