"""The engine goes on whatever one of its parts runs into, and whatever its database says meanwhile."""

import asyncio

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from structlog.testing import capture_logs

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers import engine as engines
from adapters.followers.bookmark import Pool
from adapters.followers.engine import Engine
from adapters.followers.faults import Faults
from tests.adapters.followers.running import TERM, Recorder, reached, shop
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.anyio


class Failing:
    """A listener that was written by mistake, and works when it is begun for the fourth time."""

    name = "listener"
    context = "ordering"

    def __init__(self) -> None:
        self.begun: list[float] = []

    async def run(self) -> None:
        self.begun.append(asyncio.get_running_loop().time())
        if len(self.begun) < 4:
            raise ValueError("this message was not foreseen")
        await asyncio.Event().wait()


@pytest.mark.proves("F31")
async def test_a_listener_that_fails_is_begun_anew_ever_more_seldom_and_ends_nothing_else(
    store: PostgresEventStore, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SHORTEST", 0.05)
    listener, follower = Failing(), Recorder(pool)
    engine = Engine([follower], listeners=[listener], store=store, pool=pool, term=TERM)

    async def works() -> bool:
        return len(listener.begun) == 4

    async with meanwhile(engine.run()):
        await until(works)
        await reached(follower, await shop(store, 3))

    pauses = [after - before for before, after in zip(listener.begun, listener.begun[1:], strict=False)]
    assert [True, True, True] == [pause >= least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True)]


def allow_writing(url: str, allowed: bool) -> None:
    """Says whether the database may be written to, and ends all links to it, as a fail-over does."""
    name = str(conninfo_to_dict(url)["dbname"])
    writing = make_conninfo(url, options="-c default_transaction_read_only=off")
    with psycopg.connect(writing, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(
                sql.Identifier(name), sql.Literal("off" if allowed else "on")
            )
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_database_that_is_read_only_for_a_while_is_waited_for(migrated_database_url: str, pool: Pool) -> None:
    """The logs are in another database, so to say: their writer is let through."""
    logs = make_conninfo(migrated_database_url, options="-c default_transaction_read_only=off")
    follower = Recorder(pool)
    async with PostgresEventStore(CONTEXTS, {context.name: logs for context in CONTEXTS}) as store:
        engine = Engine([follower], store=store, pool=pool, term=TERM)
        with capture_logs() as logged:

            async def refused() -> bool:
                return any("read-only" in entry.get("error", "") for entry in logged)

            async def taken_again() -> bool:
                return [entry["event"] for entry in logged].count("follower taken") == 2

            async with meanwhile(engine.run()):
                await reached(follower, await shop(store, 3))
                allow_writing(migrated_database_url, False)
                last = await shop(store, 3, seed=2)
                await until(refused)
                allow_writing(migrated_database_url, True)
                await until(taken_again)
                await reached(follower, last)

    assert {} == await Faults(pool).all()
