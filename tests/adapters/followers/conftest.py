"""Read models on a real Postgres, filled from facts."""

from collections.abc import AsyncIterator

import pytest
from psycopg import AsyncConnection

from adapters.followers.bookmark import Pool, make_follower_pool


@pytest.fixture
async def pool(migrated_database_url: str) -> AsyncIterator[Pool]:
    async with make_follower_pool(migrated_database_url) as pool:
        yield pool


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as connection:
        yield connection
