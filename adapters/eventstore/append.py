"""What a command writes, and the rules by which a log takes it: the same for Postgres and for memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from adapters.eventstore.mapper import Encoded, Mapper
from application.store import Call, Idempotency, KeyReused, Overtaken, Saved, Stream, Tracking, VersionConflict

R = TypeVar("R")

Key: TypeAlias = tuple[str, str, str]
"""caller, scope, key: how a command is recognised when it comes again."""


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
    """Of the last event it wrote."""

    def check(self, fingerprint: bytes) -> None:
        """Raises KeyReused unless this is the fingerprint of the same request."""
        if self.fingerprint != fingerprint:
            raise KeyReused

    def answer(self, context: str, result: type[R]) -> Saved[R]:
        return Saved(
            msgspec.json.decode(self.result, type=result),
            msgspec.json.decode(self.versions, type=dict[UUID, int]),
            {} if self.position is None else {context: self.position},
            replayed=True,
        )


def key_of(command: Idempotency) -> Key:
    return command.caller, command.scope, command.key


class Place(NamedTuple):
    """Where a follower must come to in the same transaction."""

    follower: str
    """Follower and followed log in one name."""
    position: int
    after: int | None
    """Where it must stand; None for anywhere before `position`."""


def follower_of(follower: str, source: str) -> str:
    return f"{follower}@{source}"


@dataclass(slots=True)
class Append:
    """What one command writes: all of it, or nothing."""

    events: list[Encoded]
    expected: dict[UUID, int] = field(default_factory=dict)
    """The version that each stream must have."""
    record: Record | None = None
    place: Place | None = None

    @property
    def writes(self) -> bool:
        """False for a command without a key that decided nothing: with nothing to write there is nothing to check."""
        return bool(self.events or self.record or self.place)


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


def settle(append: Append, known: Known, positions: Iterator[int]) -> Written | Record:
    """The log takes an append, and `known` says so to the next; or answers with the record of the same command.

    Raises VersionConflict, KeyReused and Overtaken; then nothing has changed.
    """
    record = append.record
    if record and (earlier := known.records.get(record[:3])):
        earlier.check(record.fingerprint)
        return earlier
    if (place := append.place) is not None:
        stands = known.places.get(place.follower, 0)
        if stands >= place.position or place.after not in (None, stands):
            raise Overtaken(place.follower)
    versions = known.versions
    for stream, version in append.expected.items():
        if versions.get(stream, 0) != version:
            raise VersionConflict(stream)
    changed: dict[UUID, int] = {}
    for stream, version, _, _ in append.events:
        if version <= changed.get(stream, versions.get(stream, -1)):
            raise VersionConflict(stream)
        changed[stream] = version

    versions.update(changed)
    if place is not None:
        known.places[place.follower] = place.position
    taken = [next(positions) for _ in append.events]
    if record:
        if taken:
            record = record._replace(position=taken[-1])
        known.records[record[:3]] = record
    return Written(taken, record)


def context_of(streams: tuple[Stream[Any, Any], ...], context: str | None) -> str:
    """The one context of all streams; `context` where there are none."""
    names = {stream.aggregate.context for stream in streams} | ({context} if context else set())
    if len(names) != 1:
        raise ValueError(f"One command writes to one context, not to {sorted(names) or 'none'}")
    return names.pop()


def versions_after(streams: tuple[Stream[Any, Any], ...]) -> dict[UUID, int]:
    return {stream.id: stream.version + len(stream.pending) for stream in streams}


def prepare(
    mapper: Mapper, streams: tuple[Stream[Any, Any], ...], call: Call, result: object, tracking: Tracking | None
) -> Append:
    """The command as the log takes it."""
    expected = {stream.id: stream.version for stream in streams}
    if len(expected) != len(streams):
        raise ValueError("The same stream was given twice")
    events = [
        mapper.encode(event, stream.id, version, call)
        for stream in streams
        for version, event in enumerate(stream.pending, stream.version + 1)
    ]
    record = place = None
    if (command := call.idempotency) is not None:
        answer, versions = msgspec.json.encode(result), msgspec.json.encode(versions_after(streams))
        record = Record(*key_of(command), command.fingerprint, answer, versions)
    if tracking is not None:
        place = Place(follower_of(tracking.follower, tracking.context), tracking.position, tracking.after)
    return Append(events, expected, record, place)
