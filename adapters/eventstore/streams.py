"""From facts to streams: folding, and the refusals of streams that are missing or of another kind."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from application.store import Stream, check_expected
from domain.kernel import Aggregate, Event, Fact, NotFound

S = TypeVar("S")
E = TypeVar("E", bound=Event)


def fold(aggregate: Aggregate[S, E], id: UUID, facts: Sequence[Fact[Any]], expected: int | None = None) -> Stream[S, E]:
    """Raises what `EventStore.load` raises."""
    if _is_foreign(aggregate, facts) or not facts:
        _refuse(aggregate, id, facts)
    stream = _folded(aggregate, id, facts)
    check_expected(expected, stream.version)
    return stream


def fold_many(
    aggregate: Aggregate[S, E], ids: Sequence[UUID], facts: Mapping[UUID, Sequence[Fact[Any]]]
) -> dict[UUID, Stream[S, E]]:
    """A stream of another kind counts as one without events, like in `load`."""
    return {
        id: Stream.new(aggregate, id)
        if _is_foreign(aggregate, found := facts.get(id, ()))
        else _folded(aggregate, id, found)
        for id in ids
    }


def known_facts(aggregate: Aggregate[Any, E], id: UUID, facts: list[Fact[Any]]) -> list[Fact[E]]:
    """The facts, where they are of this kind of stream."""
    if _is_foreign(aggregate, facts) or not facts:
        _refuse(aggregate, id, facts)
    return facts


def _folded(aggregate: Aggregate[S, E], id: UUID, facts: Sequence[Fact[Any]]) -> Stream[S, E]:
    state = aggregate.fold(aggregate.initial, (fact.event for fact in facts))
    return Stream(aggregate, id, facts[-1].version if facts else 0, state)


def _is_foreign(aggregate: Aggregate[Any, Any], facts: Sequence[Fact[Any]]) -> bool:
    return bool(facts) and type(facts[0].event) not in aggregate.events


def _refuse(aggregate: Aggregate[Any, Any], id: UUID, facts: Sequence[Fact[Any]]) -> None:
    """Raises unless the stream is one that may be empty, and is."""
    if aggregate.missing is not None:
        raise aggregate.missing(id)
    if facts:
        raise NotFound(f"There is no {aggregate.name} {id}.", id=str(id))
