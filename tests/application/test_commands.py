"""What every command keeps: done once, decided anew after a lost race, rehearsed without a trace."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from adapters.eventstore.memory import MemoryEventStore
from application.commands import DryRun, command
from application.store import Call, EventStore, KeyReused, Saved
from domain.kernel import Conflict, StaleVersion
from tests.contracts.jars import JAR, SAMPLE, CoinsPut, JarEmptied, call, jar

pytestmark = pytest.mark.anyio


class PutCoins(msgspec.Struct, frozen=True):
    jar: UUID
    coins: int


class Count(msgspec.Struct, frozen=True):
    coins: int


class JarFull(Conflict):
    code = "jar-full"


@command("sample")
async def put_coins(cmd: PutCoins, call: Call, *, store: EventStore) -> Saved[Count]:
    found = await store.load(JAR, cmd.jar, expected=call.expected)
    if found.state.coins + cmd.coins > 50:
        raise JarFull("The jar is full. Empty it first.")
    found.add([CoinsPut(cmd.coins)])
    return await store.save(found, call=call, result=Count(found.state.coins))


class PourCoins(msgspec.Struct, frozen=True):
    jar: UUID
    into: UUID


@command("sample")
async def pour_coins(cmd: PourCoins, call: Call, *, store: EventStore) -> Saved[Count]:
    """One coin into each of two jars; the caller has seen the first."""
    found = await store.load(JAR, cmd.jar, expected=call.expected)
    into = await store.load(JAR, cmd.into)
    found.add([CoinsPut(1)])
    into.add([CoinsPut(1)])
    return await store.save(found, into, call=call, result=Count(found.state.coins))


@pytest.fixture
def store() -> MemoryEventStore:
    return MemoryEventStore([SAMPLE])


async def new_jar(store: EventStore, coins: int) -> UUID:
    made = jar(CoinsPut(coins))
    await store.save(made, call=call(), result=None)
    return made.id


@pytest.mark.proves("P2")
async def test_a_command_sent_again_answers_as_the_first_time(store: MemoryEventStore) -> None:
    id = await new_jar(store, 1)
    first = await put_coins(PutCoins(id, 2), call("key"), store=store)
    await put_coins(PutCoins(id, 4), call(), store=store)
    again = await put_coins(PutCoins(id, 2), call("key"), store=store)

    assert (Count(3), first.versions, True) == (again.result, again.versions, again.replayed)
    assert (await store.load(JAR, id)).state.coins == 7


async def test_a_command_sent_again_answers_although_it_would_be_refused_by_now(store: MemoryEventStore) -> None:
    id = await new_jar(store, 1)
    first = await put_coins(PutCoins(id, 2), call("key"), store=store)
    await put_coins(PutCoins(id, 47), call(), store=store)
    again = await put_coins(PutCoins(id, 2), call("key"), store=store)

    assert first.result == again.result


async def test_a_refused_command_leaves_nothing_and_may_be_sent_again_with_its_key(store: MemoryEventStore) -> None:
    id = await new_jar(store, 50)
    head = await store.head("sample")
    with pytest.raises(JarFull):
        await put_coins(PutCoins(id, 2), call("key"), store=store)
    assert await store.head("sample") == head
    emptied = await store.load(JAR, id)
    emptied.add([JarEmptied()])
    await store.save(emptied, call=call(), result=None)

    assert (await put_coins(PutCoins(id, 2), call("key"), store=store)).result == Count(2)


async def test_a_key_used_for_another_request_is_refused(store: MemoryEventStore) -> None:
    id = await new_jar(store, 1)
    await put_coins(PutCoins(id, 2), call("key", body=b"2"), store=store)

    with pytest.raises(KeyReused):
        await put_coins(PutCoins(id, 3), call("key", body=b"3"), store=store)


async def test_commands_at_the_same_moment_all_take_effect(store: MemoryEventStore) -> None:
    id = await new_jar(store, 0)
    await asyncio.gather(*(put_coins(PutCoins(id, 1), call(), store=store) for _ in range(8)))

    assert (await store.load(JAR, id)).state.coins == 8


async def test_a_caller_who_named_a_version_hears_of_a_lost_race_only_where_that_is_the_version_no_more(
    store: MemoryEventStore,
) -> None:
    id, other = await new_jar(store, 0), await new_jar(store, 0)
    seen = msgspec.structs.replace(call(), expected=1)
    answers = await asyncio.gather(
        *(put_coins(PutCoins(id, 1), seen, store=store) for _ in range(2)), return_exceptions=True
    )
    assert {Saved, StaleVersion} == {type(answer) for answer in answers}

    pours = [pour_coins(PourCoins(each, id), seen, store=store) for each in (other, await new_jar(store, 0))]
    assert [Count(1)] * 2 == [saved.result for saved in await asyncio.gather(*pours)]


async def test_a_rehearsal_says_what_would_be_recorded_and_records_nothing(store: MemoryEventStore) -> None:
    id = await new_jar(store, 1)
    head = await store.head("sample")
    rehearsed = await put_coins(PutCoins(id, 2), call("key"), store=DryRun(store))

    assert ((CoinsPut(2),), {id: 2}) == (rehearsed.events, rehearsed.versions)
    assert await store.head("sample") == head
    assert not (await put_coins(PutCoins(id, 2), call("key"), store=store)).replayed
