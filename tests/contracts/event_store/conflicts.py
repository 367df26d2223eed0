"""Who saw something else than what there is by now is refused, and nothing of it is saved."""

import asyncio
from uuid import uuid4

import pytest

from application.store import EventStore, Stream, VersionConflict
from domain.kernel import Aggregate, members
from tests.contracts.jars import JAR, CoinsPut, Jar, JarEmptied, JarEvent, NoSuchJar, call, evolve, jar, put, stored


class Conflicts:
    async def test_the_second_of_two_who_saw_the_same_version_is_refused(self, store: EventStore) -> None:
        stream = await stored(store)
        mine, yours = await store.load(JAR, stream.id), await store.load(JAR, stream.id)
        mine.add([CoinsPut(2)])
        yours.add([JarEmptied()])
        await store.save(mine, call=call(), result=None)

        with pytest.raises(VersionConflict):
            await store.save(yours, call=call("k"), result=None)

        assert (await store.load(JAR, stream.id)).state.coins == 3
        assert await store.recall(call("k"), "sample", str) is None

    async def test_a_new_stream_is_refused_where_one_stands(self, store: EventStore) -> None:
        stream = await stored(store)

        with pytest.raises(VersionConflict):
            await store.save(jar(CoinsPut(9), id=stream.id), call=call(), result=None)

    async def test_a_stream_is_not_continued_beyond_its_end(self, store: EventStore) -> None:
        stream = await stored(store)
        ahead = Stream(JAR, stream.id, 5, Jar())
        ahead.add([CoinsPut(1)])

        with pytest.raises(VersionConflict):
            await store.save(ahead, call=call(), result=None)

    async def test_a_stream_that_was_only_looked_at_is_checked_too(self, store: EventStore) -> None:
        stream = await stored(store)
        seen = await store.load(JAR, stream.id)
        await put(store, stream)

        with pytest.raises(VersionConflict):
            await store.save(seen, jar(CoinsPut(1)), call=call(), result=None)

    @pytest.mark.proves("ORD-07")
    async def test_a_command_on_several_streams_is_all_or_nothing(self, store: EventStore) -> None:
        stream, other = await stored(store), jar(CoinsPut(1))
        before = await store.head("sample")

        with pytest.raises(VersionConflict):
            await store.save(other, jar(CoinsPut(1), id=stream.id), call=call(), result=None)

        assert before == await store.head("sample")
        with pytest.raises(NoSuchJar):
            await store.load(JAR, other.id)

    async def test_of_many_at_once_on_one_stream_one_wins_and_the_others_are_told(self, store: EventStore) -> None:
        stream = await stored(store)
        rivals = [await store.load(JAR, stream.id) for _ in range(20)]
        for rival in rivals:
            rival.add([CoinsPut(1)])
        bystanders = [jar(CoinsPut(1)) for _ in range(20)]

        outcomes = await asyncio.gather(
            *(
                store.save(each, call=call(), result=None)
                for pair in zip(rivals, bystanders, strict=True)
                for each in pair
            ),
            return_exceptions=True,
        )

        losers = [outcome for outcome in outcomes if isinstance(outcome, VersionConflict)]
        assert len(losers) == 19
        assert not [other for other in outcomes[1::2] if isinstance(other, BaseException)]
        assert (await store.load(JAR, stream.id)).version == 2

    async def test_streams_of_one_command_must_be_of_one_context(self, store: EventStore) -> None:
        elsewhere: Stream[Jar, JarEvent] = Stream.new(Aggregate("other.jar", Jar(), evolve, members(JarEvent)), uuid4())

        with pytest.raises(ValueError, match="one context"):
            await store.save(jar(CoinsPut(1)), elsewhere, call=call(), result=None)
        with pytest.raises(ValueError, match="one context"):
            await store.save(call=call(), result=None)

    async def test_one_stream_given_twice_is_an_error(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))

        with pytest.raises(ValueError, match="twice"):
            await store.save(stream, stream, call=call(), result=None)
