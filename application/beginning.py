"""Streams that a command begins: under an id of the shop's choice, or of the caller's, who may then ask twice."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from application.store import EventStore, IdTaken, Stream
from domain.kernel import Aggregate, Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)


async def begin(
    store: EventStore, aggregate: Aggregate[S, E], id: UUID | None, new_id: Callable[[], UUID]
) -> Stream[S, E]:
    """The stream to begin: a new one, or the one that the caller chose, which may exist if the command was repeated."""
    if id is None:
        return Stream.new(aggregate, new_id())
    (stream,) = await begin_all(store, aggregate, [id])
    return stream


async def begin_all(store: EventStore, aggregate: Aggregate[S, E], ids: Sequence[UUID]) -> list[Stream[S, E]]:
    """The same for many, each under the id that the caller chose. Raises IdTaken."""
    streams = list((await store.load_many(aggregate, ids)).values())
    for stream in streams:
        if stream.foreign:
            raise IdTaken(stream.id)
    return streams
