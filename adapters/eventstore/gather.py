"""Answers many look-ups that wait at the same time with one query, as the writer does with appends."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LANES = 2
"""So many queries are under way at once; who comes meanwhile waits for the next."""
MOST = 256


class _Waiting(NamedTuple, Generic[K, V]):
    key: K
    deadline: float
    answer: "asyncio.Future[V | None]"


class Gatherer(Generic[K, V]):
    """Looks keys up. A look-up never joins a query that is on its way: its answer is not older than the question."""

    def __init__(self, fetch: Callable[[Sequence[K], float], Awaitable[Mapping[K, V]]], patience: float) -> None:
        """`fetch(keys, deadline)`: what is found of the keys, by the loop's time."""
        self._fetch = fetch
        self._patience = patience
        self._waiting: list[_Waiting[K, V]] = []
        self._lanes: set[asyncio.Task[None]] = set()

    async def get(self, key: K) -> V | None:
        """None where nothing is found. Raises what `fetch` raises."""
        loop = asyncio.get_running_loop()
        waiting: _Waiting[K, V] = _Waiting(key, loop.time() + self._patience, loop.create_future())
        self._waiting.append(waiting)
        if len(self._lanes) < LANES:
            lane = asyncio.create_task(self._work(), name="look-ups")
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await waiting.answer

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            keys = list({waiting.key for waiting in group})
            try:
                found = await self._fetch(keys, min(waiting.deadline for waiting in group))
            except Exception as error:  # theirs to handle
                for waiting in group:
                    if not waiting.answer.done():
                        waiting.answer.set_exception(error)
            else:
                for waiting in group:
                    if not waiting.answer.done():
                        waiting.answer.set_result(found.get(waiting.key))
