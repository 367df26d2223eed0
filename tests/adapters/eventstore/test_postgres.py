"""The event store in Postgres keeps the contract."""

import pytest

from tests.contracts.event_store import EventStoreContract

pytestmark = pytest.mark.anyio


class TestPostgresEventStore(EventStoreContract):
    pass
