"""A context can have an account of its own, which can do there what the shop does, and nothing else."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import errors

from adapters.eventstore.store import PostgresEventStore
from tests.contracts.event_store import EventStoreContract
from tests.contracts.jars import SAMPLE
from tests.services.postgres import least_rights

pytestmark = pytest.mark.anyio


@pytest.fixture
def account_url(log_url: str) -> Iterator[str]:
    with psycopg.connect(log_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE sample.schema_migration (); CREATE SCHEMA other; CREATE TABLE other.events ()")
    with least_rights(log_url, "sample") as url:
        yield url


@pytest.fixture
async def store(account_url: str) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore([SAMPLE], {"sample": account_url}) as store:
        yield store


@pytest.mark.proves("PAY-13")
class TestPostgresEventStoreWithTheLeastRights(EventStoreContract):
    pass


@pytest.mark.proves("PAY-13")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sample.events SET state = ''",
        "DELETE FROM sample.events",
        "TRUNCATE sample.events",
        "DROP TABLE sample.events",
        "ALTER TABLE sample.events DISABLE TRIGGER ALL",
        "CREATE TABLE sample.more ()",
        "INSERT INTO sample.schema_migration DEFAULT VALUES",
        "SELECT FROM other.events",
        "CREATE SCHEMA another",
    ],
)
def test_an_account_can_neither_rewrite_history_nor_look_elsewhere(account_url: str, statement: str) -> None:
    with psycopg.connect(account_url) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())
