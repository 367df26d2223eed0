"""From facts to streams: folding, and the refusals of streams that are missing or of another kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from application.store import Stream, check_expected
from domain.kernel import Aggregate, Event, Fact, NotFound

S = TypeVar("S")
E = TypeVar("E", bound=Event)


@dataclass(slots=True)
class Found:
    """What the store holds of a stream: its facts, all of them or those after a snapshot."""

    facts: list[Fact[Any]] = field(default_factory=list)
    snapshot: tuple[int, Any] | None = None
    """Version and state."""


def fold(aggregate: Aggregate[S, E], id: UUID, found: Found, expected: int | None = None) -> Stream[S, E]:
    """Raises what `EventStore.load` raises."""
    if found.snapshot is None:
        check_kind(aggregate, id, found.facts)
    stream = _folded(aggregate, id, found)
    check_expected(expected, stream.version)
    return stream


def fold_many(aggregate: Aggregate[S, E], ids: Sequence[UUID], found: Mapping[UUID, Found]) -> dict[UUID, Stream[S, E]]:
    """A stream of another kind counts as one without events."""
    nothing = Found()
    streams = {}
    for id in ids:
        stream = found.get(id, nothing)
        streams[id] = _folded(aggregate, id, nothing if _is_foreign(aggregate, stream.facts) else stream)
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
    version, state = found.snapshot or (0, aggregate.initial)
    if found.facts:
        version = found.facts[-1].version
        state = aggregate.fold(state, [fact.event for fact in found.facts])
    return Stream(aggregate, id, version, state)


def _is_foreign(aggregate: Aggregate[Any, Any], facts: Sequence[Fact[Any]]) -> bool:
    return bool(facts) and type(facts[0].event) not in aggregate.events
