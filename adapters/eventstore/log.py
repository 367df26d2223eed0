"""One context's log in Postgres: what reads it, what writes it, and the SQL of the reads."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from adapters.eventstore.append import Key, Record
from adapters.eventstore.arrays import UUIDs
from adapters.eventstore.group import RECORDS
from adapters.eventstore.links import Reader
from adapters.eventstore.mapper import Mapper
from adapters.eventstore.snapshots import Snapshots
from adapters.eventstore.streams import Found, Snapshot
from adapters.eventstore.writer import Writer
from adapters.gather import Gatherer
from domain.kernel import Aggregate, Context

_LAST = 2**62
"""Beyond every version."""
_FEW = 10
"""A load of more streams than this gets a query of its own; smaller ones share theirs with others that wait."""

_Row: TypeAlias = tuple[Any, ...]
"""Of an event, as the mapper wants it; or of a snapshot, which has no position: the event of its version follows."""


class Log:
    """What is done with one context's log. Loads and recalls that wait at the same time are answered by one query."""

    def __init__(
        self, context: Context, mapper: Mapper, reader: Reader, writer: Writer, chores: AsyncConnectionPool[Any]
    ) -> None:
        """`chores`: for what is written besides the log."""
        self.mapper = mapper
        self.reader = reader
        self.writer = writer
        self.chores = chores
        self.snapshots = Snapshots(context.name, chores)
        self.sql = Queries(context.name, sorted(context.events))
        self._loads: dict[str | None, Gatherer[UUID, list[_Row]]] = {}
        self._recalls = Gatherer(self._fetch_records, reader.patience)

    async def stream(self, aggregate: Aggregate[Any, Any], id: UUID) -> Found:
        """A stream as it is now, with the latest snapshot if there is one."""
        return self._found(aggregate, await self._loads_of(self._topic(aggregate)).get(id) or [])

    async def streams(self, aggregate: Aggregate[Any, Any], ids: Sequence[UUID], at: int = _LAST) -> dict[UUID, Found]:
        """Those that have events, up to version `at`."""
        topic = self._topic(aggregate)
        if at == _LAST and len(ids) <= _FEW:
            rows = await self._loads_of(topic).get_all(ids)
        else:
            rows = await self._fetch_rows(topic, at, list(dict.fromkeys(ids)))
        return {id: self._found(aggregate, stream) for id, stream in rows.items()}

    async def record(self, key: Key) -> Record | None:
        return await self._recalls.get(key)

    async def close(self) -> None:
        await self.writer.close()
        await self.snapshots.close()

    def _loads_of(self, topic: str | None) -> Gatherer[UUID, list[_Row]]:
        loads = self._loads.get(topic)
        if loads is None:
            loads = self._loads[topic] = Gatherer(partial(self._fetch_rows, topic, _LAST), self.reader.patience)
        return loads

    def _topic(self, aggregate: Aggregate[Any, Any]) -> str | None:
        """Of its snapshots; None for one that has none."""
        return None if aggregate.snapshot_every is None else self.snapshots.shape(aggregate).topic

    async def _fetch_rows(
        self, topic: str | None, at: int, ids: Sequence[UUID], deadline: float | None = None
    ) -> dict[UUID, list[_Row]]:
        """Stream to its rows."""
        limits = {"ids": UUIDs.of(ids), "at": at, "topic": topic}
        statement = self.sql.streams if topic is None else self.sql.streams_after_snapshots
        streams: dict[UUID, list[_Row]] = {}
        for row in await self.reader.fetch(statement, limits, deadline=deadline):
            streams.setdefault(row[1], []).append(row)
        return streams

    async def _fetch_records(self, keys: Sequence[Key], deadline: float) -> dict[Key, Record]:
        columns = [list(column) for column in zip(*keys, strict=True)]
        rows = await self.reader.fetch(self.sql.records, columns, deadline=deadline)
        return {row[:3]: Record(*row) for row in rows}

    def _found(self, aggregate: Aggregate[Any, Any], rows: list[_Row]) -> Found:
        if rows and rows[0][0] is None:
            (_, _, version, _, state), (position, *_), *later = rows
            snapshot = Snapshot(version, position, self.snapshots.shape(aggregate).decoder.decode(state))
            return Found(self.mapper.facts(later), snapshot)
        return Found(self.mapper.facts(rows))


class Queries:
    """The SQL of all reads in one schema. Rows of events are position, stream, version, tag, state."""

    def __init__(self, schema: str, known: Sequence[str]) -> None:
        """`known`: all tags that can be read here."""

        def of(text: str) -> bytes:
            tables = {name: sql.Identifier(schema, name) for name in ("events", "commands", "tracking", "snapshots")}
            return sql.SQL(text).format(**tables, event=row, known=sql.Literal(list(known))).as_bytes()

        row = sql.SQL("notification_id, originator_id, originator_version, topic, state")
        self.read = of("SELECT {event} FROM {events} WHERE notification_id > %s ORDER BY 1 LIMIT %s")
        self.read_tags = of(  # and what nobody here knows, which must not be passed over in silence
            "SELECT {event} FROM {events} WHERE notification_id > %s AND (topic = ANY(%s) OR topic <> ALL({known}))"
            " ORDER BY 1 LIMIT %s"
        )
        self.head = of("SELECT coalesce(max(notification_id), 0) FROM {events}")
        self.history = of(  # and the first event before that, which tells the kind of stream
            "(SELECT {event} FROM {events} WHERE originator_id = %(id)s AND originator_version <= %(after)s"
            " ORDER BY originator_version LIMIT 1) UNION ALL"
            " (SELECT {event} FROM {events} WHERE originator_id = %(id)s AND originator_version > %(after)s"
            " ORDER BY originator_version LIMIT %(limit)s) ORDER BY 3"
        )
        self.streams = of(
            "SELECT {event} FROM {events}"
            " WHERE originator_id = ANY(%(ids)s) AND originator_version <= %(at)s ORDER BY 2, 3"
        )
        self.streams_after_snapshots = of(
            "WITH latest AS (SELECT DISTINCT ON (originator_id) originator_id, originator_version, topic, state"
            " FROM {snapshots}"
            " WHERE originator_id = ANY(%(ids)s) AND topic = %(topic)s AND originator_version <= %(at)s"
            " ORDER BY originator_id, originator_version DESC)"
            " SELECT NULL::bigint, * FROM latest UNION ALL"
            " SELECT notification_id, originator_id, event.originator_version, event.topic, event.state"
            " FROM unnest(%(ids)s::uuid[]) AS wanted (originator_id)"
            " LEFT JOIN latest USING (originator_id) JOIN {events} AS event USING (originator_id)"
            " WHERE event.originator_version >= coalesce(latest.originator_version, 0)"
            " AND event.originator_version <= %(at)s ORDER BY 2, 3, 1 NULLS FIRST"
        )
        self.records = of(RECORDS)
        self.tracked = of("SELECT notification_id FROM {tracking} WHERE application_name = %s")
        self.old_commands = of(
            "SELECT min(recorded_at), now() - %(age)s::interval FROM {commands}"
            " WHERE recorded_at < now() - %(age)s::interval"
        )
        self.forget = of("DELETE FROM {commands} WHERE recorded_at >= %s AND recorded_at < %s")
