"""Fixtures for the interface."""

from collections.abc import AsyncIterator

import pytest

from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.bookmark import make_follower_pool
from api.app import create_app
from tests.api.shops import CONTEXTS, Client, client_in_memory, make_shop


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A shop whose events live in memory and whose read models are out of reach."""
    async with client_in_memory() as client:
        yield client


@pytest.fixture
async def live(migrated_database_url: str) -> AsyncIterator[Client]:
    """A shop whose events live in memory and whose read models in Postgres. They follow when they are told to."""
    async with (
        make_follower_pool(migrated_database_url) as reads,
        Client(create_app(make_shop(MemoryEventStore(CONTEXTS), reads))) as client,
    ):
        yield client
