"""The end of one context's log, read once for all that follow it.

Two things wake it: a NOTIFY, and the clock. A NOTIFY can be lost and a LISTEN link can go dead without an error, so the
clock never waits for the link, and reads over other connections.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import psycopg
import structlog
from psycopg import sql

from adapters.followers.follower import Page
from adapters.postgres.pools import connection_settings
from application.store import EventStore, StoreUnavailable
from domain.kernel import Fact, tag_of

POLL = 1.0
"""Seconds after which the log is looked at whatever was heard."""
BREATH = 0.025
DEEP_BREATH = 0.1
"""Seconds between two looks, so that many small appends become one page. A deep one while much happens."""
BUSY = 20
"""Facts found by one look that are much."""
WINDOW = 2000
"""Facts kept for followers that are nearly at the end."""
LOOK = 1000
RECONNECT = 2.0
WATCHDOG = 10.0
"""Seconds of silence after which the LISTEN link must prove that it is alive."""

log = structlog.get_logger()

_position = attrgetter("position")


class Log:
    """One context's log as its followers read it: the newest facts from memory, older ones from the store."""

    def __init__(self, context: str, store: EventStore, listen: str | None, *, poll: float = POLL) -> None:
        self.context = context
        self.head = 0
        """The position up to which the log has been seen."""
        self._store = store
        self._listen_url = listen
        self._poll = poll
        self._window: list[Fact[Any]] = []
        self._start = 0
        """The window holds every fact with `start < position <= head`."""
        self._heard = asyncio.Event()
        self._moved = asyncio.Condition()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            if self._listen_url is not None:
                tasks.create_task(self._listen(self._listen_url))

    async def page(self, after: int, tags: Sequence[str], limit: int) -> Page:
        """The next facts with one of these tags (any, where none are named). Raises what the store raises."""
        if self._start <= after <= self.head:
            return self._from_window(after, tags, limit)
        head = self.head  # as it was before the read: what the read does not find up to here does not matter
        facts = await self._store.read(self.context, after=after, limit=limit, tags=tags)
        if len(facts) == limit:
            return Page(facts, after, facts[-1].position)
        return Page(facts, after, max(after, head, facts[-1].position if facts else 0))

    async def beyond(self, position: int, timeout: float) -> None:
        """Returns once there is something behind the position, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._moved:
                await self._moved.wait_for(lambda: self.head > position)

    def _from_window(self, after: int, tags: Sequence[str], limit: int) -> Page:
        facts = self._window[bisect_right(self._window, after, key=_position) :]
        if tags:
            wanted = frozenset(tags)
            facts = [fact for fact in facts if tag_of(fact.event) in wanted]
        if len(facts) > limit:
            return Page(facts[:limit], after, facts[limit - 1].position)
        return Page(facts, after, self.head)

    async def _watch(self) -> None:
        while True:
            found = 0
            try:
                found = await self._look()
            except StoreUnavailable as error:
                log.warning("the log cannot be read now", context=self.context, error=str(error))
            except Exception:  # a lost right, a mistake: followers and health show the lag, and the next look comes
                log.exception("the log cannot be read", context=self.context)
            await asyncio.sleep(BREATH if found < BUSY else DEEP_BREATH)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._heard.wait()

    async def _look(self) -> int:
        """How many facts are new, as far as they were read."""
        self._heard.clear()
        fresh = await self._fresh()
        head = fresh[-1].position if fresh else self.head
        if fresh is None or len(fresh) == LOOK:
            head = await self._store.head(self.context)
            self._window, self._start = [], head
        else:
            self._window += fresh
            if surplus := self._window[:-WINDOW]:
                self._start = surplus[-1].position
                self._window = self._window[-WINDOW:]
        if head > self.head:
            async with self._moved:
                self.head = head
                self._moved.notify_all()
        return len(fresh or ())

    async def _fresh(self) -> list[Fact[Any]] | None:
        """What is new; None where it cannot be read, so that each follower finds out whether it minds."""
        try:
            return await self._store.read(self.context, after=self.head, limit=LOOK)
        except StoreUnavailable:
            raise
        except Exception as error:  # a stored event may fail to decode in any way
            log.error("the log holds something unreadable", context=self.context, after=self.head, error=str(error))
            return None

    async def _listen(self, url: str) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    connection_settings(url, f"listen {self.context}"), autocommit=True
                ) as connection:
                    await self._hear(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.info("the LISTEN link is down, polling goes on", context=self.context, error=str(error))
            await asyncio.sleep(RECONNECT)

    async def _hear(self, connection: psycopg.AsyncConnection) -> None:
        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(f"storeline_{self.context}")))
        while True:
            # Something may have been appended before LISTEN took effect, or while nobody read from the link.
            self._heard.set()
            async for _ in connection.notifies(timeout=WATCHDOG):
                self._heard.set()
            async with asyncio.timeout(WATCHDOG):
                await connection.execute("SELECT")
