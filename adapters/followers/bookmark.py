"""Where a follower stands, kept in the read database beside the rows it writes: both commit together or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from adapters.followers.follower import Deposed, Page
from adapters.postgres.pools import DEFAULTS, PoolSettings, make_pool

Pool = AsyncConnectionPool[AsyncConnection]

TAKEN_OVER = "SL001"
"""What `read.move` raises."""

OPTIONS = " ".join(
    f"-c {option}"
    for option in (
        # A crash of the server may take back the last pages, but rows and position together: they are done again.
        "synchronous_commit=off",
        # A page's rows are always fetched by key. Statistics of a table that was empty a moment ago say otherwise.
        "enable_seqscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "jit=off",
    )
)


def make_follower_pool(url: str, settings: PoolSettings = DEFAULTS) -> Pool:
    """Connections to the read database for those that write there; not yet open, as `make_pool`."""
    given = str(conninfo_to_dict(url).get("options") or "")
    return make_pool(make_conninfo(url, options=f"{OPTIONS} {given}".strip()), "followers", settings)


class Bookmark:
    """One follower's position. Only the instance that took it last can move it."""

    def __init__(self, pool: Pool, follower: str, context: str) -> None:
        self._pool = pool
        self._follower = follower
        self._context = context
        self._epoch = 0

    async def position(self) -> int:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT position FROM read.position WHERE follower = %s", (self._follower,)
            )
            found = await cursor.fetchone()
            return found[0] if found else 0

    async def take(self) -> int:
        """From now on no earlier taker can move it. Waits for one that is just committing.

        Takers are counted from the time at which it was made: one that knew it before it was deleted stays deposed.
        """
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "INSERT INTO read.position AS p (follower, context, epoch)"
                " VALUES (%s, %s, extract(epoch FROM clock_timestamp()) * 1000000)"
                " ON CONFLICT (follower) DO UPDATE SET epoch = p.epoch + 1 RETURNING p.epoch, p.position",
                (self._follower, self._context),
            )
            taken = await cursor.fetchone()
        if taken is None:
            raise Deposed(self._follower)
        self._epoch, position = taken
        return int(position)

    async def hold(self, connection: AsyncConnection) -> None:
        """Keeps others from taking it until the transaction ends. Raises Deposed where another one took it before."""
        cursor = await connection.execute(
            "SELECT FROM read.position WHERE follower = %s AND epoch = %s FOR UPDATE", (self._follower, self._epoch)
        )
        if await cursor.fetchone() is None:
            raise Deposed(self._follower)

    async def reset(self, connection: AsyncConnection) -> None:
        """Back to the beginning, in a transaction that holds it."""
        await connection.execute(
            "UPDATE read.position SET position = 0, digest = 0 WHERE follower = %s", (self._follower,)
        )

    async def digest(self) -> int:
        """Of the rows written by a build up to the position."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("SELECT digest FROM read.position WHERE follower = %s", (self._follower,))
            found = await cursor.fetchone()
            return int(found[0]) if found else 0

    async def note_digest(self, connection: AsyncConnection, digest: int) -> None:
        await connection.execute("UPDATE read.position SET digest = %s WHERE follower = %s", (digest, self._follower))

    async def move(self, connection: AsyncConnection, page: Page) -> None:
        """Moves it over the page, in the transaction that holds the page's effect; see `fenced`."""
        await connection.execute(
            "SELECT read.move(%s, %s, %s, %s)", (self._follower, self._epoch, page.after, page.position)
        )


@asynccontextmanager
async def fenced(connection: AsyncConnection) -> AsyncIterator[None]:
    """One transaction, sent in one go. Raises Deposed, with nothing done, where a bookmark in it was taken over."""
    try:
        async with connection.pipeline(), connection.transaction():
            yield
    except errors.Error as error:
        if error.sqlstate == TAKEN_OVER:
            raise Deposed(str(error)) from error
        raise
