"""Commands of one process that want to change the same stream take turns, in the order in which they came.

A stream has no queue until somebody loses a race on it, and none again once nobody waits: who changes streams that
nobody else wants never meets another.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from application.store import EventStore, StoreUnavailable, Stream, VersionConflict
from domain.kernel import Aggregate, Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)

PATIENCE = 10.0
"""Seconds for which a command waits for its turns, all in all."""


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Wakes who waits in order of arrival."""
    users: int = 0
    away: StoreUnavailable | None = None
    """Why the last one in turn failed, if the database was away: those behind it need not find that out one by one."""


class Queues:
    """Who waits for which stream."""

    def __init__(self) -> None:
        self._queues: dict[UUID, _Queue] = {}

    def __contains__(self, stream: UUID) -> bool:
        return stream in self._queues

    def __len__(self) -> int:
        return len(self._queues)

    @asynccontextmanager
    async def turn(self, stream: UUID, deadline: float) -> AsyncIterator[None]:
        """Raises VersionConflict where the turn does not come in time (by the loop's clock), StoreUnavailable where
        the one before found the database away.
        """
        queue = self._queues.setdefault(stream, _Queue())
        queue.users += 1
        try:
            try:
                async with asyncio.timeout_at(deadline):
                    await queue.lock.acquire()
            except TimeoutError as late:
                raise VersionConflict(stream) from late
            try:
                if queue.away:
                    raise StoreUnavailable(str(queue.away)) from queue.away
                yield
            except StoreUnavailable as away:
                queue.away = queue.away or away
                raise
            finally:
                queue.lock.release()
        finally:
            queue.users -= 1
            if not queue.users:
                del self._queues[stream]


class Turn:
    """What one command has the turn on: nothing at first."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._stack = AsyncExitStack()
        self._deadline = asyncio.get_running_loop().time() + PATIENCE
        self.streams: frozenset[UUID] = frozenset()

    async def wait(self, streams: Iterable[UUID]) -> None:
        """Waits for its turn on all of these.

        Always from the beginning and in one order: nobody holds a stream that comes later than one it waits for.
        """
        wanted = self.streams.union(streams)
        await self._stack.aclose()
        self.streams = frozenset()
        for stream in sorted(wanted):
            await self._stack.enter_async_context(self._queues.turn(stream, self._deadline))
        self.streams = wanted

    @property
    def is_over(self) -> bool:
        """Whether it has taken too long."""
        return asyncio.get_running_loop().time() >= self._deadline

    async def join(self, streams: Sequence[UUID]) -> None:
        """Is about to load these: stands in the queues that there are, unless it has had its turn already."""
        if not self.streams and (queued := [stream for stream in streams if stream in self._queues]):
            await self.wait(queued)

    async def __aenter__(self) -> "Turn":
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._stack.__aexit__(*raised)


class InTurn:
    """An event store on which one command decides when it is its turn."""

    def __init__(self, store: EventStore, turn: Turn) -> None:
        self._store = store
        self._turn = turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(
        self, aggregate: Aggregate[S, E], id: UUID, *, expected: int | None = None, at: int | None = None
    ) -> Stream[S, E]:
        await self._turn.join([id])
        return await self._store.load(aggregate, id, expected=expected, at=at)

    async def load_many(self, aggregate: Aggregate[S, E], ids: Sequence[UUID]) -> dict[UUID, Stream[S, E]]:
        await self._turn.join(ids)
        return await self._store.load_many(aggregate, ids)


_queues: WeakKeyDictionary[EventStore, Queues] = WeakKeyDictionary()


def queues_of(store: EventStore) -> Queues:
    """A store's queues in this process; one store is used from one event loop."""
    return _queues.setdefault(store, Queues())
