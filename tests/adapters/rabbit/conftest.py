"""A broker with what the relay sets up, a consumer's own database, and a look at what lies in a queue."""

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pools import PoolSettings, make_pool
from adapters.rabbit import inbox
from tests.adapters.rabbit.broker import Broker


@pytest.fixture
async def broker(amqp_url: str) -> AsyncIterator[Broker]:
    async with Broker.at(amqp_url) as broker:
        yield broker


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[AsyncConnectionPool[AsyncConnection]]:
    """A consumer's own database: the inbox, and a table of effects that would show every repetition."""
    async with make_pool(database_url, "consumer", PoolSettings(max_size=20)) as pool:
        async with pool.connection() as connection:
            await connection.execute(inbox.TABLE)
            await connection.execute(
                "CREATE TABLE effect (message_id uuid, position bigint, at timestamptz DEFAULT now())"
            )
        yield pool
