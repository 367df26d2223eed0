"""The event store in memory, for tests and models: it stores bytes, and follows the same rules as that in Postgres."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from adapters.eventstore.append import Known, Record, context_of, follower_of, key_of, moment, prepare, saved, take
from adapters.eventstore.mapper import Mapper, Row, Upcasters, stamp
from adapters.eventstore.streams import Found, check_kind, fold, fold_many
from application.store import Call, Inbox, Saved, Stream, Tracking
from domain.kernel import Aggregate, Context, Event, Fact

S = TypeVar("S")
E = TypeVar("E", bound=Event)
R = TypeVar("R")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Log:
    mapper: Mapper
    known: Known = field(default_factory=lambda: Known({}, {}, {}))
    rows: list[Row] = field(default_factory=list)
    streams: dict[UUID, list[Row]] = field(default_factory=dict)
    positions: "count[int]" = field(default_factory=lambda: count(1))
    recorded_at: datetime | None = None


class MemoryEventStore:
    """Implements `application.store.EventStore`. Each call lets others run first, so that races can happen here too."""

    def __init__(
        self,
        contexts: Iterable[Context],
        *,
        upcasters: Upcasters | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._logs = {context.name: _Log(Mapper(context, upcasters)) for context in contexts}
        self._clock = clock

    async def load(
        self, aggregate: Aggregate[S, E], id: UUID, *, expected: int | None = None, at: int | None = None
    ) -> Stream[S, E]:
        await asyncio.sleep(0)
        rows = self._stream(aggregate, id)[:at]
        return fold(aggregate, id, Found(self._facts(aggregate, rows)), expected)

    async def load_many(self, aggregate: Aggregate[S, E], ids: Sequence[UUID]) -> dict[UUID, Stream[S, E]]:
        await asyncio.sleep(0)
        return fold_many(aggregate, ids, {id: Found(self._facts(aggregate, self._stream(aggregate, id))) for id in ids})

    async def recall(self, call: Call, context: str, result: type[R]) -> Saved[R] | None:
        await asyncio.sleep(0)
        if (command := call.idempotency) is None:
            return None
        record = self._logs[context].known.records.get(key_of(command))
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
        await asyncio.sleep(0)
        outcome = take(append, log.known, log.positions)
        if isinstance(outcome, Record):
            return outcome.answer(context, type(result))
        log.recorded_at = moment(self._clock(), log.recorded_at)
        stamped = stamp(log.recorded_at)
        for position, event in zip(outcome.positions, append.events, strict=True):
            row = position, event.stream, event.version, event.tag, event.state(stamped)
            log.rows.append(row)
            log.streams.setdefault(event.stream, []).append(row)
        return saved(context, streams, append, outcome.positions, result)

    async def history(self, aggregate: Aggregate[S, E], id: UUID, *, after: int = 0, limit: int = 100) -> list[Fact[E]]:
        await asyncio.sleep(0)
        facts = self._facts(aggregate, self._stream(aggregate, id))
        check_kind(aggregate, id, facts)
        return facts[after : after + limit]

    async def read(
        self, context: str, *, after: int = 0, limit: int = 500, tags: Sequence[str] = ()
    ) -> list[Fact[Event]]:
        await asyncio.sleep(0)
        log = self._logs[context]
        start = bisect_right(log.rows, after, key=itemgetter(0))
        later = (row for row in islice(log.rows, start, None) if not tags or row[3] in tags)
        return log.mapper.facts(islice(later, limit))

    async def head(self, context: str) -> int:
        await asyncio.sleep(0)
        rows = self._logs[context].rows
        return rows[-1][0] if rows else 0

    async def tracked(self, follower: str, source: str, *, context: str) -> int:
        await asyncio.sleep(0)
        return self._logs[context].known.places.get(follower_of(follower, source), 0)

    def _stream(self, aggregate: Aggregate[Any, Any], id: UUID) -> list[Row]:
        return self._logs[aggregate.context].streams.get(id, [])

    def _facts(self, aggregate: Aggregate[Any, Any], rows: list[Row]) -> list[Fact[Any]]:
        return self._logs[aggregate.context].mapper.facts(rows)
