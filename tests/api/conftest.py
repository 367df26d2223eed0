"""Fixtures for the interface."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from adapters.eventstore.memory import MemoryEventStore
from adapters.followers.bookmark import make_follower_pool
from api.app import create_app
from tests.api.shops import CONTEXTS, Client, make_shop, shop_in_memory


@pytest.fixture(scope="session")
def app() -> Litestar:
    """One application for many tests; each puts its own shop into it."""
    return create_app(shop_in_memory())


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[Client]:
    """A shop whose events live in memory and whose read models are out of reach."""
    app.state.shop = shop_in_memory()
    async with Client(app) as client:
        yield client


@pytest.fixture
async def live(app: Litestar, migrated_database_url: str) -> AsyncIterator[Client]:
    """A shop whose events live in memory and whose read models in Postgres. They follow when they are told to."""
    async with make_follower_pool(migrated_database_url) as reads:
        app.state.shop = make_shop(MemoryEventStore(CONTEXTS), reads)
        async with Client(app) as client:
            yield client
