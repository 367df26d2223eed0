"""Several writers and readers of one log at once, in several stores as in several processes."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest

from adapters.eventstore.store import PostgresEventStore
from application.store import KeyReused
from domain.kernel import Event, Fact
from tests.contracts.jars import JAR, LID, CoinsPut, TurnLids, call, jar, turn_lids
from tests.faults.storing import Load, make_log, open_store

pytestmark = [pytest.mark.anyio, pytest.mark.soak]


@pytest.mark.proves("P3")
async def test_of_fifty_equal_commands_in_two_processes_one_takes_effect_and_all_answer_alike(
    database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    make_log(database_url)
    async with open_store(database_url) as one, open_store(database_url) as other:
        for number in range(at_scale(20, 2_000)):
            key, id = str(number), uuid4()
            outcomes = await asyncio.gather(
                *(
                    store.save(jar(CoinsPut(1), id=id), call=call(key), result=f"{name} {attempt}")
                    for attempt in range(25)
                    for name, store in (("one", one), ("other", other))
                ),
                one.save(jar(CoinsPut(1)), call=call(key, body=b"another"), result=""),
                return_exceptions=True,
            )
            answers = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

            # Whichever request came first has the key.
            assert sorted(answer.replayed for answer in answers) == [False] + [True] * (len(answers) - 1)
            assert len({answer.result for answer in answers}) == len({str(answer.positions) for answer in answers}) == 1
            assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} == {KeyReused}
            assert len(answers) in (50, 1)
    with psycopg.connect(database_url) as connection:
        counts = connection.execute("SELECT count(*), count(DISTINCT key) FROM sample.commands").fetchone()
        events = connection.execute("SELECT count(*) FROM sample.events").fetchone()
    assert counts == (at_scale(20, 2_000), at_scale(20, 2_000))
    assert events == (at_scale(20, 2_000),)


@pytest.mark.proves("BAS-10")
async def test_all_who_change_one_stream_at_once_in_four_processes_succeed(
    database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    make_log(database_url)
    lid, clients = uuid4(), at_scale(40, 300)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(database_url)) for _ in range(4)]
        await asyncio.gather(
            *(
                turn_lids(TurnLids((lid,), f"{number} {client}"), call(), store=store)
                for number, store in enumerate(stores)
                for client in range(clients)
            )
        )
        turns = (await stores[0].load(LID, lid)).state

    assert len(set(turns)) == len(turns) == 4 * clients


@pytest.mark.proves("P4", "P12")
async def test_a_follower_sees_what_eight_writers_write_in_order_and_once(
    database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    make_log(database_url)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_store(database_url, patience=10.0)) for _ in range(8)]
        loads = [Load(store, callers=3) for store in stores]
        wanted = at_scale(4_000, 2_000_000)
        seen: list[Fact[Event]] = []
        async with AsyncExitStack() as running:
            for load in loads:
                await running.enter_async_context(load.running())
            while len(seen) < wanted:
                seen += await follow(stores[0], seen)
        while page := await follow(stores[0], seen):
            seen += page

    acknowledged = {id for load in loads for id in load.acknowledged}
    assert acknowledged == {fact.stream for fact in seen}
    assert len(seen) == len(acknowledged)
    assert all(a.position < b.position and a.recorded_at <= b.recorded_at for a, b in pairwise(seen))


async def follow(store: PostgresEventStore, seen: list[Fact[Event]]) -> list[Fact[Event]]:
    return await store.read("sample", after=seen[-1].position if seen else 0, limit=100)


@pytest.mark.proves("ORD-09", "ORD-22", "P12")
async def test_of_rivals_in_two_processes_each_version_has_one_winner(
    database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    make_log(database_url)
    rounds = at_scale(30, 1_000)
    async with open_store(database_url) as one, open_store(database_url) as other:
        stream = jar(CoinsPut(1))
        await one.save(stream, call=call(), result=None)
        for version in range(1, rounds + 1):
            rivals = [(store, await store.load(JAR, stream.id)) for store in (one, other) for _ in range(3)]
            for _, rival in rivals:
                rival.add([CoinsPut(1), CoinsPut(1)])
            outcomes = await asyncio.gather(
                *(store.save(rival, call=call(), result=None) for store, rival in rivals), return_exceptions=True
            )

            assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
            assert (await one.load(JAR, stream.id)).version == 1 + 2 * version
