"""A follower's place, and the messages that it took in, are saved with what it decided."""

import asyncio
from uuid import uuid4

import pytest

from application.store import EventStore, Inbox, Overtaken, TakenInBefore, Tracking, VersionConflict
from tests.contracts.jars import JAR, CoinsPut, NoSuchJar, call, jar, stored


class Following:
    async def test_a_followers_place_is_saved_with_what_it_decided(self, store: EventStore) -> None:
        assert await store.tracked("cashier", "ordering", context="sample") == 0

        await store.save(jar(CoinsPut(1)), call=call(), result=None, tracking=Tracking("cashier", "ordering", 7))
        await store.save(call=call(), result=None, tracking=Tracking("cashier", "ordering", 9), context="sample")

        assert await store.tracked("cashier", "ordering", context="sample") == 9
        assert await store.tracked("cashier", "basket", context="sample") == 0

    async def test_a_follower_that_was_overtaken_saves_nothing(self, store: EventStore) -> None:
        await store.save(call=call(), result=None, tracking=Tracking("cashier", "ordering", 7), context="sample")

        for late in (Tracking("cashier", "ordering", 7), Tracking("cashier", "ordering", 9, after=5)):
            stream = jar(CoinsPut(1))
            with pytest.raises(Overtaken):
                await store.save(stream, call=call(), result=None, tracking=late)
            with pytest.raises(NoSuchJar):
                await store.load(JAR, stream.id)
        await store.save(
            call=call(), result=None, tracking=Tracking("cashier", "ordering", 9, after=7), context="sample"
        )

        assert await store.tracked("cashier", "ordering", context="sample") == 9

    @pytest.mark.proves("P8")
    async def test_a_message_is_taken_in_once_with_what_was_decided(self, store: EventStore) -> None:
        first, second, third = uuid4(), uuid4(), uuid4()
        await store.save(jar(CoinsPut(1)), call=call(), result=None, inbox=Inbox("cashier", (first, second)))
        stream = jar(CoinsPut(1))
        before = await store.head("sample")

        for again in ((second, third), (third, second, first)):
            with pytest.raises(TakenInBefore) as refused:
                await store.save(stream, call=call(), result=None, inbox=Inbox("cashier", again))
            assert refused.value.messages == {*again} - {third}

        assert before == await store.head("sample")
        await store.save(call=call(), result=None, inbox=Inbox("cashier", (third,)), context="sample")
        await store.save(stream, call=call(), result=None, inbox=Inbox("packer", (first,)))
        with pytest.raises(TakenInBefore):
            await store.save(call=call(), result=None, inbox=Inbox("cashier", (third,)), context="sample")

    async def test_what_loses_a_race_takes_no_message_in(self, store: EventStore) -> None:
        stream, message = await stored(store), uuid4()

        with pytest.raises(VersionConflict):
            await store.save(
                jar(CoinsPut(9), id=stream.id), call=call(), result=None, inbox=Inbox("cashier", (message,))
            )

        await store.save(call=call(), result=None, inbox=Inbox("cashier", (message,)), context="sample")

    async def test_of_many_who_take_a_message_in_at_once_one_does(self, store: EventStore) -> None:
        message = uuid4()
        outcomes = await asyncio.gather(
            *(
                store.save(jar(CoinsPut(1)), call=call(), result=None, inbox=Inbox("cashier", (message,)))
                for _ in range(20)
            ),
            return_exceptions=True,
        )

        assert 19 == sum(isinstance(outcome, TakenInBefore) for outcome in outcomes)
        assert 1 == len(await store.read("sample"))
