"""Links to Postgres that never keep their caller waiting longer than it allowed."""

import asyncio
from typing import Any

import psycopg
from psycopg.abc import QueryNoTemplate
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout, TooManyRequests

from adapters.postgres.outages import is_away
from adapters.postgres.pools import ReadPool
from application.store import StoreUnavailable


def planned_by_index(url: str) -> str:
    """The URL with settings for the planner: every query of the store uses its index, and is planned once a link.

    Left to itself, Postgres keeps the plan that was best while the tables were small: a scan of all their rows.
    """
    options = conninfo_to_dict(url).get("options", "")
    planning = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off"
    return make_conninfo(url, options=f"{planning} {options}".strip())


class Reader:
    """Reads from a pool, within a time limit. A read on a link that turns out to be dead is done again on another."""

    def __init__(self, pool: ReadPool, patience: float) -> None:
        self._pool = pool
        self.patience = patience

    async def fetch(
        self, query: QueryNoTemplate, params: Any = (), *, deadline: float | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows. Raises StoreUnavailable when there is no answer in time, or by `deadline` (the loop's time)."""
        loop = asyncio.get_running_loop()
        if deadline is None:
            deadline = loop.time() + self.patience
        while True:
            connection = None
            try:
                async with (
                    self._pool.connection(timeout=deadline - loop.time()) as connection,
                    connection.cursor(binary=True) as cursor,
                ):
                    await cursor.execute(query, params, prepare=True)
                    return await cursor.fetchall()
            except (PoolTimeout, TooManyRequests) as error:
                raise StoreUnavailable("No connection to the database was free in time.") from error
            except psycopg.Error as error:
                if not is_away(error):
                    raise
                dead = connection is not None and connection.closed
                if not dead or loop.time() >= deadline:
                    raise StoreUnavailable("The database did not answer a read in time.") from error
