"""The event store in memory keeps the contract."""

import pytest

from adapters.eventstore.memory import MemoryEventStore
from application.store import EventStore
from tests.contracts.event_store import EventStoreContract
from tests.contracts.jars import SAMPLE


class TestMemoryEventStore(EventStoreContract):
    @pytest.fixture
    def store(self) -> EventStore:
        return MemoryEventStore([SAMPLE])
