"""Fixtures for use cases."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from adapters.eventstore.memory import MemoryEventStore
from adapters.eventstore.store import PostgresEventStore
from domain.basket import CONTEXT as BASKETS
from domain.catalog import CONTEXT as CATALOGUE
from domain.ordering import CONTEXT as ORDERS
from domain.ordering import Rules
from tests.application.cashier import Cashier
from tests.application.market import Market
from tests.application.shop import Shop


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture(params=["memory", "postgres"])
async def markets(request: pytest.FixtureRequest) -> AsyncIterator[list[Market]]:
    """One market as two processes see it; in memory as one does."""
    rules = Rules(most_pending=1000)
    markets = [Market(rules), Market(rules)]
    async with AsyncExitStack() as opened:
        if request.param == "memory":
            markets[1].store = markets[0].store
        else:
            url = request.getfixturevalue("migrated_database_url")
            for market in markets:
                store = PostgresEventStore([BASKETS, ORDERS], {"basket": url, "ordering": url}, patience=10.0)
                market.store = await opened.enter_async_context(store)
        for market in markets:
            market.new_id = uuid4  # type: ignore[method-assign]  # neither makes an id that the other has made
        yield markets


@pytest.fixture
def shop() -> Shop:
    return Shop(MemoryEventStore([CATALOGUE]))


@pytest.fixture
def cashier() -> Cashier:
    return Cashier()
