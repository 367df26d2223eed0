"""What a command writes, and the rules by which a log takes it: the same for Postgres and for memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from adapters.eventstore.mapper import Encoded, Mapper
from application.store import (
    Call,
    Idempotency,
    IdTaken,
    Inbox,
    KeyReused,
    Overtaken,
    Saved,
    Stream,
    TakenInBefore,
    Tracking,
    VersionConflict,
)

R = TypeVar("R")

_encode = msgspec.json.Encoder().encode

SMALL_STEP = timedelta(seconds=1)
"""A clock that is corrected by so much at most is not seen to go back."""

Key: TypeAlias = tuple[str, str, str]
"""caller, scope, key: how a command is recognised when it comes again."""


def moment(clock: datetime, last: datetime | None) -> datetime:
    """When the next events are recorded, after those recorded at `last`: not before them, but for a clock that was set
    back by more than a small step. Else one moment in which it was far ahead would be that of all that follows.
    """
    return last if last and timedelta(0) < last - clock <= SMALL_STEP else clock


class Record(NamedTuple):
    """That a command was done, and its answer. Kept in the same transaction as its events."""

    caller: str
    scope: str
    key: str
    fingerprint: bytes
    result: bytes
    """The use case's result as JSON."""
    versions: bytes
    """Version of each stream after it, as JSON."""
    position: int | None = None
    """What its answer is seen at: of the last event that it wrote or, where it decided nothing, that it looked at."""

    def check(self, fingerprint: bytes) -> None:
        """Raises KeyReused unless this is the fingerprint of the same request."""
        if self.fingerprint != fingerprint:
            raise KeyReused

    def answer(self, context: str, result: type[R]) -> Saved[R]:
        return Saved(
            msgspec.json.decode(self.result, type=result),
            msgspec.json.decode(self.versions, type=dict[UUID, int]),
            _positions(context, self.position),
            replayed=True,
        )


def _positions(context: str, position: int | None) -> dict[str, int]:
    return {context: position} if position else {}


def key_of(command: Idempotency) -> Key:
    return command.caller, command.scope, command.key


TAKEN_IN = "message"
"""The scope of records that stand for messages: no command of an API has it."""


def _taken_in(inbox: Inbox) -> tuple[Record, ...]:
    """A message is a command that is given once: its record is its place in the inbox."""
    return tuple(Record(inbox.follower, TAKEN_IN, str(message), b"", b"null", b"{}") for message in inbox.messages)


class Place(NamedTuple):
    """A follower's position, to be recorded in the same transaction."""

    follower: str
    """Follower and followed log in one name."""
    position: int
    after: int | None
    """The position that it must have until then; None for any below `position`."""


def follower_of(follower: str, source: str) -> str:
    return f"{follower}@{source}"


@dataclass(slots=True)
class Append:
    """What one command writes: all of it, or nothing."""

    events: list[Encoded]
    expected: dict[UUID, int]
    """The version that each stream must have; 0 for one without events."""
    after: dict[UUID, int]
    """The version that each stream has then."""
    record: Record | None = None
    place: Place | None = None
    inbox: tuple[Record, ...] = ()
    seen: int = 0
    """Position of the last event of all streams, until then; 0 where they have none."""

    @property
    def writes(self) -> bool:
        """False for a command without a key that decided nothing: with nothing to write there is nothing to check."""
        return bool(self.events or self.record or self.place or self.inbox)

    @property
    def keys(self) -> list[Key]:
        """Those of all records that it would write."""
        return [record[:3] for record in (self.record, *self.inbox) if record]


class Known(NamedTuple):
    """What a log says about the streams, commands and followers of some appends, and of nothing else."""

    versions: dict[UUID, int]
    records: dict[Key, Record]
    places: dict[str, int]


class Written(NamedTuple):
    """An append that the log took."""

    positions: list[int]
    """Of its events, in order."""
    record: Record | None


def take(append: Append, known: Known, positions: Iterator[int]) -> Written | Record:
    """Decides on one append: Written where the log takes it, the earlier Record where the same command was done before.

    What is written is added to `known`, for the appends that come after it in the same group. Raises VersionConflict,
    KeyReused, Overtaken and TakenInBefore, and then adds nothing.
    """
    record = append.record
    if record and (earlier := known.records.get(record[:3])):
        earlier.check(record.fingerprint)
        return earlier
    if (place := append.place) is not None:
        stands = known.places.get(place.follower, 0)
        if stands >= place.position or place.after not in (None, stands):
            raise Overtaken(place.follower)
    if again := frozenset(UUID(message.key) for message in append.inbox if message[:3] in known.records):
        raise TakenInBefore(append.inbox[0].caller, again)
    versions = known.versions
    for stream, version in append.expected.items():
        # Ours count from 1, and 0 is a stream without events; the library's may count from 0, and then that is -1.
        if versions.get(stream, min(version, 0)) != version:
            raise VersionConflict(stream)

    versions.update(append.after)
    if place is not None:
        known.places[place.follower] = place.position
    taken = [next(positions) for _ in append.events]
    if record:
        if taken:
            record = record._replace(position=taken[-1])
        known.records[record[:3]] = record
    known.records.update((message[:3], message) for message in append.inbox)
    return Written(taken, record)


def context_of(streams: tuple[Stream[Any, Any], ...], context: str | None) -> str:
    """The one context of all streams; `context` where there are none."""
    names = {stream.aggregate.context for stream in streams}
    if context is not None:
        names.add(context)
    if len(names) != 1:
        raise ValueError(f"One command writes to one context, not to {sorted(names) or 'none'}")
    return names.pop()


def prepare(
    mapper: Mapper,
    streams: tuple[Stream[Any, Any], ...],
    call: Call,
    result: object,
    tracking: Tracking | None,
    inbox: Inbox | None = None,
) -> Append:
    """The command as the log takes it. Raises IdTaken where a stream is of another kind than it was taken for."""
    expected, after, events = {}, {}, []
    seen = max((stream.position for stream in streams), default=0)
    for stream in streams:
        id, version = stream.id, stream.version
        if stream.foreign:
            raise IdTaken(id)
        expected[id] = version
        for event in stream.pending:
            version += 1
            events.append(mapper.encode(event, id, version, call))
        after[id] = version
    if len(expected) != len(streams):
        raise ValueError("The same stream was given twice")
    record = place = None
    if (command := call.idempotency) is not None:
        record = Record(*key_of(command), command.fingerprint, _encode(result), _encode(after), seen or None)
    if tracking is not None:
        place = Place(follower_of(tracking.follower, tracking.context), tracking.position, tracking.after)
    return Append(events, expected, after, record, place, _taken_in(inbox) if inbox else (), seen)


def saved(
    context: str, streams: tuple[Stream[Any, Any], ...], append: Append, positions: list[int], result: R
) -> Saved[R]:
    """The answer to a command that took effect now; `positions` of its events, if there are any."""
    events = tuple(event for stream in streams for event in stream.pending)
    return Saved(result, append.after, _positions(context, positions[-1] if positions else append.seen), events)
