"""The engine and its logs go on, whatever somebody else's code or the database runs into."""

import asyncio
from typing import Any

import psycopg
import pytest

from adapters.eventstore.store import PostgresEventStore
from adapters.followers import engine
from adapters.followers.bookmark import Pool
from adapters.followers.log import Log
from tests.adapters.followers.running import record
from tests.projections.shop import placed
from tests.waiting import meanwhile, until

pytestmark = pytest.mark.anyio


async def test_a_listener_that_ends_as_if_it_were_cancelled_is_begun_anew(
    store: PostgresEventStore, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library cancels what waits for its channel when it closes that, and means nobody else."""
    monkeypatch.setattr(engine, "SHORTEST", 0.001)

    class Listener:
        name = "listener"
        context = "ordering"
        begun = 0

        async def run(self) -> None:
            self.begun += 1
            answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            answer.cancel()
            await answer

    listener = Listener()

    async def thrice() -> bool:
        return listener.begun >= 3

    async with meanwhile(engine.Engine([], [], [listener], store=store, pool=pool).run()):
        await until(thrice, 5)


async def test_a_log_that_cannot_be_read_for_whatever_reason_is_read_again(
    store: PostgresEventStore, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def gone(*_: Any, **__: Any) -> Any:
        nonlocal asked
        asked += 1
        raise psycopg.errors.UndefinedTable("the schema is being restored")

    async def asked_again() -> bool:
        return asked > 4

    log = Log("ordering", store, None, poll=0.01)
    last = await record(store, placed())
    async with meanwhile(log.run()):
        with monkeypatch.context() as patched:
            patched.setattr(store, "read", gone)
            patched.setattr(store, "head", gone)
            await until(asked_again, 5)

        async def seen() -> bool:
            return log.head == last

        await until(seen, 5)
