"""Builds a read model anew beside the one that serves, and lets it take over once it is complete and proven.

Facts are folded in memory and written in large groups, each with a checkpoint: a build that was killed goes on there,
and memory does not grow with the log. What was written is then read back, and must be what was folded.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import structlog
from psycopg import errors

from adapters.followers.bookmark import Bookmark, Pool, fenced
from adapters.followers.building import PAGE, Batch, Building, digest
from adapters.followers.embeddings import Embeddings
from adapters.followers.faults import Faults
from adapters.followers.follower import Deposed, Page
from adapters.followers.garbage import seldom_collecting
from adapters.followers.serving import replace_serving, unhurried
from application.store import EventStore
from projections.kernel import Projection, R
from projections.tables import Table, encode

ROWS = 2_500
"""Rows that are held in memory before they are written. More make nothing faster: processors have small caches."""
CHECKPOINT = 15.0
"""Seconds after which what is in memory is written in any case."""
ATTEMPTS = 10

MODULUS = 2**63

log = structlog.get_logger()

Progress = Callable[[int, int], None]
"""Called with the position reached and the events folded so far."""


class NotProven(Exception):
    """What was written is not what was folded. The old table goes on serving."""

    def __init__(self, projection: str) -> None:
        super().__init__(f"{projection}: the rows written are not the rows folded; the old table goes on serving")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    position: int
    events: int
    rows: int
    seconds: float


class Rebuild(Generic[R]):
    """One build. Another one of the same projection, started later, takes it over where it stands."""

    def __init__(
        self,
        projection: Projection[R],
        store: EventStore,
        pool: Pool,
        embeddings: Embeddings[R] | None = None,
        *,
        most_rows: int = ROWS,
        page: int = PAGE,
        progress: Progress = lambda position, events: None,
    ) -> None:
        self._projection: Projection[R] = projection
        self._store = store
        self._pool = pool
        self._embeddings = embeddings
        self._most_rows = most_rows
        self._page = page
        self._progress = progress
        self._next = Table(projection, "_next")
        self._bookmark = Bookmark(pool, self._next.name, projection.context)
        self._events = 0

    async def run(self) -> Rebuilt:
        """Until the new table serves. Raises CannotFold, NotProven, and Deposed where another build took over."""
        began = time.monotonic()
        building, position = await self._begin()
        try:
            with seldom_collecting():
                position, rows = await self._run(building, position)
        except errors.UndefinedTable as error:  # another build took over, and its table serves by now
            raise Deposed(self._next.name) from error
        seconds = time.monotonic() - began
        log.info("read model rebuilt", projection=self._projection.follower, events=self._events, rows=rows)
        return Rebuilt(position, self._events, rows, seconds)

    async def _run(self, building: Building[R], position: int) -> tuple[int, int]:
        """Answers with the position of the table that serves in the end, and how many rows it has."""
        position = await self._fill(building, position)
        await self._embed()
        indexing = asyncio.create_task(self._index())
        try:
            rows = await self._prove(building)
            await indexing
        finally:
            indexing.cancel()
            await asyncio.gather(indexing, return_exceptions=True)  # where the proof failed, that is what counts
        attempts = 0
        while True:
            position = await self._fill(building, position)
            try:
                return await self._take_over(building, position), rows
            except errors.LockNotAvailable:  # a long query reads the old table: let it finish
                attempts += 1
                if attempts == ATTEMPTS:
                    raise
                await asyncio.sleep(0.5)

    async def _begin(self) -> tuple[Building[R], int]:
        """Goes on from the last checkpoint, if there is one."""
        position = await self._bookmark.take()
        skipped = await Faults(self._pool).skipped(self._projection.follower)
        building = Building(self._projection, self._store, self._next, skipped, self._page)
        async with self._pool.connection() as connection, connection.transaction():
            await self._bookmark.hold(connection)
            if not await self._next.exists(connection):
                position = 0
                await self._bookmark.reset(connection)
                await self._next.create(connection)
        building.stored = position > 0
        building.digest = await self._bookmark.digest()
        return building, position

    async def _fill(self, building: Building[R], position: int) -> int:
        """Folds and writes everything behind the position; answers with the log's end."""
        saved, checkpoint = position, time.monotonic()
        writing: asyncio.Task[None] | None = None
        try:
            async with self._pool.connection() as connection:
                async for stretch in building.stretches(position):
                    await building.fold(connection, stretch.facts)
                    self._events += len(stretch.facts)
                    self._progress(stretch.position, self._events)
                    late = time.monotonic() - checkpoint > CHECKPOINT
                    if late or stretch.last or len(building) > self._most_rows:
                        if writing:
                            await writing
                        page = Page((), saved, stretch.position)
                        batch = building.hand_over()
                        writing = asyncio.create_task(self._write(building, batch, building.digest, page))
                        saved, checkpoint = stretch.position, time.monotonic()
            if writing:
                await writing
        finally:
            if writing:
                writing.cancel()
        return saved

    async def _write(self, building: Building[R], batch: Batch[R], digest: int, page: Page) -> None:
        async with self._pool.connection() as connection, unhurried(connection), fenced(connection):
            await self._bookmark.move(connection, page)
            await self._bookmark.note_digest(connection, digest % MODULUS)
            await building.write(connection, batch)
            if self._embeddings and batch.documents:
                await self._embeddings.write(connection, self._next, self._embeddings.wanted(batch.present))

    async def _prove(self, building: Building[R]) -> int:
        """Reads back all rows; answers how many. Raises NotProven, and then the next build begins from nothing."""
        count, found = 0, 0
        async with self._pool.connection() as connection, unhurried(connection), connection.transaction():
            async for rows in self._next.pages(connection):
                count, found = count + len(rows), found + digest(map(encode, rows))
        if (found - building.digest) % MODULUS:
            async with self._pool.connection() as connection, unhurried(connection), connection.transaction():
                await self._bookmark.hold(connection)  # else another build goes on in it
                await self._next.drop(connection)
            raise NotProven(self._projection.follower)
        return count

    async def _index(self) -> None:
        async with self._pool.connection() as connection, unhurried(connection), connection.transaction():
            await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            await self._next.index(connection)

    async def _embed(self) -> None:
        """Vectors: those of texts that did not change are taken over."""
        if self._embeddings is None:
            return
        serving = Table(self._projection)
        async with self._pool.connection() as connection, unhurried(connection):
            if await serving.exists(connection):
                await self._embeddings.adopt(connection, self._next, serving)
        while await self._embeddings.renew(self._pool, self._next):
            pass

    async def _take_over(self, building: Building[R], position: int) -> int:
        """Swaps the tables while the live follower waits, caught up with it: no reader sees time run backwards."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "SELECT position FROM read.position WHERE follower = %s FOR UPDATE", (self._projection.follower,)
            )
            live = await cursor.fetchone()
            if live and live[0] > position:
                position = await self._fill(building, position)
            await self._bookmark.hold(connection)
            await replace_serving(connection, self._projection, self._next, position)
        return position
