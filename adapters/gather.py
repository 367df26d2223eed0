"""Answers many look-ups that wait at the same time with one query, as the event store's writer does with appends."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from application.store import StoreUnavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LANES = 2
"""So many queries are under way at once; who comes meanwhile waits for the next."""
MOST = 256


class _Waiting(NamedTuple, Generic[K, V]):
    keys: Sequence[K]
    deadline: float
    answer: "asyncio.Future[Mapping[K, V]]"


class Gatherer(Generic[K, V]):
    """Looks keys up. A look-up never joins a query that is on its way: its answer is not older than the question.

    Nobody waits longer than `patience`, and nobody has less time since others have waited before.
    """

    def __init__(self, fetch: Callable[[Sequence[K], float], Awaitable[Mapping[K, V]]], patience: float) -> None:
        """`fetch(keys, deadline)`: what is found of the keys, by the loop's time; `patience` in seconds."""
        self._fetch = fetch
        self._patience = patience
        self._waiting: list[_Waiting[K, V]] = []
        self._lanes: set[asyncio.Task[None]] = set()

    async def get(self, key: K) -> V | None:
        """None where nothing is found. Raises as `get_all`."""
        return (await self.get_all([key])).get(key)

    async def get_all(self, keys: Sequence[K]) -> dict[K, V]:
        """What is found, in the order asked for. Raises what `fetch` raises, and StoreUnavailable when time is up."""
        loop = asyncio.get_running_loop()
        waiting: _Waiting[K, V] = _Waiting(keys, loop.time() + self._patience, loop.create_future())
        self._waiting.append(waiting)
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._work(), name="look-ups")
            self._lanes.add(lane)
        timer = loop.call_at(waiting.deadline, _give_up, waiting.answer)
        try:
            found = await waiting.answer
        finally:
            timer.cancel()
        return {key: found[key] for key in keys if key in found}

    async def _work(self) -> None:
        while group := self._group():
            keys = list({key for waiting in group for key in waiting.keys})
            try:
                found = await self._fetch(keys, max(waiting.deadline for waiting in group))
            except Exception as error:  # theirs to handle
                for waiting in group:
                    if not waiting.answer.done():
                        waiting.answer.set_exception(error)
            else:
                for waiting in group:
                    if not waiting.answer.done():
                        waiting.answer.set_result(found)
        # Here and not in a callback: those just answered may ask again before one runs, and nobody would answer them.
        if lane := asyncio.current_task():
            self._lanes.discard(lane)

    def _group(self) -> list[_Waiting[K, V]]:
        """Who is answered by the next query; who went away, or is out of time, is not asked for."""
        waiting = [each for each in self._waiting if not each.answer.done()]
        self._waiting = waiting[MOST:]
        return waiting[:MOST]


def _give_up(answer: "asyncio.Future[Any]") -> None:
    if not answer.done():
        answer.set_exception(StoreUnavailable("A look-up was not answered in time."))
