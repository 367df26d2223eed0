"""From facts to streams: folding, and the refusals of streams that are missing or of another kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from application.store import Stream, check_expected
from domain.kernel import Aggregate, Event, Fact, NotFound

S = TypeVar("S")
E = TypeVar("E", bound=Event)


@dataclass(slots=True)
class Found:
    """What the store holds of a stream: its facts, all of them or those after a snapshot."""

    facts: list[Fact[Any]] = field(default_factory=list)
    snapshot: "Snapshot | None" = None


class Snapshot(NamedTuple):
    version: int
    position: int
    """Of the event of this version."""
    state: Any


def fold(aggregate: Aggregate[S, E], id: UUID, found: Found, expected: int | None = None) -> Stream[S, E]:
    """Raises what `EventStore.load` raises."""
    if found.snapshot is None:
        check_kind(aggregate, id, found.facts)
    stream = _folded(aggregate, id, found)
    check_expected(expected, stream.version)
    return stream


def fold_many(aggregate: Aggregate[S, E], ids: Sequence[UUID], found: Mapping[UUID, Found]) -> dict[UUID, Stream[S, E]]:
    nothing = Found()
    streams = {}
    for id in dict.fromkeys(ids):
        stream = found.get(id, nothing)
        if _is_foreign(aggregate, stream.facts):
            streams[id] = Stream(aggregate, id, 0, aggregate.initial, foreign=True)
        else:
            streams[id] = _folded(aggregate, id, stream)
    return streams


def check_kind(aggregate: Aggregate[Any, Any], id: UUID, facts: Sequence[Fact[Any]]) -> None:
    """Raises NotFound where the facts are of another kind of stream, or there are none and the aggregate needs some."""
    if facts and not _is_foreign(aggregate, facts):
        return
    if aggregate.missing is not None:
        raise aggregate.missing(id)
    if facts:
        raise NotFound(f"There is no {aggregate.name} {id}.", id=str(id))


def _folded(aggregate: Aggregate[S, E], id: UUID, found: Found) -> Stream[S, E]:
    version, position, state = found.snapshot or (0, 0, aggregate.initial)
    if found.facts:
        version, position = found.facts[-1].version, found.facts[-1].position
        state = aggregate.fold(state, [fact.event for fact in found.facts])
    return Stream(aggregate, id, version, state, position=position)


def _is_foreign(aggregate: Aggregate[Any, Any], facts: Sequence[Fact[Any]]) -> bool:
    return bool(facts) and type(facts[0].event) not in aggregate.events
