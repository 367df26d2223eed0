"""Fixtures for the whole suite: real services, found or started once, with something fresh on them for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.postgres.migrations import FOLDERS, migrate
from tests.services import postgres

SERVICES = Path(__file__).parent.parent / ".storeline" / "test"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_postgres_url() -> Iterator[str]:
    """The server of the whole session: `STORELINE_TEST_DATABASE_URL`, else the embedded one."""
    if url := os.environ.get("STORELINE_TEST_DATABASE_URL"):
        yield url
        return
    with postgres.embedded_server(SERVICES) as server:
        yield server.url


@pytest.fixture
def database_url(shared_postgres_url: str) -> Iterator[str]:
    """A fresh empty database."""
    with postgres.fresh_database(shared_postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(shared_postgres_url: str) -> Iterator[str]:
    """The name of a database with all migrations applied, to copy from."""
    with postgres.fresh_database(shared_postgres_url) as url:
        for schema in FOLDERS:
            migrate(url, schema)
        yield url.partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture
def migrated_database_url(shared_postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A fresh database with all migrations applied."""
    with postgres.fresh_database(shared_postgres_url, migrated_template) as url:
        yield url


@pytest.fixture
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """A server of this test's own, which it may kill. Its database is empty at the beginning."""
    with postgres.embedded_server(SERVICES) as server:
        yield server


@pytest.fixture(scope="session")
def at_scale() -> Callable[[int, int], int]:
    """`at_scale(20, 500)`: how often a long proof goes round in `make test`, and in `make soak`."""
    return lambda small, full: full if os.environ.get("STORELINE_SOAK") else small
