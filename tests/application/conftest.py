"""Fixtures for use cases."""

import pytest

from adapters.eventstore.memory import MemoryEventStore
from domain.catalog import CONTEXT
from tests.application.market import Market
from tests.application.shop import Shop


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def shop() -> Shop:
    return Shop(MemoryEventStore([CONTEXT]))
