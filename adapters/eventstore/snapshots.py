"""Snapshots: the state of a long stream as it was, so that loading folds only what came after.

They are a help and never a truth: one that is missing, or was taken by code that folds otherwise, costs time only.
"""

import asyncio
import hashlib
import inspect
import sys
from typing import Any, NamedTuple, get_type_hints
from uuid import UUID

import msgspec
import psycopg
import structlog
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from application.store import Stream
from domain.kernel import Aggregate

MOST_DUE = 1000
"""Beyond so many, no more are taken on until these are done."""

log = structlog.get_logger()


class Shape(NamedTuple):
    """How the states of one kind of stream are stored."""

    topic: str
    """Changes with the shape of the state, and with the file that holds `evolve`: what other code folded is no use."""
    decoder: msgspec.json.Decoder[Any]

    @classmethod
    def of(cls, aggregate: Aggregate[Any, Any]) -> "Shape":
        state = get_type_hints(aggregate.evolve)["return"]
        schema = msgspec.json.encode(msgspec.json.schema(state))
        source = inspect.getsource(sys.modules[aggregate.evolve.__module__]).encode()
        return cls(f"{aggregate.name}#{hashlib.sha256(schema + source).hexdigest()[:12]}", msgspec.json.Decoder(state))


class _Due(NamedTuple):
    aggregate: Aggregate[Any, Any]
    version: int
    state: Any


class Snapshots:
    """Takes snapshots of one context's streams, beside the writer and never in its way: all that are due in one go."""

    def __init__(self, context: str, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._shapes: dict[str, Shape] = {}
        self._due: dict[UUID, _Due] = {}
        self._task: asyncio.Task[None] | None = None
        self._write = sql.SQL(
            "WITH new AS (SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])"
            " AS new (originator_id, originator_version, topic, state)),"
            " older AS (DELETE FROM {table} AS old USING new"
            " WHERE old.originator_id = new.originator_id AND old.originator_version < new.originator_version)"
            " INSERT INTO {table} SELECT * FROM new ON CONFLICT (originator_id, originator_version)"
            " DO UPDATE SET topic = excluded.topic, state = excluded.state"
        ).format(table=sql.Identifier(context, "snapshots"))

    def shape(self, aggregate: Aggregate[Any, Any]) -> Shape:
        shape = self._shapes.get(aggregate.name)
        if shape is None:
            shape = self._shapes[aggregate.name] = Shape.of(aggregate)
        return shape

    def offer(self, stream: Stream[Any, Any]) -> None:
        """A stream was saved; takes a snapshot of it if it is time for one, and there are not too many to take."""
        every = stream.aggregate.snapshot_every
        version = stream.version + len(stream.pending)
        if every is None or version // every == stream.version // every or len(self._due) >= MOST_DUE:
            return
        self._due[stream.id] = _Due(stream.aggregate, version, stream.state)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._take_all(), name="snapshots")

    async def close(self) -> None:
        """Waits for those that are being taken."""
        if self._task is not None:
            await self._task

    async def _take_all(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            rows = [row for id, snapshot in due.items() if (row := self._row(id, snapshot))]
            try:
                if rows:
                    async with self._pool.connection() as connection:
                        await connection.execute(self._write, [list(column) for column in zip(*rows, strict=True)])
            except psycopg.Error as error:
                log.warning("snapshots not kept", streams=len(rows), error=str(error))

    def _row(self, id: UUID, due: _Due) -> tuple[UUID, int, str, bytes] | None:
        shape = self.shape(due.aggregate)
        stored = msgspec.json.encode(due.state)
        if shape.decoder.decode(stored) != due.state:
            log.error("state does not survive being stored", aggregate=due.aggregate.name, stream=str(id))
            return None
        return id, due.version, shape.topic, stored
