"""Fixtures for the interface."""

from collections.abc import AsyncIterator

import pytest

from tests.api.shops import Client, client_in_memory


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A shop whose events live in memory and whose read models are out of reach."""
    async with client_in_memory() as client:
        yield client
