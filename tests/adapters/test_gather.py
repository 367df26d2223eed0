"""Look-ups that wait at the same time are answered by one query."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.gather import LANES, Gatherer
from application.store import StoreUnavailable

pytestmark = pytest.mark.anyio


class Shelf:
    """Looks up squares, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def fetch(self, keys: Sequence[int], deadline: float) -> dict[int, int]:
        self.asked.append(set(keys))
        await self.go_on.wait()
        if -1 in keys:
            raise LookupError("no such square")
        return {key: key * key for key in keys if key < 100}


async def test_who_asks_at_the_same_time_is_answered_by_one_query() -> None:
    shelf = Shelf()
    gatherer = Gatherer(shelf.fetch, patience=1.0)

    answers = await asyncio.gather(*(gatherer.get(key) for key in (1, 2, 3, 3, 100)))

    assert answers == [1, 4, 9, 9, None]
    assert shelf.asked == [{1, 2, 3, 100}]


async def test_who_asks_for_many_gets_what_is_found_in_the_order_asked_for() -> None:
    shelf = Shelf()
    gatherer = Gatherer(shelf.fetch, patience=1.0)

    answers = await asyncio.gather(gatherer.get_all([3, 100, 1]), gatherer.get_all([]), gatherer.get(2))

    assert [*answers[0].items()] == [(3, 9), (1, 1)]
    assert answers[1] == {}
    assert answers[2] == 4
    assert shelf.asked == [{1, 2, 3, 100}]


async def test_nobody_joins_a_query_that_is_on_its_way() -> None:
    shelf = Shelf()
    gatherer = Gatherer(shelf.fetch, patience=1.0)
    shelf.go_on.clear()
    early = asyncio.create_task(gatherer.get(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    late = [asyncio.create_task(gatherer.get(1)) for _ in range(3)]
    await asyncio.sleep(0)
    shelf.go_on.set()

    assert await asyncio.gather(early, *late) == [1, 1, 1, 1]
    assert shelf.asked == [{1}, {1}]


async def test_only_so_many_queries_are_under_way() -> None:
    shelf = Shelf()
    gatherer = Gatherer(shelf.fetch, patience=1.0)
    shelf.go_on.clear()
    tasks = []
    for key in range(6):
        tasks.append(asyncio.create_task(gatherer.get(key)))
        for _ in range(3):
            await asyncio.sleep(0)

    assert len(shelf.asked) == LANES
    shelf.go_on.set()
    assert await asyncio.gather(*tasks) == [0, 1, 4, 9, 16, 25]
    assert len(shelf.asked) == LANES + 1


async def test_who_asks_again_the_moment_they_are_answered_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.gather.LANES", 1)
    gatherer = Gatherer(Shelf().fetch, patience=1.0)

    async with asyncio.timeout(10):
        answers = [await gatherer.get(key) for key in range(20)]

    assert answers == [key * key for key in range(20)]


async def test_a_query_that_fails_fails_for_those_who_asked_and_not_for_those_after() -> None:
    gatherer = Gatherer(Shelf().fetch, patience=1.0)

    outcomes = await asyncio.gather(gatherer.get(1), gatherer.get(-1), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]
    assert await gatherer.get(5) == 25


async def test_who_goes_away_keeps_nobody_from_an_answer() -> None:
    shelf = Shelf()
    gatherer = Gatherer(shelf.fetch, patience=1.0)
    tasks = [asyncio.create_task(gatherer.get(key)) for key in range(4)]
    await asyncio.sleep(0)
    tasks[0].cancel()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1:] == [1, 4, 9]


async def test_who_is_out_of_time_is_told_so_and_takes_nobody_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.gather.LANES", 1)
    shelf = Shelf()
    shelf.go_on.clear()
    gatherer = Gatherer(shelf.fetch, patience=0.4)
    early = []
    for key in (1, 2):
        early.append(asyncio.create_task(gatherer.get(key)))
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    late = asyncio.create_task(gatherer.get(3))
    outcomes = await asyncio.gather(*early, return_exceptions=True)
    shelf.go_on.set()

    assert [StoreUnavailable, StoreUnavailable] == [type(outcome) for outcome in outcomes]
    assert 9 == await late
    assert [{1}, {3}] == shelf.asked


async def test_those_who_are_answered_together_have_the_time_of_the_last() -> None:
    loop = asyncio.get_running_loop()
    go_on = asyncio.Event()
    given: list[float] = []

    async def fetch(keys: Sequence[int], deadline: float) -> dict[int, int]:
        given.append(deadline)
        await go_on.wait()
        return {}

    gatherer = Gatherer(fetch, patience=30)
    tasks = []
    for key in range(LANES + 2):
        asked = loop.time()
        tasks.append(asyncio.create_task(gatherer.get(key)))
        await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(*tasks)

    assert LANES + 1 == len(given)
    assert given[-1] >= asked + 30
