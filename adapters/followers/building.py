"""Folding a whole log into a table in bounded memory: what a rebuild and a verification have in common."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any, Generic

import msgspec
from psycopg import AsyncConnection

from adapters.eventstore.mapper import UnreadableEvent
from application.store import EventStore
from domain.kernel import Fact
from projections.kernel import Key, Projection, R
from projections.tables import Table

PAGE = 5_000
GROUP = 5_000
"""Rows of one statement."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the log: its facts that matter, and how far it goes."""

    facts: list[Fact[Any]]
    position: int
    last: bool
    """The log ended here when it was read."""


class Building(Generic[R]):
    """Rows between the log and their table: those that changed since they were last written."""

    def __init__(
        self, projection: Projection[R], store: EventStore, table: Table[R], skipped: frozenset[int], page: int = PAGE
    ) -> None:
        self.digest = 0
        """Of all rows, written or not."""
        self.stored = False
        """Some rows are in the table already."""
        self._projection: Projection[R] = projection
        self._store = store
        self._table = table
        self._skipped = skipped
        self._page = page
        self._rows: dict[Key, R] = {}
        self._touched: dict[Key, None] = {}

    def __len__(self) -> int:
        """How many rows wait to be written."""
        return len(self._touched)

    async def stretches(self, position: int) -> AsyncIterator[Stretch]:
        """The log behind the position to its end; the next stretch is read while one is folded."""
        reading = asyncio.create_task(self._read(position))
        try:
            while True:
                stretch = await reading
                if not stretch.last:
                    reading = asyncio.create_task(self._read(stretch.position))
                yield stretch
                if stretch.last:
                    return
        finally:
            reading.cancel()

    async def fold(self, connection: AsyncConnection, facts: Iterable[Fact[Any]]) -> None:
        """Raises CannotFold."""
        changes = self._projection.changes(fact for fact in facts if fact.position not in self._skipped)
        keys = dict.fromkeys(key for key, _ in changes)
        if self.stored and (missing := [key for key in keys if key not in self._touched]):
            found = await self._table.load(connection, missing)
            self._rows |= found
            self.digest -= digest(found.values())
        self._touched |= keys
        self._projection.apply(self._rows, changes)

    async def write(self, connection: AsyncConnection) -> dict[Key, R]:
        """Writes what waits, and forgets it; answers with the rows written. Part of the caller's transaction."""
        rows, gone = self._rows, [key for key in self._touched if key not in self._rows]
        remaining = iter(rows.values())
        while group := list(islice(remaining, GROUP)):
            await self._table.write(connection, group)
        if gone and self.stored:
            await self._table.delete(connection, gone)
        self.digest += digest(rows.values())
        self.stored = self.stored or bool(rows)
        self._rows, self._touched = {}, {}
        return rows

    async def _read(self, after: int) -> Stretch:
        context, limit = self._projection.context, self._page
        head = await self._store.head(context)
        while True:
            try:
                facts = await self._store.read(context, after=after, limit=limit, tags=self._projection.tags)
            except UnreadableEvent as error:
                if limit > 1:
                    limit = max(1, limit // 8)
                elif error.position in self._skipped:
                    return Stretch([], error.position, last=False)
                else:
                    raise
            else:
                last = len(facts) < limit
                end = max(after, head) if last else after
                return Stretch(facts, max(end, facts[-1].position) if facts else end, last)


def digest(rows: Iterable[msgspec.Struct]) -> int:
    """A number for a set of rows, whatever their order: two sets with the same number are the same."""
    encode = msgspec.json.Encoder(order="sorted").encode
    return sum(int.from_bytes(blake2b(encode(row), digest_size=8).digest()) for row in rows)
