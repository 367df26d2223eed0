"""A context can have an account of its own, which can do there what the shop does, and nothing else."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from adapters.eventstore.store import PostgresEventStore
from tests.contracts.event_store import EventStoreContract
from tests.contracts.jars import SAMPLE

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).parents[3] / "scripts" / "account.sql"


@pytest.fixture
def account_url(log_url: str) -> Iterator[str]:
    """The database as an account sees it that the script gave its rights in the sample's schema."""
    name = f"test_{uuid4().hex}"
    script = SCRIPT.read_text().replace(':"context"', "sample").replace(':"account"', name)
    with psycopg.connect(log_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'test'").format(sql.Identifier(name)))
        try:
            owner.execute("CREATE TABLE sample.schema_migration (); CREATE SCHEMA other; CREATE TABLE other.events ()")
            owner.execute(script.encode())
            yield make_conninfo(log_url, user=name, password="test")
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


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
