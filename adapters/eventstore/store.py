"""The event store in Postgres, as the use cases see it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Self, TypeVar
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.eventstore.append import Record, context_of, follower_of, key_of, prepare, saved
from adapters.eventstore.links import Reader, planned_by_index
from adapters.eventstore.log import Log
from adapters.eventstore.mapper import Mapper, Upcasters
from adapters.eventstore.streams import Found, check_kind, fold, fold_many
from adapters.eventstore.writer import Writer
from adapters.postgres.pools import DEFAULTS, PoolSettings, ReadPool, make_pool, make_read_pool
from application.store import Call, Inbox, Saved, Stream, Tracking
from domain.kernel import Aggregate, Context, Event, Fact

S = TypeVar("S")
E = TypeVar("E", bound=Event)
R = TypeVar("R")

SHORTEST_MEMORY = timedelta(hours=24)
"""The least time for which command records are kept."""
PORTION = timedelta(hours=1)
"""The records of so long are forgotten at a time."""
CHORES = PoolSettings(min_size=0, max_size=1, statement_timeout=60.0)
"""Nobody waits for a chore."""


class PostgresEventStore:
    """Implements `application.store.EventStore`. An asynchronous context manager."""

    def __init__(
        self,
        contexts: Iterable[Context],
        urls: Mapping[str, str],
        *,
        upcasters: Upcasters | None = None,
        reading: PoolSettings = DEFAULTS,
        patience: float = 2.5,
        lock_timeout: float = 2.0,
    ) -> None:
        """`urls`: context to its database.

        `patience`: seconds until a call is given up; `lock_timeout`: how many of those a write may wait for the lock.
        """
        self._contexts = tuple(contexts)
        self._urls = urls
        self._upcasters = upcasters
        self._reading = reading
        self._patience = patience
        self._lock_timeout = lock_timeout
        self._logs: dict[str, Log] = {}
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        readers: dict[str, ReadPool] = {}
        chores: dict[str, AsyncConnectionPool[Any]] = {}
        for context in self._contexts:
            url = self._urls[context.name]
            if url not in readers:
                reads = make_read_pool(planned_by_index(url), "event store", self._reading)
                readers[url] = await self._resources.enter_async_context(reads)
                chores[url] = await self._resources.enter_async_context(make_pool(url, "event store chores", CHORES))
            log = self._logs[context.name] = Log(
                context,
                Mapper(context, self._upcasters),
                Reader(readers[url], self._patience),
                Writer(context.name, url, patience=self._patience, lock_timeout=self._lock_timeout),
                chores[url],
            )
            self._resources.push_async_callback(log.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()
        self._logs.clear()

    async def load(
        self, aggregate: Aggregate[S, E], id: UUID, *, expected: int | None = None, at: int | None = None
    ) -> Stream[S, E]:
        log = self._logs[aggregate.context]
        if at is None:
            found = await log.stream(aggregate, id)
        else:
            found = (await log.streams(aggregate, [id], at)).get(id, Found())
        return fold(aggregate, id, found, expected)

    async def load_many(self, aggregate: Aggregate[S, E], ids: Sequence[UUID]) -> dict[UUID, Stream[S, E]]:
        found = await self._logs[aggregate.context].streams(aggregate, ids) if ids else {}
        return fold_many(aggregate, ids, found)

    async def recall(self, call: Call, context: str, result: type[R]) -> Saved[R] | None:
        if (command := call.idempotency) is None:
            return None
        record = await self._logs[context].record(key_of(command))
        if record is None:
            return None
        record.check(command.fingerprint)
        return record.answer(context, result)

    async def save(
        self,
        *streams: Stream[Any, Any],
        call: Call,
        result: R,
        tracking: Tracking | None = None,
        inbox: Inbox | None = None,
        context: str | None = None,
    ) -> Saved[R]:
        context = context_of(streams, context)
        log = self._logs[context]
        append = prepare(log.mapper, streams, call, result, tracking, inbox)
        if not append.writes:
            return saved(context, streams, append, [], result)
        outcome = await log.writer.append(append)
        if isinstance(outcome, Record):
            return outcome.answer(context, type(result))
        for stream in streams:
            log.snapshots.offer(stream)
        return saved(context, streams, append, outcome.positions, result)

    async def history(self, aggregate: Aggregate[S, E], id: UUID, *, after: int = 0, limit: int = 100) -> list[Fact[E]]:
        log = self._logs[aggregate.context]
        rows = await log.reader.fetch(log.sql.history, {"id": id, "after": after, "limit": limit})
        facts = log.mapper.facts(rows)
        check_kind(aggregate, id, facts)
        return [fact for fact in facts if fact.version > after]

    async def read(
        self, context: str, *, after: int = 0, limit: int = 500, tags: Sequence[str] = ()
    ) -> list[Fact[Event]]:
        log = self._logs[context]
        if tags:
            rows = await log.reader.fetch(log.sql.read_tags, (after, list(tags), limit))
        else:
            rows = await log.reader.fetch(log.sql.read, (after, limit))
        return log.mapper.facts(rows)

    async def head(self, context: str) -> int:
        log = self._logs[context]
        ((position,),) = await log.reader.fetch(log.sql.head)
        return int(position)

    async def tracked(self, follower: str, source: str, *, context: str) -> int:
        log = self._logs[context]
        rows = await log.reader.fetch(log.sql.tracked, (follower_of(follower, source),))
        return int(rows[0][0]) if rows else 0

    async def forget_commands(self, context: str, older_than: timedelta) -> int:
        """Deletes the records of commands done longer ago than that; answers how many. Their keys are free again.

        The oldest go first, a portion at a time: what is deleted stays so, whatever becomes of the rest.
        """
        if older_than < SHORTEST_MEMORY:
            raise ValueError(f"Commands are remembered for at least {SHORTEST_MEMORY}.")
        log = self._logs[context]
        async with log.chores.connection() as connection:
            cursor = await connection.execute(log.sql.old_commands, {"age": older_than})
            ((start, end),) = await cursor.fetchall()
        forgotten = 0
        while start is not None and start < end:
            async with log.chores.connection() as connection:
                cursor = await connection.execute(log.sql.forget, (start, min(start + PORTION, end)))
            forgotten += cursor.rowcount
            start += PORTION
        return forgotten
