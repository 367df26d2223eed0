"""Who gets at a stream that many want: all of them, in the order in which they came, whatever becomes of the others."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.eventstore.memory import MemoryEventStore
from application import turns
from application.store import EventStore, Saved, StoreUnavailable, VersionConflict
from application.turns import Turn, queues_of
from tests.contracts.jars import LID, SAMPLE, TurnLids, call, turn_lids

pytestmark = pytest.mark.anyio

FIRST, SECOND, THIRD = (UUID(int=number) for number in range(1, 4))


class Counting(MemoryEventStore):
    """Counts the attempts to save; is away when it is told to be."""

    def __init__(self) -> None:
        super().__init__([SAMPLE])
        self.attempts = 0
        self.away = False

    async def save(self, *streams: Any, **more: Any) -> Saved[Any]:
        self.attempts += 1
        if self.away:
            await asyncio.sleep(0.01)
            raise StoreUnavailable("away")
        return await super().save(*streams, **more)


@pytest.fixture
def store() -> Counting:
    return Counting()


async def turned(store: EventStore, lid: UUID) -> list[str]:
    return list((await store.load(LID, lid)).state)


@pytest.mark.proves("BAS-04", "BAS-10")
async def test_all_of_three_hundred_who_change_one_stream_at_once_succeed(store: Counting) -> None:
    await asyncio.gather(*(turn_lids(TurnLids((FIRST,), str(each)), call(), store=store) for each in range(300)))

    assert {str(each) for each in range(300)} == set(await turned(store, FIRST))


async def test_nobody_loses_more_than_one_race(store: Counting) -> None:
    await asyncio.gather(*(turn_lids(TurnLids((FIRST,)), call(), store=store) for _ in range(100)))

    assert store.attempts < 2 * 100


async def test_who_lost_a_race_comes_before_those_who_come_later(store: Counting) -> None:
    async with asyncio.TaskGroup() as group:
        for each in range(20):
            group.create_task(turn_lids(TurnLids((FIRST,), f"early {each}"), call(), store=store))
        while not queues_of(store):
            await asyncio.sleep(0)
        for each in range(20):
            group.create_task(turn_lids(TurnLids((FIRST,), f"late {each}"), call(), store=store))

    order = await turned(store, FIRST)
    assert [f"late {each}" for each in range(20)] == order[20:]


async def test_several_streams_in_any_order_never_wait_for_each_other_in_a_circle(store: Counting) -> None:
    ways = ((FIRST, SECOND, THIRD), (THIRD, SECOND, FIRST), (SECOND, THIRD), (THIRD, FIRST))
    async with asyncio.timeout(30):
        await asyncio.gather(*(turn_lids(TurnLids(ways[each % 4]), call(), store=store) for each in range(120)))

    assert [90, 90, 120] == [len(await turned(store, lid)) for lid in (FIRST, SECOND, THIRD)]


async def test_streams_that_nobody_else_wants_have_no_queue(store: Counting) -> None:
    await asyncio.gather(*(turn_lids(TurnLids((uuid4(),)), call(), store=store) for _ in range(50)))

    assert store.attempts == 50
    assert not queues_of(store)


async def test_a_queue_is_gone_when_nobody_waits_whatever_became_of_them(store: Counting) -> None:
    async def fail() -> None:
        async with Turn(queues_of(store)) as turn:
            await turn.wait([FIRST])
            raise ZeroDivisionError

    tasks = [asyncio.create_task(turn_lids(TurnLids((FIRST,)), call(), store=store)) for _ in range(30)]
    broken = [asyncio.create_task(fail()) for _ in range(5)]
    while len(queues_of(store)) == 0:
        await asyncio.sleep(0)
    for task in tasks[10:20]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, *broken, return_exceptions=True)

    done = sum(isinstance(outcome, Saved) for outcome in outcomes)
    assert done >= 20
    assert done == len(await turned(store, FIRST))
    assert not queues_of(store)


@pytest.mark.proves("F4")
async def test_those_behind_one_that_found_the_database_away_hear_of_it_at_once(store: Counting) -> None:
    await asyncio.gather(*(turn_lids(TurnLids((FIRST,)), call(), store=store) for _ in range(2)))
    async with Turn(queues_of(store)) as turn:
        await turn.wait([FIRST])
        waiting = [asyncio.create_task(turn_lids(TurnLids((FIRST,)), call(), store=store)) for _ in range(50)]
        await asyncio.sleep(0.01)
        store.away, store.attempts = True, 0
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert {StoreUnavailable} == {type(outcome) for outcome in outcomes}
    assert store.attempts == 1
    store.away = False
    assert await turn_lids(TurnLids((FIRST,)), call(), store=store)


async def test_a_turn_that_does_not_come_in_time_is_a_conflict(
    store: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Turn(queues_of(store)) as slow:
        await slow.wait([FIRST])
        monkeypatch.setattr(turns, "PATIENCE", 0.01)
        with pytest.raises(VersionConflict):
            await turn_lids(TurnLids((FIRST,)), call(), store=store)

    assert await turn_lids(TurnLids((FIRST,)), call(), store=store)


async def test_a_caller_who_named_a_version_waits_for_nobody(store: Counting) -> None:
    await turn_lids(TurnLids((FIRST,)), call(), store=store)
    async with Turn(queues_of(store)) as slow:
        await slow.wait([FIRST])
        saved = await turn_lids(TurnLids((FIRST,)), msgspec.structs.replace(call(), expected=1), store=store)

    assert {FIRST: 2} == saved.versions
