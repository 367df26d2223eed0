"""Folding a whole log into a table in bounded memory: what a rebuild and a verification have in common."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic

from psycopg import AsyncConnection

from adapters.eventstore.mapper import UnreadableEvent
from application.store import EventStore
from domain.kernel import Fact
from projections.kernel import Key, Projection, R
from projections.tables import Table, encode

PAGE = 500


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the log: its facts that matter, and how far it goes."""

    facts: list[Fact[Any]]
    position: int
    last: bool
    """The log ended here when it was read."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[R]):
    """Rows as they are after a stretch of the log, to be written."""

    rows: dict[Key, R | None]
    """None for one that is gone."""
    documents: list[bytes]
    """Those that are there, as they travel."""

    @property
    def present(self) -> dict[Key, R]:
        return present(self.rows)


class Building(Generic[R]):
    """Rows between the log and their table: those that changed since the last batch was handed over to be written.

    One batch may be on its way into the table while the next is folded.
    """

    def __init__(
        self, projection: Projection[R], store: EventStore, table: Table[R], skipped: frozenset[int], page: int = PAGE
    ) -> None:
        self.digest = 0
        """Of all rows that were handed over."""
        self.stored = False
        """Some rows are in the table, or on their way."""
        self._projection: Projection[R] = projection
        self._store = store
        self._table = table
        self._skipped = skipped
        self._page = page
        self._rows: dict[Key, R | None] = {}
        self._on_its_way: dict[Key, R | None] = {}

    def __len__(self) -> int:
        """How many rows wait to be handed over."""
        return len(self._rows)

    async def stretches(self, position: int) -> AsyncIterator[Stretch]:
        """The log behind the position to its end; the next stretch is read while one is folded."""
        head = await self._store.head(self._projection.context)
        reading = asyncio.create_task(self._read(position, head))
        try:
            while True:
                stretch = await reading
                if not stretch.last:
                    reading = asyncio.create_task(self._read(stretch.position, head))
                    await asyncio.sleep(0)  # the question is on its way before the fold begins
                yield stretch
                if stretch.last:
                    return
        finally:
            reading.cancel()

    async def fold(self, connection: AsyncConnection, facts: Iterable[Fact[Any]]) -> None:
        """Raises CannotFold."""
        if self._skipped:
            facts = (fact for fact in facts if fact.position not in self._skipped)
        changes = self._projection.changes(facts)
        if self.stored:
            await self._fetch(connection, self._projection.before(changes).difference(self._rows))
        self._projection.apply(self._rows, changes)

    def hand_over(self) -> Batch[R]:
        """What is to be written now. The batch before must be in the table by then."""
        rows = self._on_its_way = self._rows
        self._rows = {}
        batch = Batch(rows, [encode(row) for row in rows.values() if row is not None])
        self.digest += digest(batch.documents)
        self.stored = self.stored or bool(rows)
        return batch

    async def write(self, connection: AsyncConnection, batch: Batch[R]) -> None:
        """Part of the caller's transaction."""
        if batch.documents:
            await self._table.write(connection, batch.documents)
        if gone := [key for key, row in batch.rows.items() if row is None]:
            await self._table.delete(connection, gone)

    async def _fetch(self, connection: AsyncConnection, keys: set[Key]) -> None:
        """Takes back rows that were handed over before."""
        found = {key: self._on_its_way[key] for key in keys & self._on_its_way.keys()}
        if elsewhere := keys - found.keys():
            found |= await self._table.load(connection, elsewhere)
        self.digest -= digest(map(encode, present(found).values()))
        self._rows |= found

    async def _read(self, after: int, head: int) -> Stretch:
        """`head`: as it was before. Up to there, what is not found does not matter."""
        context, limit = self._projection.context, self._page
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


def present(rows: Mapping[Key, R | None]) -> dict[Key, R]:
    return {key: row for key, row in rows.items() if row is not None}


def digest(documents: Iterable[bytes]) -> int:
    """A number for a set of rows, whatever their order: two sets with the same number are the same."""
    return sum([int.from_bytes(blake2b(document, digest_size=8).digest()) for document in documents])
