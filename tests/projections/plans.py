"""What Postgres makes of the served statements: the plans, and the indexes that they go by."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection, sql

from adapters.followers.bookmark import Pool
from adapters.followers.serving import replace_serving
from projections.kernel import Projection
from projections.tables import Table, encode

START = datetime(2026, 1, 1, tzinfo=UTC)
"""When the oldest of all rows was made."""
MODEL = "random"


@dataclass
class Explained:
    """A connection that keeps the plan of everything it is asked."""

    connection: AsyncConnection
    plans: list[dict[str, Any]] = field(default_factory=list)

    async def execute(self, query: Any, parameters: Any = None) -> Any:
        text = (
            query.decode()
            if isinstance(query, bytes)
            else sql.SQL(query).as_string()
            if isinstance(query, str)
            else query.as_string()
        )
        if text.startswith("SELECT coalesce"):
            explained = await self.connection.execute(b"EXPLAIN (FORMAT JSON, VERBOSE) " + text.encode(), parameters)
            ((found,),) = await explained.fetchall()
            self.plans.append(found[0]["Plan"])
        return await self.connection.execute(text.encode(), parameters)

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        return self.connection.transaction()

    async def indexes(self) -> set[str]:
        """The indexes that the plans since the last time go by: what stands behind `CREATE INDEX ON <table>`."""
        names = {node["Index Name"] for plan in self.plans for node, _ in nodes(plan) if "Index Name" in node}
        self.plans.clear()
        cursor = await self.connection.execute(
            "SELECT regexp_replace(pg_get_indexdef(indexrelid), '.* ON read\\.(\\w+) USING (btree )?', '\\1 ')"
            " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = ANY(%s)",
            (list(names),),
        )
        return {text for (text,) in await cursor.fetchall()}

    async def went_by(self, projection: Projection[Any], index: str) -> bool:
        """Whether the plans since the last time go by this index of the read model."""
        return f"{Table(projection).name} {index}" in await self.indexes()


def nodes(plan: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """All nodes of a plan, each with the types of those above it."""
    yield plan, above
    for below in plan.get("Plans", ()):
        yield from nodes(below, (*above, plan["Node Type"]))


async def serve(pool: Pool, projection: Projection[Any], rows: list[Any]) -> None:
    """Rows as a build would have left them."""
    built = Table(projection, "_next")
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")
        await built.create(connection)
        for start in range(0, len(rows), 5_000):
            await built.write(connection, map(encode, rows[start : start + 5_000]))
        if projection.embeds:
            await embed_at_random(connection, built)
        await built.index(connection)
        await replace_serving(connection, projection, built, 1)
        await connection.execute(sql.SQL("ANALYZE {}").format(Table(projection).identifier))


async def embed_at_random(connection: AsyncConnection, table: Table[Any]) -> None:
    await connection.execute(
        sql.SQL(
            "UPDATE {} SET embedding_model = %s, embedding = (SELECT array_agg(random() - 0.5)"
            " FROM generate_series(1, 256) WHERE item_id IS NOT NULL)::vector"
        ).format(table.identifier),
        (MODEL,),
    )
