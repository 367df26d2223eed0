"""Group commit: one writer a process and log takes all appends that wait, and writes them in one transaction.

Its transaction takes the log's lock first, and only then looks and writes. So positions are committed in their order,
also by several processes, and a reader that has seen a position will never find a new event below it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from adapters.eventstore.append import Append, Record, Written
from adapters.eventstore.group import Outcome, Transaction
from adapters.eventstore.links import planned_by_index
from adapters.postgres.outages import is_away
from adapters.postgres.pools import PoolSettings, connection_settings, cut_at
from application.store import StoreUnavailable

MOST_APPENDS = 512
MOST_EVENTS = 4096
"""A group takes no more appends once it has so many."""


@dataclass(slots=True)
class _Waiting:
    append: Append
    deadline: float
    outcome: "asyncio.Future[Written | Record]"

    def answer(self, outcome: Written | Record | Exception) -> None:
        if self.outcome.done():  # its caller went away
            return
        if isinstance(outcome, Exception):
            self.outcome.set_exception(outcome)
        else:
            self.outcome.set_result(outcome)


class Writer:
    """Appends to the log of one context."""

    def __init__(self, context: str, url: str, *, patience: float, lock_timeout: float) -> None:
        """`patience`: seconds until an append is given up; `lock_timeout`: how many of them to wait for the lock."""
        limits = PoolSettings(
            lock_timeout=lock_timeout,
            statement_timeout=patience,
            idle_in_transaction_timeout=patience,
            silence_timeout=patience,
        )
        self._conninfo = connection_settings(planned_by_index(url), f"{context} writer", limits)
        self._transaction = Transaction(context)
        self._patience = patience
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: AsyncConnection[Any] | None = None
        self._closing = False

    async def append(self, append: Append) -> Written | Record:
        """Raises what `take` raises, and StoreUnavailable when the database does not answer in time."""
        if self._closing:
            raise StoreUnavailable("The event store is closing.")
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="event store writer")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(append, loop.time() + self._patience, loop.create_future())
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting.outcome

    async def close(self) -> None:
        """Writes what is waiting, then ends."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._hang_up()

    async def _work(self) -> None:
        while not self._closing or self._waiting:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await asyncio.sleep(0)  # whoever is about to append joins the group
            await self._write(self._group())

    def _group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        events = 0
        while self._waiting and len(group) < MOST_APPENDS and events < MOST_EVENTS:
            waiting = self._waiting.popleft()
            if not waiting.outcome.done():
                group.append(waiting)
                events += len(waiting.append.events)
        return group

    async def _write(self, group: list[_Waiting], unsure: bool = False) -> None:
        """Answers every append of the group. `unsure`: an earlier attempt may have been committed."""
        pauses = _pauses()
        while group := self._in_time(group):
            try:
                outcomes = await self._attempt(group, unsure)
            except psycopg.errors.LockNotAvailable as error:
                await self._hang_up()
                for waiting in group:
                    waiting.answer(_unavailable("Another writer held the log for too long.", error))
                return
            except Exception as error:
                await self._hang_up()
                if _is_transient(error):
                    unsure = True
                    remaining = min(waiting.deadline for waiting in group) - asyncio.get_running_loop().time()
                    await asyncio.sleep(max(0, min(next(pauses), remaining)))
                    continue
                if len(group) == 1:
                    group[0].answer(error)
                    return
                for alone in group:  # what cannot be written of one must not fail the others
                    await self._write([alone], unsure)
                return
            else:
                for waiting, outcome in zip(group, outcomes, strict=True):
                    waiting.answer(outcome)
                return

    def _in_time(self, group: list[_Waiting]) -> list[_Waiting]:
        """Those who still wait; the others are told that their time is up."""
        now = asyncio.get_running_loop().time()
        for waiting in group:
            if waiting.deadline <= now:
                waiting.answer(_unavailable("The database did not answer a write in time."))
        return [waiting for waiting in group if not waiting.outcome.done()]

    async def _attempt(self, group: Sequence[_Waiting], unsure: bool) -> list[Outcome]:
        deadline = min(waiting.deadline for waiting in group)
        connection = self._connection or await self._connect(deadline)
        with cut_at(deadline, connection):
            return await self._transaction.run(connection, [waiting.append for waiting in group], unsure)

    async def _connect(self, deadline: float) -> AsyncConnection[Any]:
        async with asyncio.timeout_at(deadline):
            connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
        connection.prepare_threshold = 0
        self._connection = connection
        return connection

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                await connection.close()


def _is_transient(error: Exception) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, psycopg.errors.UniqueViolation):
        return True  # a writer that does not take the lock was faster; the next look will see its row
    return is_away(error) or isinstance(error, OSError)


def _pauses() -> Iterator[float]:
    """Seconds before each next attempt."""
    pause = 0.02
    while True:
        yield random.uniform(pause / 2, pause)  # noqa: S311
        pause = min(pause * 2, 0.5)


def _unavailable(message: str, cause: Exception | None = None) -> StoreUnavailable:
    error = StoreUnavailable(message)
    error.__cause__ = cause  # as `raise … from` would: it is handed to a future, not raised here
    return error
