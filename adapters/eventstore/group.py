"""One group's transaction: take the lock, look, decide, write, commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, AsyncCursor, sql

from adapters.eventstore.append import Append, Known, Record, Written, moment, take
from adapters.eventstore.arrays import Bigints, Bytes, Texts, UUIDs
from adapters.eventstore.mapper import Encoded, recorded_at, stamp
from domain.kernel import Refusal

Outcome: TypeAlias = Written | Record | Refusal

LOCK_CLASS = 0x53544F52
"""The first half of the advisory lock's key; the second is the events table. It is taken by all of our writers, and by
nobody else: unlike a lock on the table it never meets a vacuum."""


RECORDS = (
    "SELECT caller, scope, key, fingerprint, result, versions, position FROM {commands}"
    " JOIN unnest(%b::text[], %b::text[], %b::text[]) AS wanted (caller, scope, key) USING (caller, scope, key)"
)
"""Asks for command records by their keys; the columns are those of `Record`."""


class Unconfirmed(psycopg.OperationalError):
    """The commit came back with a warning: it is not known whether it will last."""


class Transaction:
    """Writes groups of appends to one log. Each group is one transaction, in two round trips."""

    def __init__(self, schema: str) -> None:
        self._statements = _Statements(schema)

    async def run(self, connection: AsyncConnection[Any], appends: list[Append], unsure: bool) -> list[Outcome]:
        """The outcome of each append, in order, once it is committed. `unsure`: they may have been written before."""
        with _warnings(connection) as warnings:
            async with connection.pipeline():
                seen = await self._look(connection, appends, unsure)
                outcomes, write = _decide(appends, seen, unsure)
                if write.events or write.records:
                    await connection.execute(self._statements.write, write.parameters(), binary=True)
                for place in write.places:
                    await connection.execute(self._statements.place, place, binary=True)
                if unsure:
                    await connection.execute(self._statements.confirm)
                commit = await connection.execute("COMMIT", prepare=False)
        if warnings or commit.statusmessage != "COMMIT":
            raise Unconfirmed(f"The commit was not confirmed: {warnings or commit.statusmessage}")
        return outcomes

    async def _look(self, connection: AsyncConnection[Any], appends: list[Append], unsure: bool) -> "_Seen":
        """Takes the lock, and reads under it what the group needs to know."""
        await connection.execute("BEGIN")
        await connection.execute(self._statements.lock)
        await connection.execute(self._statements.lock_table)
        events = [event for append in appends for event in append.events]
        streams: dict[UUID, int] = {}
        for append in appends:
            streams.update(append.expected)
        keys = [key for append in appends for key in append.keys]
        followers = [append.place.follower for append in appends if append.place]
        arrays = UUIDs.of(streams), len(events), *map(Texts.of, zip(*keys, strict=True) if keys else ([], [], []))
        look = await connection.execute(self._statements.look, arrays, binary=True)
        places = landed = records = None
        if followers:
            places = await connection.execute(self._statements.places, (Texts.of(followers),), binary=True)
        if unsure:
            written = UUIDs.of([event.stream for event in events]), Bigints.of([event.version for event in events])
            landed = await connection.execute(self._statements.landed, written, binary=True)
        clock, last, versions, positions, done = await _one(look)
        if done:
            again = map(Texts.of, zip(*(keys[number - 1] for number in done), strict=True))
            records = await connection.execute(self._statements.records, list(again), binary=True)
        return _Seen(
            Known(
                {id: version for id, version in zip(streams, versions, strict=True) if version is not None},
                {row[:3]: Record(*row) for row in await _all(records)},
                dict(await _all(places)),
            ),
            moment(clock, last and recorded_at(last)),
            iter(positions),
            {(id, version): (position, state) for id, version, position, state in await _all(landed)},
        )


class _Seen(NamedTuple):
    known: Known
    moment: datetime
    positions: Iterator[int]
    landed: dict[tuple[UUID, int], tuple[int, bytes]]
    """What stands where events of this group would: stream and version to position and state."""


@dataclass(slots=True)
class _Write:
    """The rows of a group."""

    moment: datetime
    events: list[Encoded] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)

    def add(self, append: Append, written: Written) -> None:
        self.events += append.events
        self.positions += written.positions
        if written.record:
            self.records.append(written.record)
        self.records += append.inbox
        if append.place:
            self.places.append(append.place[:2])

    def parameters(self) -> list[Any]:
        moment = stamp(self.moment)
        callers, scopes, keys, fingerprints, results, after, last = (
            zip(*self.records, strict=True) if self.records else ((),) * 7
        )
        return [
            UUIDs.of([event.stream for event in self.events]),
            Bigints.of([event.version for event in self.events]),
            Texts.of([event.tag for event in self.events]),
            Bytes.of([event.state(moment) for event in self.events]),
            Bigints.of(self.positions),
            self.moment,
            Texts.of(callers),
            Texts.of(scopes),
            Texts.of(keys),
            Bytes.of(fingerprints),
            Bytes.of(results),
            Bytes.of(after),
            Bigints.of(last),
            self.positions[-1] if self.positions else None,
        ]


def _decide(appends: list[Append], seen: _Seen, unsure: bool) -> tuple[list[Outcome], _Write]:
    """What becomes of each append, in order, and what is to be written for that."""
    write = _Write(seen.moment)
    outcomes: list[Outcome] = []
    for append in appends:
        if unsure and (written := _landed(append, seen)):
            outcomes.append(written)
            continue
        try:
            outcome = take(append, seen.known, seen.positions)
        except Refusal as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(outcome)
            if isinstance(outcome, Written):
                write.add(append, outcome)
    return outcomes, write


def _landed(append: Append, seen: _Seen) -> Written | None:
    """What an append did, if an earlier attempt was committed after all."""
    if append.events:
        first = append.events[0]
        _, state = seen.landed.get((first.stream, first.version), (0, b""))
        if not first.is_stored_as(state):
            return None
        return Written([seen.landed[event.stream, event.version][0] for event in append.events], append.record)
    if append.place and not append.record and seen.known.places.get(append.place.follower) == append.place.position:
        return Written([], None)
    return None


@contextmanager
def _warnings(connection: AsyncConnection[Any]) -> Iterator[list[str]]:
    """Collects the server's warnings. A commit whose wait for the standby was cancelled says so in nothing else."""
    warnings: list[str] = []

    def note(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(f"{notice.sqlstate} {notice.message_primary}")

    connection.add_notice_handler(note)
    try:
        yield warnings
    finally:
        connection.remove_notice_handler(note)


async def _one(cursor: AsyncCursor[Any]) -> Any:
    return await cursor.fetchone()


async def _all(cursor: AsyncCursor[Any] | None) -> list[Any]:
    return [] if cursor is None else await cursor.fetchall()


class _Statements:
    """The SQL of a group, for one schema."""

    def __init__(self, schema: str) -> None:
        def of(text: str) -> bytes:
            names = {name: sql.Identifier(schema, name) for name in ("events", "commands", "tracking")}
            literals = {"lock": sql.Literal(LOCK_CLASS), "channel": sql.Literal(channel(schema))}
            tables = {f"{name}_name": sql.Literal(table.as_string()) for name, table in names.items()}
            return sql.SQL(text).format(**names, **literals, **tables).as_bytes()

        self.lock = of("SELECT pg_advisory_xact_lock({lock}, {events_name}::regclass::oid::int)")
        # A stock recorder of the library locks the table against writers; this makes it wait for us, and us for it.
        self.lock_table = of("LOCK TABLE {events} IN ROW EXCLUSIVE MODE")
        self.look = of(
            "SELECT clock_timestamp(),"
            " (SELECT state FROM {events} ORDER BY notification_id DESC LIMIT 1),"
            " ARRAY(SELECT (SELECT max(originator_version) FROM {events} WHERE originator_id = id)"
            "  FROM unnest(%b::uuid[]) WITH ORDINALITY AS wanted (id, place) ORDER BY place),"
            " ARRAY(SELECT nextval(pg_get_serial_sequence({events_name}, 'notification_id'))"
            "  FROM generate_series(1, %b::int)),"
            " ARRAY(SELECT place FROM unnest(%b::text[], %b::text[], %b::text[])"
            "  WITH ORDINALITY AS wanted (caller, scope, key, place) JOIN {commands} USING (caller, scope, key))"
        )
        self.records = of(RECORDS)
        self.places = of(
            "SELECT application_name, notification_id FROM {tracking} WHERE application_name = ANY(%b::text[])"
        )
        self.landed = of(
            "SELECT originator_id, originator_version, notification_id, state FROM {events}"
            " JOIN unnest(%b::uuid[], %b::bigint[]) AS wanted (originator_id, originator_version)"
            " USING (originator_id, originator_version)"
        )
        self.write = of(
            "WITH new_events AS (INSERT INTO {events}"
            " (originator_id, originator_version, topic, state, notification_id)"
            " SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b::bigint[])),"
            " new_commands AS (INSERT INTO {commands}"
            " (caller, scope, key, fingerprint, result, versions, position, recorded_at)"
            " SELECT *, %s::timestamptz FROM"
            " unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[]))"
            " SELECT pg_notify({channel}, last::text) FROM (VALUES (%s::bigint)) AS head (last) WHERE last IS NOT NULL"
        )
        self.place = of(
            "INSERT INTO {tracking} VALUES (%s, %s) ON CONFLICT (application_name)"
            " DO UPDATE SET notification_id = excluded.notification_id"
        )
        # A transaction that only looked does not wait for a synchronous standby; one with this record in it does.
        self.confirm = of("SELECT pg_logical_emit_message(true, 'storeline', '')")


def channel(context: str) -> str:
    """Where the writer says NOTIFY after each group, with the last position."""
    return f"storeline_{context}"
