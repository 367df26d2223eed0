"""Waiting until read models have come as far as their reader asks: reading one's own writes."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projections.kernel import Projection, Stale

INTERVAL = 0.005
"""Seconds between two looks at the positions; all who wait share each of them."""

Positions = dict[str, tuple[str, int]]
"""Projection to its context and how far it has come."""


class Freshness:
    """Waits on behalf of all readers of a process."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        self._pool = pool
        self._looking: asyncio.Task[Positions] | None = None
        self._next = 0.0

    async def wait_for(
        self, projections: Sequence[Projection[Any]], context: str, position: int, timeout: float
    ) -> None:
        """Returns once all of these that follow `context` stand at `position` or behind it; raises Stale in the end."""
        wanted = [each.name for each in projections if each.context == context]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while wanted:
            known = await self._look()
            wanted = [name for name in wanted if known.get(name, (context, 0))[1] < position]
            if wanted and loop.time() >= deadline:
                slowest = min(wanted, key=lambda name: known.get(name, (context, 0))[1])
                raise Stale(slowest, context, known.get(slowest, (context, 0))[1], position)
            if wanted:
                await asyncio.sleep(INTERVAL)

    async def _look(self) -> Positions:
        """What the look under way finds, or a new one; where the last has just ended, what it found."""
        now = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and now >= self._next):
            self._next = now + INTERVAL
            self._looking = asyncio.create_task(self.positions())
        return await asyncio.shield(self._looking)

    async def shown(self, projections: Iterable[Projection[Any]]) -> dict[str, int]:
        """The position in each context's log that all of these which serve have reached."""
        known = await self.positions()
        reached: dict[str, int] = {}
        for context, position in (known[each.name] for each in projections if each.name in known):
            reached[context] = min(position, reached.get(context, position))
        return reached

    async def positions(self) -> Positions:
        """Of every read model that serves."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT s.projection, p.context, p.position FROM read.served AS s"
                " JOIN read.position AS p ON p.follower = s.projection || '_v' || s.version"
            )
            return {name: (context, position) for name, context, position in await cursor.fetchall()}
