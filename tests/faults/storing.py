"""What the fault tests of the event store share: a store under load, and what must hold afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg

from adapters.eventstore.store import PostgresEventStore
from adapters.postgres import migrations
from application.store import Saved, StoreUnavailable
from tests.contracts.jars import SAMPLE, CoinsPut, call, jar
from tests.services.postgres import connect

T = TypeVar("T")


def make_log(url: str) -> str:
    """The tables of the sample context."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sample")
        connection.execute("SET search_path = sample")
        for file in sorted((migrations.ROOT / "log").glob("*.sql")):
            if not file.name.endswith(".rollback.sql"):
                connection.execute(file.read_bytes())
    return url


@asynccontextmanager
async def open_store(
    url: str, *, patience: float = 2.5, lock_timeout: float = 2.0
) -> AsyncIterator[PostgresEventStore]:
    async with PostgresEventStore([SAMPLE], {"sample": url}, patience=patience, lock_timeout=lock_timeout) as store:
        yield store


@dataclass
class Load:
    """Callers that put a coin into a new jar each time, with a key, and repeat the command until it is done."""

    store: PostgresEventStore
    callers: int = 8
    keyed: bool = True
    acknowledged: dict[UUID, str | None] = field(default_factory=dict)
    """Jar to key."""
    unavailable: int = 0
    stopping: bool = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Calls while the block runs, and ends with it."""
        callers = [asyncio.create_task(self._caller()) for _ in range(self.callers)]
        try:
            yield
        finally:
            self.stopping = True
            await asyncio.gather(*callers)

    async def more(self, count: int) -> None:
        """Returns when so many more commands were acknowledged."""
        wanted = len(self.acknowledged) + count
        await eventually_true(lambda: len(self.acknowledged) >= wanted)

    async def _caller(self) -> None:
        while not self.stopping:
            key, id = str(uuid4()), uuid4()
            while not self.stopping:
                try:
                    saved = await self.store.save(
                        jar(CoinsPut(1), id=id), call=call(key if self.keyed else None), result=id
                    )
                except StoreUnavailable:
                    self.unavailable += 1
                    await asyncio.sleep(0.01)
                    if not self.keyed:
                        break  # nobody can know
                else:
                    check(saved, id)
                    self.acknowledged[id] = key if self.keyed else None
                    break


def check(saved: Saved[UUID], id: UUID) -> None:
    """The answer is that of this command."""
    assert (saved.result, saved.versions) == (id, {id: 1})
    assert saved.positions["sample"] > 0


def lost(url: str, acknowledged: dict[UUID, str | None]) -> set[UUID]:
    """Jars whose command was acknowledged, but isn't in the log (or its record is not)."""
    with connect(url) as connection:
        stored = {row[0] for row in connection.execute("SELECT originator_id FROM sample.events")}
        keys = {row[0] for row in connection.execute("SELECT key FROM sample.commands")}
    return {id for id, key in acknowledged.items() if id not in stored or (key and key not in keys)}


def doubled(url: str) -> list[UUID]:
    """Jars that took more than one coin."""
    with connect(url) as connection:
        rows = connection.execute("SELECT originator_id FROM sample.events GROUP BY 1 HAVING count(*) > 1")
        return [row[0] for row in rows]


async def eventually(attempt: Callable[[], Awaitable[T]]) -> T:
    """What the attempt answers once the store is there again."""
    deadline = asyncio.get_running_loop().time() + 20
    while True:
        try:
            return await attempt()
        except StoreUnavailable:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.1)


async def eventually_true(condition: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + 20
    while not condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
