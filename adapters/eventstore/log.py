"""One context's log in Postgres: what reads it, what writes it, and the SQL of the reads."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from adapters.eventstore.links import Reader
from adapters.eventstore.mapper import Mapper
from adapters.eventstore.snapshots import Snapshots
from adapters.eventstore.streams import Found
from adapters.eventstore.writer import Writer
from domain.kernel import Aggregate

_LAST = 2**62
"""Beyond every version."""


class Log(NamedTuple):
    mapper: Mapper
    reader: Reader
    writer: Writer
    snapshots: Snapshots
    chores: AsyncConnectionPool[Any]
    """For what is written besides the log."""
    sql: "Queries"

    async def streams(
        self, aggregate: Aggregate[Any, Any], ids: Sequence[UUID], at: int | None = None
    ) -> dict[UUID, Found]:
        """Those that have events, up to version `at`: with the latest snapshot, if there is one, and what follows."""
        limits = {"ids": list(dict.fromkeys(ids)), "at": _LAST if at is None else at}
        found: dict[UUID, Found] = {}
        if aggregate.snapshot_every is None:
            rows = await self.reader.fetch(self.sql.streams, limits)
        else:
            shape = self.snapshots.shape(aggregate)
            rows = await self.reader.fetch(self.sql.streams_after_snapshots, limits | {"topic": shape.topic})
            for position, stream, version, _, state in rows:
                if position is None:
                    found[stream] = Found(snapshot=(version, shape.decoder.decode(state)))
            rows = [row for row in rows if row[0] is not None]
        for fact in self.mapper.facts(rows):
            found.setdefault(fact.stream, Found()).facts.append(fact)
        return found

    async def close(self) -> None:
        await self.writer.close()
        await self.snapshots.close()


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
            " WHERE event.originator_version > coalesce(latest.originator_version, 0)"
            " AND event.originator_version <= %(at)s ORDER BY 2, 3"
        )
        self.record = of(
            "SELECT caller, scope, key, fingerprint, result, versions, position FROM {commands}"
            " WHERE caller = %s AND scope = %s AND key = %s"
        )
        self.tracked = of("SELECT notification_id FROM {tracking} WHERE application_name = %s")
        self.forget = of("DELETE FROM {commands} WHERE recorded_at < clock_timestamp() - %s::interval")
