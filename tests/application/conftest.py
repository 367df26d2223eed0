"""Fixtures for use cases."""

import pytest

from tests.application.market import Market


@pytest.fixture
def market() -> Market:
    return Market()
