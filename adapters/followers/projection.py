"""The live read model: a page of facts becomes changed rows and a new position in one transaction, exactly once."""

import asyncio
from typing import Generic

from psycopg import errors

from adapters.followers.bookmark import Bookmark, Pool, fenced
from adapters.followers.embeddings import Embeddings
from adapters.followers.follower import Deposed, Page
from adapters.followers.rebuild import Rebuild
from adapters.followers.serving import served_version, unhurried
from application.store import EventStore
from projections.kernel import Key, Projection, R
from projections.tables import Table, encode


class ProjectionFollower(Generic[R]):
    """Keeps the table of a projection at its log's head. Where this version does not serve yet, it builds it first."""

    def __init__(
        self,
        projection: Projection[R],
        store: EventStore,
        pool: Pool,
        embeddings: Embeddings[R] | None = None,
        builds: asyncio.Semaphore | None = None,
    ) -> None:
        """`builds` lets only so many build at once; each of them uses two connections."""
        self.projection: Projection[R] = projection
        self.table = Table(projection)
        self._store = store
        self._pool = pool
        self._bookmark = Bookmark(pool, projection.follower, projection.context)
        self._embeddings = embeddings
        self._builds = builds or asyncio.Semaphore()
        self.name = projection.follower
        self.context = projection.context
        self.tags = projection.tags

    async def position(self) -> int:
        return await self._bookmark.position()

    async def take(self) -> int:
        if await self._is_missing():
            async with self._builds:
                await Rebuild(self.projection, self._store, self._pool, self._embeddings).run()
        if self._embeddings:
            async with self._pool.connection() as connection, unhurried(connection):
                await self._embeddings.distrust(connection, self.table)
        return await self._bookmark.take()

    async def _is_missing(self) -> bool:
        """No table of this version, or the view shows an older one. A newer one is left in its place."""
        async with self._pool.connection() as connection:
            served = await served_version(connection, self.projection)
            return (served or 0) < self.projection.version or not await self.table.exists(connection)

    async def handle(self, page: Page) -> int:
        try:
            await self._handle(page)
        except errors.UndefinedTable as error:  # dropped, or lost with a database: it is built again
            raise Deposed(self.name) from error
        return page.position

    async def _handle(self, page: Page) -> None:
        changes = self.projection.changes(page.facts)
        async with self._pool.connection() as connection:
            keys = self.projection.before(changes)
            before = await self.table.load(connection, keys) if keys else {}
            after: dict[Key, R | None] = dict(before)
            self.projection.apply(after, changes)
            changed = {key: row for key, row in after.items() if row is not None and row != before.get(key)}
            gone = [key for key in before if after[key] is None]
            vectors = await self._embeddings.of(before, changed) if self._embeddings else None
            async with fenced(connection):
                await self._bookmark.move(connection, page)
                if changed:
                    await self.table.write(connection, map(encode, changed.values()))
                if gone:
                    await self.table.delete(connection, gone)
                if vectors and self._embeddings:
                    await self._embeddings.write(connection, self.table, vectors)
