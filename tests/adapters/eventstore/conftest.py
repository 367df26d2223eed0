"""A database with the log of the sample context, and a store on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.eventstore.store import PostgresEventStore
from tests.contracts.jars import SAMPLE
from tests.faults.storing import make_log
from tests.services.postgres import fresh_database


@pytest.fixture(scope="session")
def log_template(shared_postgres_url: str) -> Iterator[str]:
    """The name of a database with the log, to copy from."""
    with fresh_database(shared_postgres_url) as url:
        yield make_log(url).partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture
def log_url(shared_postgres_url: str, log_template: str) -> Iterator[str]:
    with fresh_database(shared_postgres_url, log_template) as url:
        yield url


@pytest.fixture
async def store(log_url: str) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore([SAMPLE], {"sample": log_url}) as store:
        yield store
