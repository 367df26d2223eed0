"""Which table a read model's view shows. Versions stand side by side; queries read the view and never notice a swap."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, sql

from projections.kernel import Projection
from projections.tables import SCHEMA, Table


async def served_version(connection: AsyncConnection, projection: Projection[Any]) -> int | None:
    """The version that the view shows; None where there is none yet."""
    cursor = await connection.execute("SELECT version FROM read.served WHERE projection = %s", (projection.name,))
    found = await cursor.fetchone()
    return int(found[0]) if found else None


async def replace_serving(
    connection: AsyncConnection, projection: Projection[Any], built: Table[Any], position: int
) -> None:
    """Puts the built table in the place of this version's, and the view on it. Part of the caller's transaction.

    The version served before is kept, so that the code before this can go back to it; older ones go.
    """
    await connection.execute("SET LOCAL synchronous_commit = on")  # a build is not to be lost with a crash
    table, view = Table(projection), sql.Identifier(SCHEMA, projection.name)
    before = await served_version(connection, projection)
    await connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
    await table.drop(connection)
    await connection.execute(
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(built.identifier, sql.Identifier(table.name))
    )
    await connection.execute(sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(view, table.identifier))
    await connection.execute("DELETE FROM read.position WHERE follower = %s", (built.name,))
    await connection.execute(
        "INSERT INTO read.position AS p (follower, context, position, epoch)"
        " VALUES (%s, %s, %s, extract(epoch FROM clock_timestamp()) * 1000000)"
        " ON CONFLICT (follower) DO UPDATE SET position = excluded.position, epoch = p.epoch + 1, moved_at = now()",
        (projection.follower, projection.context, position),
    )
    await connection.execute(
        "INSERT INTO read.served (projection, version) VALUES (%s, %s)"
        " ON CONFLICT (projection) DO UPDATE SET version = excluded.version, since = now()",
        (projection.name, projection.version),
    )
    await _drop_others(connection, projection, {projection.version, before})


async def _drop_others(connection: AsyncConnection, projection: Projection[Any], kept: set[int | None]) -> None:
    cursor = await connection.execute(
        "SELECT follower FROM read.position WHERE follower ~ ('^' || %s || '_v[0-9]+$')", (projection.name,)
    )
    for (follower,) in await cursor.fetchall():
        if int(follower.rpartition("_v")[2]) not in kept:
            await connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, follower)))
            await connection.execute("DELETE FROM read.position WHERE follower = %s", (follower,))


@asynccontextmanager
async def unhurried(connection: AsyncConnection) -> AsyncIterator[None]:
    """Without the time limits on statements and on locks, which are meant for small ones."""
    await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    try:
        yield
    finally:
        if not connection.closed:
            await connection.execute("RESET statement_timeout; RESET lock_timeout")
