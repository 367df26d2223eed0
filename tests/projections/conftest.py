"""Read models on a real Postgres, filled from facts."""

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.postgres.pools import make_pool
from tests.projections.plans import Explained


@pytest.fixture
async def pool(migrated_database_url: str) -> AsyncIterator[Pool]:
    async with make_follower_pool(migrated_database_url) as pool:
        yield pool


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as connection:
        yield connection


@pytest.fixture
async def reads(migrated_database_url: str) -> AsyncIterator[Explained]:
    """As the API reads: none of the settings that followers use."""
    async with make_pool(migrated_database_url, "reads") as reading, reading.connection() as connection:
        yield Explained(connection)
