"""An event store and a pool for followers, on one fresh database."""

from collections.abc import AsyncIterator

import pytest

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool, make_follower_pool


@pytest.fixture
async def pool(migrated_database_url: str) -> AsyncIterator[Pool]:
    async with make_follower_pool(migrated_database_url) as pool:
        yield pool


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore(CONTEXTS, {context.name: migrated_database_url for context in CONTEXTS}) as store:
        yield store
