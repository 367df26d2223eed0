"""The event store in Postgres keeps the contract."""

from collections.abc import AsyncIterator

import pytest

from adapters.eventstore.store import PostgresEventStore
from tests.contracts.event_store import EventStoreContract
from tests.contracts.jars import SAMPLE

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(log_url: str) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore([SAMPLE], {"sample": log_url}) as store:
        yield store


class TestPostgresEventStore(EventStoreContract):
    pass
