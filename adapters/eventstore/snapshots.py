"""Snapshots: the state of a long stream as it was, so that loading folds only what came after.

They are a help and never a truth: one that is missing, or of another shape than the state has now, costs time only.
"""

import asyncio
import hashlib
import logging
from typing import Any, NamedTuple, TypeVar, get_type_hints

import msgspec
import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from application.store import Stream
from domain.kernel import Aggregate

S = TypeVar("S")

log = logging.getLogger(__name__)


class Shape(NamedTuple):
    """How the states of one kind of stream are stored."""

    topic: str
    """Changes with the shape of the state."""
    decoder: msgspec.json.Decoder[Any]

    @classmethod
    def of(cls, aggregate: Aggregate[Any, Any]) -> "Shape":
        state = get_type_hints(aggregate.evolve)["return"]
        schema = msgspec.json.encode(msgspec.json.schema(state))
        return cls(f"{aggregate.name}#{hashlib.sha256(schema).hexdigest()[:12]}", msgspec.json.Decoder(state))


class Snapshots:
    """Takes snapshots of one context's streams, beside the writer and never in its way."""

    def __init__(self, context: str, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._shapes: dict[str, Shape] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._write = sql.SQL(
            "WITH older AS (DELETE FROM {table} WHERE originator_id = %(id)s AND originator_version < %(version)s)"
            " INSERT INTO {table} VALUES (%(id)s, %(version)s, %(topic)s, %(state)s)"
            " ON CONFLICT (originator_id, originator_version)"
            " DO UPDATE SET topic = excluded.topic, state = excluded.state"
        ).format(table=sql.Identifier(context, "snapshots"))

    def shape(self, aggregate: Aggregate[Any, Any]) -> Shape:
        shape = self._shapes.get(aggregate.name)
        if shape is None:
            shape = self._shapes[aggregate.name] = Shape.of(aggregate)
        return shape

    def offer(self, stream: Stream[Any, Any]) -> None:
        """A stream was saved; takes a snapshot of it if it is time for one."""
        every = stream.aggregate.snapshot_every
        version = stream.version + len(stream.pending)
        if every is not None and version // every > stream.version // every:
            task = asyncio.create_task(self._take(stream.aggregate, stream.id, version, stream.state))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Waits for those that are being taken."""
        await asyncio.gather(*self._tasks)

    async def _take(self, aggregate: Aggregate[S, Any], id: object, version: int, state: S) -> None:
        shape = self.shape(aggregate)
        stored = msgspec.json.encode(state)
        if shape.decoder.decode(stored) != state:
            log.error("No snapshot of %s %s: its state does not survive being stored", aggregate.name, id)
            return
        parameters = {"id": id, "version": version, "topic": shape.topic, "state": stored}
        try:
            async with self._pool.connection() as connection:
                await connection.execute(self._write, parameters)
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("No snapshot of %s %s: %s", aggregate.name, id, error)
