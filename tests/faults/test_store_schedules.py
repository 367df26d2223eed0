"""Every schedule of two writers and a follower: no committed event is ever skipped by reading `position > last`.

Each writer makes three moves: it takes its positions, it writes, it commits, or crashes in place of the second or
third. All orders of all moves are run on real connections. The follower reads after each move: a schedule in which it
reads less often can skip nothing that this one does not. A move that has to wait for the other writer's lock waits, and
its writer's later moves with it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import combinations, product
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from adapters.eventstore.append import Append, prepare
from adapters.eventstore.group import Transaction
from adapters.eventstore.mapper import Mapper, recorded_at
from tests.contracts.jars import SAMPLE, CoinsPut, call, jar
from tests.faults.storing import make_log

pytestmark = [pytest.mark.anyio, pytest.mark.proves("P4")]

MOVES = ("take", "write", "commit")
ENDS = (None, "write", "commit")
"""The move in place of which a writer crashes; None for one that commits."""


class Crash(Exception):
    """The writer is gone, and with it its link."""


class Stepper:
    """A writer that makes one move when it is told to."""

    def __init__(self, connection: AsyncConnection[Any], crash_at: str | None) -> None:
        self.connection = connection
        self.pid = connection.info.backend_pid
        self.task: asyncio.Task[None] | None = None
        self._crash_at = crash_at
        self._permits = asyncio.Semaphore(0)
        self._at_gate = False

    def go(self) -> None:
        """Allows the next move."""
        self._at_gate = False
        self._permits.release()

    async def gate(self, move: str) -> None:
        """Where the writer waits until it may make this move."""
        if self._permits.locked():
            self._at_gate = True
        await self._permits.acquire()
        if move == self._crash_at:
            self.connection.pgconn.finish()
            raise Crash

    def rests(self, finished: bool, alive: set[int], waiting: set[int]) -> bool:
        """It has made all moves that it may, or waits for a lock."""
        if finished:
            return self.pid not in alive or not self.connection.closed
        return self._at_gate or self.pid in waiting


class _Stepped(AsyncConnection[Any]):
    """Asks before it writes and commits."""

    stepper: Stepper
    write: bytes

    async def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        move = {"BEGIN": "take", self.write: "write", "COMMIT": "commit"}.get(query)
        if move is not None:
            await self.stepper.gate(move)
        return await super().execute(query, *arguments, **options)


async def ours(connection: AsyncConnection[Any], append: Append, lock: bool = True) -> None:
    """The transaction of our writer, as it is."""
    transaction = Transaction("sample")
    if not lock:
        transaction._statements.lock = transaction._statements.lock_table = b"SELECT 1"
    assert isinstance(connection, _Stepped)
    connection.write = transaction._statements.write
    await transaction.run(connection, [append], unsure=False)


async def lockless(connection: AsyncConnection[Any], append: Append) -> None:
    """The same without its lock, as the library's mode with database functions does it."""
    await ours(connection, append, lock=False)


async def stock(connection: AsyncConnection[Any], append: Append) -> None:
    """What the library's recorder does."""
    assert isinstance(connection, _Stepped)
    event = append.events[0]
    connection.write = b"SELECT 2"
    await connection.execute("BEGIN")
    await connection.execute("LOCK TABLE sample.events IN EXCLUSIVE MODE")
    await connection.execute(
        "INSERT INTO sample.events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)",
        (event.stream, event.version, event.tag, event.state(b"{")),
    )
    await connection.execute(connection.write)
    await connection.execute("COMMIT")


Kind = Callable[[AsyncConnection[Any], Append], Any]


def schedules() -> Iterator[tuple[tuple[int, ...], tuple[str | None, str | None]]]:
    """Who moves, in order; and where each crashes."""
    moves = range(2 * len(MOVES))
    for first in combinations(moves, len(MOVES)):
        for ends in product(ENDS, ENDS):
            yield tuple(0 if move in first else 1 for move in moves), ends


@asynccontextmanager
async def stepper(url: str, kind: Kind, crash_at: str | None) -> AsyncIterator[Stepper]:
    connection = await _Stepped.connect(url, autocommit=True, prepare_threshold=None)
    connection.stepper = stepper = Stepper(connection, crash_at)
    append = prepare(Mapper(SAMPLE), (jar(CoinsPut(1), id=uuid4()),), call(), None, None)

    async def work() -> None:
        with suppress(Crash, psycopg.OperationalError):
            await kind(connection, append)

    stepper.task = asyncio.create_task(work())
    try:
        yield stepper
    finally:
        await stepper.task
        await connection.close()


async def skipped(
    url: str, kinds: tuple[Kind, Kind], schedule: tuple[int, ...], ends: tuple[str | None, ...]
) -> set[int]:
    """Positions that were committed, and that the follower never got to see."""
    seen: list[int] = []
    async with (
        await AsyncConnection.connect(url, autocommit=True) as admin,
        stepper(url, kinds[0], ends[0]) as one,
        stepper(url, kinds[1], ends[1]) as other,
    ):
        writers = one, other

        async def come_to_rest() -> None:
            """In this order: whoever finished or is gone had given its locks away before we ask who waits."""
            deadline = asyncio.get_running_loop().time() + 20
            while asyncio.get_running_loop().time() < deadline:
                finished = [writer.task is not None and writer.task.done() for writer in writers]
                cursor = await admin.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                alive = {pid for (pid,) in await cursor.fetchall()}
                cursor = await admin.execute("SELECT pid FROM pg_locks WHERE NOT granted")
                waiting = {pid for (pid,) in await cursor.fetchall()}
                if all(writer.rests(done, alive, waiting) for writer, done in zip(writers, finished, strict=True)):
                    return
                await asyncio.sleep(0.0005)
            pytest.fail(f"The writers do not come to rest in {schedule}, {ends}")

        async def follow() -> None:
            cursor = await admin.execute(
                "SELECT notification_id FROM sample.events WHERE notification_id > %s ORDER BY 1",
                (seen[-1] if seen else start,),
            )
            seen.extend(position for (position,) in await cursor.fetchall())

        cursor = await admin.execute("SELECT coalesce(max(notification_id), 0) FROM sample.events")
        ((start,),) = await cursor.fetchall()
        for who in schedule:
            writers[who].go()
            await come_to_rest()
            await follow()
        for _ in range(2):  # whoever waited for a lock comes to its end
            await come_to_rest()
            await follow()
        cursor = await admin.execute(
            "SELECT notification_id, state FROM sample.events WHERE notification_id > %s ORDER BY 1", (start,)
        )
        rows = await cursor.fetchall()
    moments = [moment for _, state in rows if (moment := recorded_at(state))]
    assert moments == sorted(moments)
    assert len(rows) == ends.count(None), "whoever did not crash has committed"
    return {position for position, _ in rows} - set(seen)


@pytest.mark.parametrize("kinds", [(ours, ours), (ours, stock)], ids=["two of ours", "ours and a stock recorder"])
async def test_no_committed_event_is_skipped_in_any_schedule(database_url: str, kinds: tuple[Kind, Kind]) -> None:
    make_log(database_url)
    for schedule, ends in schedules():
        assert not await skipped(database_url, kinds, schedule, ends), (schedule, ends)


async def test_this_proof_catches_a_writer_without_the_lock(database_url: str) -> None:
    make_log(database_url)
    caught = [
        (schedule, ends)
        for schedule, ends in schedules()
        if ends == (None, None) and await skipped(database_url, (lockless, lockless), schedule, ends)
    ]

    # The first takes its positions, the second takes later ones and commits, and only then does the first.
    assert (0, 1, 1, 1, 0, 0) in [schedule for schedule, _ in caught]
