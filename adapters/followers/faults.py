"""Facts that a follower cannot get past: recorded where everybody sees them, left behind only by an audited skip."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from adapters.followers.bookmark import Pool


class Fault(msgspec.Struct, frozen=True):
    """A follower stands still before this fact."""

    follower: str
    context: str
    position: int
    event_id: UUID | None
    tag: str | None
    error: str


class NoSuchFault(Exception):
    """The follower does not stand still at that position: there is nothing to retry or skip."""

    def __init__(self, follower: str, position: int | None) -> None:
        at = "" if position is None else f" at position {position}"
        super().__init__(f"{follower} is not faulted{at}; `storeline projections status` shows those that are.")


class Faults:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> dict[str, Fault]:
        async with self._pool.connection() as connection:
            return {fault.follower: fault for fault in await _faults(connection)}

    async def of(self, follower: str) -> Fault | None:
        return (await self.all()).get(follower)

    async def record(self, fault: Fault) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO read.fault (follower, context, position, event_id, tag, error)"
                " VALUES (%(follower)s, %(context)s, %(position)s, %(event_id)s, %(tag)s, %(error)s)"
                " ON CONFLICT (follower) DO UPDATE SET position = excluded.position, event_id = excluded.event_id,"
                " tag = excluded.tag, error = excluded.error",
                msgspec.structs.asdict(fault),
            )

    async def clear(self, follower: str) -> bool:
        """The follower got past it, or shall try once more. False where it was not faulted."""
        async with self._pool.connection() as connection:
            return (await connection.execute("DELETE FROM read.fault WHERE follower = %s", (follower,))).rowcount == 1

    async def retry(self, follower: str) -> None:
        if not await self.clear(follower):
            raise NoSuchFault(follower, None)

    async def skip(self, follower: str, position: int, *, actor: str, reason: str) -> Fault:
        """Lets the follower leave this one fact out, for ever. Who did it and why is kept."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=class_row(Fault))
            await cursor.execute(
                "DELETE FROM read.fault WHERE follower = %s AND position = %s"
                " RETURNING follower, context, position, event_id, tag, error",
                (follower, position),
            )
            fault = await cursor.fetchone()
            if fault is None:
                raise NoSuchFault(follower, position)
            skip: dict[str, Any] = {**msgspec.structs.asdict(fault), "actor": actor, "reason": reason}
            await connection.execute(
                "INSERT INTO read.skip (follower, position, context, event_id, tag, error, actor, reason)"
                " VALUES (%(follower)s, %(position)s, %(context)s, %(event_id)s, %(tag)s, %(error)s,"
                " %(actor)s, %(reason)s)",
                skip,
            )
            return fault

    async def skipped(self, follower: str) -> frozenset[int]:
        """Positions of the facts that this follower leaves out."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("SELECT position FROM read.skip WHERE follower = %s", (follower,))
            return frozenset(position for (position,) in await cursor.fetchall())


async def _faults(connection: AsyncConnection) -> list[Fault]:
    cursor = connection.cursor(row_factory=class_row(Fault))
    await cursor.execute("SELECT follower, context, position, event_id, tag, error FROM read.fault ORDER BY follower")
    return await cursor.fetchall()
