"""A stream is loaded as it was saved, at any version and however long it is."""

from decimal import Decimal
from uuid import uuid4

import pytest

from application.store import EventStore, IdTaken, Stream
from domain.kernel import NotFound, StaleVersion
from tests.contracts.jars import JAR, LID, CoinsPut, Jar, JarEmptied, LidTurned, NoSuchJar, call, jar, put, stored


class Streams:
    async def test_a_saved_stream_loads_with_its_state_and_version(self, store: EventStore) -> None:
        stream = jar(CoinsPut(3), JarEmptied(), CoinsPut(2, Decimal("2.50")))
        saved = await store.save(stream, call=call(), result="done")

        loaded = await store.load(JAR, stream.id)

        assert loaded.state == Jar(2, Decimal("5.00"))
        assert (loaded.version, loaded.pending) == (3, [])
        assert saved.result == "done"
        assert saved.versions == {stream.id: 3}
        assert saved.positions == {"sample": await store.head("sample")}
        assert saved.events == (CoinsPut(3), JarEmptied(), CoinsPut(2, Decimal("2.50")))
        assert not saved.replayed

    async def test_a_stream_that_is_not_there_is_refused_as_its_aggregate_says(self, store: EventStore) -> None:
        with pytest.raises(NoSuchJar):
            await store.load(JAR, uuid4())
        with pytest.raises(NoSuchJar):
            await store.history(JAR, uuid4())

    async def test_a_stream_that_may_be_empty_begins_where_its_aggregate_says(self, store: EventStore) -> None:
        lid = await store.load(LID, uuid4())

        assert (lid.version, lid.state) == (0, ())

    @pytest.mark.proves("B27")
    async def test_the_id_of_another_kind_of_stream_is_not_found(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        lid = Stream.new(LID, uuid4())
        lid.add([LidTurned("bob")])
        await store.save(stream, lid, call=call(), result=None)

        with pytest.raises(NoSuchJar):
            await store.load(JAR, lid.id)
        with pytest.raises(NotFound):
            await store.load(LID, stream.id)
        with pytest.raises(NoSuchJar):
            await store.history(JAR, lid.id)
        found = await store.load_many(JAR, [lid.id, stream.id])
        assert (found[lid.id].version, found[lid.id].state, found[lid.id].foreign) == (0, Jar(), True)
        assert not found[stream.id].foreign

    async def test_nothing_is_saved_where_an_id_is_taken_by_another_kind_of_stream(self, store: EventStore) -> None:
        lid, other = Stream.new(LID, uuid4()), jar(CoinsPut(1))
        lid.add([LidTurned("bob")])
        await store.save(lid, call=call(), result=None)
        taken = (await store.load_many(JAR, [lid.id]))[lid.id]
        taken.add([CoinsPut(1)])

        with pytest.raises(IdTaken) as caught:
            await store.save(other, taken, call=call(), result=None)
        assert {"id": str(lid.id)} == caught.value.fields
        with pytest.raises(NoSuchJar):
            await store.load(JAR, other.id)

    async def test_the_expected_version_is_checked(self, store: EventStore) -> None:
        stream = await stored(store, CoinsPut(1), CoinsPut(1))

        await store.load(JAR, stream.id, expected=2)
        with pytest.raises(StaleVersion):
            await store.load(JAR, stream.id, expected=1)

    async def test_a_stream_loads_as_it_was_at_any_version(self, store: EventStore) -> None:
        stream = await stored(store)
        for _ in range(24):
            await put(store, stream)

        for version in range(1, 26):
            loaded = await store.load(JAR, stream.id, at=version)

            assert (loaded.version, loaded.state.coins) == (version, version)

    async def test_long_streams_load_like_short_ones(self, store: EventStore) -> None:
        """Snapshots change nothing that can be seen."""
        stream = await stored(store)
        for round in range(1, 13):
            await put(store, stream, count=7)
            loaded = await store.load(JAR, stream.id)

            assert loaded.state.coins == loaded.version == 1 + 7 * round

    async def test_many_streams_load_at_once(self, store: EventStore) -> None:
        first, second, missing = jar(CoinsPut(1)), jar(CoinsPut(2), CoinsPut(3)), uuid4()
        await store.save(first, second, call=call(), result=None)

        found = await store.load_many(JAR, [second.id, missing, first.id, second.id])

        assert {id: (stream.version, stream.state.coins) for id, stream in found.items()} == {
            first.id: (1, 1),
            second.id: (2, 5),
            missing: (0, 0),
        }
        assert found == await store.load_many(JAR, [second.id, missing, first.id] * 50)
        assert await store.load_many(JAR, []) == {}
