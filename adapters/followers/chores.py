"""What is done now and then besides following."""

from datetime import timedelta
from typing import Any

from psycopg import sql

from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool
from adapters.followers.embeddings import Embeddings
from projections.kernel import Projection
from projections.tables import Table


class RenewEmbeddings:
    """Makes up for vectors that are missing because the embedder was away."""

    every = 10.0

    def __init__(self, projection: Projection[Any], pool: Pool, embeddings: Embeddings[Any]) -> None:
        self.name = f"embeddings.{projection.name}"
        self.context = projection.context
        self._table = Table(projection)
        self._pool = pool
        self._embeddings = embeddings

    async def run(self) -> None:
        async with self._pool.connection() as connection:
            if not await self._table.exists(connection):
                return
        while await self._embeddings.renew(self._pool, self._table):
            pass


class Forget:
    """Deletes rows that are too old to keep."""

    every = 3600.0

    def __init__(self, projection: Projection[Any], pool: Pool) -> None:
        if projection.forgets is None:
            raise ValueError(f"{projection.name} keeps its rows for ever")
        self.name = f"forget.{projection.name}"
        self.context = projection.context
        self._table = Table(projection)
        self._condition = sql.SQL(projection.forgets)
        self._pool = pool

    async def run(self) -> None:
        async with self._pool.connection() as connection:
            if await self._table.exists(connection):
                await connection.execute(
                    sql.SQL("DELETE FROM {} WHERE {}").format(self._table.identifier, self._condition)
                )


class ForgetCommands:
    """Deletes the records of commands whose answers nobody can ask for any more."""

    every = 3600.0

    def __init__(self, context: str, store: PostgresEventStore, lifetime: timedelta) -> None:
        self.name = f"commands.{context}"
        self.context = context
        self._store = store
        self._lifetime = lifetime

    async def run(self) -> None:
        await self._store.forget_commands(self.context, self._lifetime)
