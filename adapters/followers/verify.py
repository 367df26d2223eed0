"""Compares a live read model with a fold of its log up to exactly where it stands, and names what differs."""

from dataclasses import dataclass
from typing import Any, Generic

import msgspec
from psycopg import AsyncConnection, IsolationLevel, sql

from adapters.followers.bookmark import Pool
from adapters.followers.building import Building
from adapters.followers.faults import Faults
from adapters.followers.garbage import seldom_collecting
from adapters.followers.rebuild import ROWS, Progress
from adapters.followers.serving import unhurried
from application.store import EventStore
from projections.kernel import Projection, R
from projections.tables import Table, names

MOST = 100
"""Differing rows that are named."""


class Difference(msgspec.Struct, frozen=True):
    key: dict[str, Any]
    live: dict[str, Any] | None
    """The row that serves; None where there is none."""
    folded: dict[str, Any] | None
    """The row that the log gives; None where it gives none."""


@dataclass(frozen=True, slots=True)
class Verified:
    position: int
    """Where the live table stood."""
    rows: int
    """That the log gives."""
    differing: int
    differences: list[Difference]
    """The first MOST of them, by key."""


class Verification(Generic[R]):
    """Folds the log into a table of its own, brings that to the live position in one snapshot, and compares."""

    def __init__(
        self,
        projection: Projection[R],
        store: EventStore,
        pool: Pool,
        *,
        most_rows: int = ROWS,
        progress: Progress = lambda position, events: None,
    ) -> None:
        self._projection: Projection[R] = projection
        self._store = store
        self._pool = pool
        self._most_rows = most_rows
        self._progress = progress
        self._live = Table(projection)
        self._check = Table(projection, "_check")
        self._events = 0

    async def run(self) -> Verified:
        skipped = await Faults(self._pool).skipped(self._projection.follower)
        building = Building(self._projection, self._store, self._check, skipped)
        try:
            with seldom_collecting():
                return await self._run(building)
        finally:
            async with self._pool.connection() as connection:
                await self._check.drop(connection)

    async def _run(self, building: Building[R]) -> Verified:
        async with self._pool.connection() as connection, unhurried(connection):
            await self._check.drop(connection)
            await self._check.create(connection)
            position = await self._fill(connection, building, 0, await self._position(connection))
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            try:
                async with connection.transaction():
                    live = await self._position(connection)
                    await self._fill(connection, building, position, live)
                    return await self._compare(connection, live)
            finally:
                await connection.set_isolation_level(None)

    async def _position(self, connection: AsyncConnection) -> int:
        cursor = await connection.execute(
            "SELECT position FROM read.position WHERE follower = %s", (self._projection.follower,)
        )
        found = await cursor.fetchone()
        return int(found[0]) if found else 0

    async def _fill(self, connection: AsyncConnection, building: Building[R], position: int, until: int) -> int:
        async for stretch in building.stretches(position):
            facts = [fact for fact in stretch.facts if fact.position <= until]
            await building.fold(connection, facts)
            self._events += len(facts)
            self._progress(min(stretch.position, until), self._events)
            if len(building) > self._most_rows or stretch.position >= until:
                await building.write(connection, building.hand_over())
            if stretch.position >= until:
                break
        return until

    async def _compare(self, connection: AsyncConnection, position: int) -> Verified:
        await connection.execute("SET LOCAL enable_hashjoin = on")
        kept = sql.SQL("(SELECT {} FROM {} WHERE NOT coalesce({}, false))")
        columns, forgotten = names(self._live.columns), sql.SQL(self._projection.forgets or "false")
        query = sql.SQL(
            "SELECT count(*) OVER (), row_to_json(live)::text, row_to_json(folded)::text"
            " FROM {} AS live FULL JOIN {} AS folded USING ({}) WHERE live IS DISTINCT FROM folded ORDER BY {} LIMIT {}"
        ).format(
            kept.format(columns, self._live.identifier, forgotten),
            kept.format(columns, self._check.identifier, forgotten),
            names(self._projection.key),
            names(self._projection.key),
            MOST,
        )
        found = await (await connection.execute(query)).fetchall()
        count = await connection.execute(sql.SQL("SELECT count(*) FROM {}").format(self._check.identifier))
        (rows,) = await count.fetchone() or (0,)
        differences = [self._difference(live, folded) for _, live, folded in found]
        return Verified(position, rows, found[0][0] if found else 0, differences)

    def _difference(self, live: str | None, folded: str | None) -> Difference:
        rows = [None if text is None else msgspec.json.decode(text) for text in (live, folded)]
        known = next(row for row in rows if row is not None)
        return Difference({name: known[name] for name in self._projection.key}, *rows)
