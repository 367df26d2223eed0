"""One instance at a time works a follower: a lease in the read database, renewed by its holder, taken when it ran out.

Time is the database's alone. A lease only decides who should work; that nobody else *can* is up to the bookmark's epoch
(or the event store's tracking), checked in the transaction of each effect.
"""

import asyncio
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import psycopg
import structlog

from adapters.followers.bookmark import Pool

TERM = timedelta(seconds=6)
"""Renewed three times as often: a follower whose holder died has another one after 4/3 of it at most."""

log = structlog.get_logger()


class Leases:
    """The leases that this process holds of those that it wants."""

    def __init__(self, pool: Pool, names: Iterable[str], *, term: timedelta = TERM) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._pool = pool
        self._term = term
        self._renewal = term.total_seconds() / 3
        self._held = {name: asyncio.Event() for name in names}

    def held(self, name: str) -> bool:
        return self._held[name].is_set()

    async def wait(self, name: str) -> None:
        await self._held[name].wait()

    async def run(self) -> None:
        """Until cancelled: then all are given back."""
        loop = asyncio.get_running_loop()
        safe_until = loop.time()
        try:
            while True:
                asked = loop.time()
                try:
                    mine = await self._ask()
                    safe_until = asked + self._term.total_seconds()
                except (psycopg.Error, OSError) as error:  # whatever it is: all that this process does hangs on it
                    log.warning("leases cannot be renewed now", error=str(error))
                    mine = {name for name in self._held if self.held(name)} if loop.time() < safe_until else set()
                self._note(mine)
                await asyncio.sleep(self._renewal)
        finally:
            self._note(set())
            with suppress(psycopg.Error, OSError):  # then they run out by themselves
                await self._give_back()

    def _note(self, mine: set[str]) -> None:
        for name, event in self._held.items():
            if name in mine and not event.is_set():
                log.info("follower taken", follower=name, holder=self.holder)
                event.set()
            elif name not in mine and event.is_set():
                log.info("follower given up", follower=name, holder=self.holder)
                event.clear()

    async def _ask(self) -> set[str]:
        """Renews what is ours and takes what has run out, in one statement; answers with all that are ours now."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "INSERT INTO read.lease (follower, holder, expires_at)"
                " SELECT name, %s, clock_timestamp() + %s FROM unnest(%s::text[]) AS name ORDER BY name"
                " ON CONFLICT (follower) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"
                " WHERE lease.holder = excluded.holder OR lease.expires_at < clock_timestamp()"
                " RETURNING follower",
                (self.holder, self._term, list(self._held)),
            )
            return {follower for (follower,) in await cursor.fetchall()}

    async def _give_back(self) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("DELETE FROM read.lease WHERE holder = %s", (self.holder,))
