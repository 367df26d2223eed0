"""A command takes effect once, however often it comes, and answers alike."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
import pytest

from application.store import EventStore, KeyReused
from tests.contracts.jars import JAR, LID, CoinsPut, call, jar, put, stored


class Receipt(msgspec.Struct, frozen=True):
    jar: UUID
    total: Decimal


class Repeating:
    @pytest.mark.proves("ORD-06", "P2", "P3")
    async def test_a_command_that_comes_again_answers_what_it_answered(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        receipt = Receipt(stream.id, Decimal("0.1000"))
        first = await store.save(stream, call=call("k"), result=receipt)

        recalled = await store.recall(call("k"), "sample", Receipt)
        again = await store.save(jar(CoinsPut(5)), call=call("k"), result=Receipt(uuid4(), Decimal(7)))

        assert recalled is not None
        assert recalled == again
        assert recalled.replayed
        assert (recalled.result, recalled.versions, recalled.positions) == (receipt, first.versions, first.positions)
        assert recalled.events == ()
        assert first.positions == {"sample": await store.head("sample")}

    async def test_nothing_is_recalled_of_a_command_that_was_not_done_or_has_no_key(self, store: EventStore) -> None:
        assert await store.recall(call("k"), "sample", Receipt) is None
        assert await store.recall(call(), "sample", Receipt) is None

    @pytest.mark.proves("B44")
    async def test_a_key_that_comes_with_another_request_is_refused(self, store: EventStore) -> None:
        await store.save(jar(CoinsPut(1)), call=call("k", body=b"one"), result=None)

        with pytest.raises(KeyReused):
            await store.recall(call("k", body=b"two"), "sample", Receipt)
        with pytest.raises(KeyReused):
            await store.save(jar(CoinsPut(1)), call=call("k", body=b"two"), result=None)

    @pytest.mark.proves("B46")
    async def test_keys_belong_to_one_caller_and_one_kind_of_command(self, store: EventStore) -> None:
        await store.save(jar(CoinsPut(1)), call=call("k"), result=None)

        for other in (call("k", caller="bob"), call("k", scope="POST /jars")):
            saved = await store.save(jar(CoinsPut(1)), call=other, result=None)

            assert not saved.replayed

    async def test_a_command_that_decided_nothing_leaves_its_record(self, store: EventStore) -> None:
        stream = await stored(store)
        before = await store.head("sample")

        saved = await store.save(await store.load(JAR, stream.id), call=call("k"), result="nothing to do")
        recalled = await store.recall(call("k"), "sample", str)

        assert (saved.positions, saved.versions) == ({"sample": before}, {stream.id: 1})
        assert recalled is not None
        assert (recalled.result, recalled.versions) == ("nothing to do", {stream.id: 1})
        assert recalled.positions == saved.positions
        assert before == await store.head("sample")

    async def test_a_command_without_a_key_that_decided_nothing_changes_nothing(self, store: EventStore) -> None:
        stream = await stored(store)
        seen = await store.load(JAR, stream.id)
        before = await store.head("sample")

        saved = await store.save(seen, call=call(), result="nothing")

        assert (saved.result, saved.versions, saved.positions) == ("nothing", {stream.id: 1}, {"sample": before})
        assert before == await store.head("sample")

    async def test_what_was_found_is_answered_with_the_position_at_which_it_is_seen(self, store: EventStore) -> None:
        """However it was loaded: with others, by a snapshot alone, or as it was."""
        stream = jar(CoinsPut(1))
        saved = await store.save(stream, call=call(), result=None)
        assert (await store.load(JAR, stream.id)).position == saved.positions["sample"]
        for _ in range(19):
            await put(store, stream)
        last = await store.head("sample")
        other = await stored(store)
        for key in (None, "k"):
            found = (await store.load_many(JAR, [stream.id, other.id, uuid4()]))[stream.id]
            nothing = await store.save(found, call=call(key), result=None)

            assert (found.position, nothing.positions) == (last, {"sample": last})
        assert (await store.load(JAR, stream.id, at=1)).position == saved.positions["sample"]
        assert (await store.load(LID, uuid4())).position == 0
        assert (await store.save(await store.load(LID, uuid4()), call=call("new"), result=None)).positions == {}

    async def test_a_command_that_looked_at_several_streams_is_seen_at_the_last_of_them(
        self, store: EventStore
    ) -> None:
        first, second = await stored(store), await stored(store)
        found = await store.load_many(JAR, [second.id, first.id])
        seen = await store.save(*found.values(), call=call(), result=None)

        assert seen.positions == {"sample": await store.head("sample")}

    @pytest.mark.proves("P3")
    async def test_of_fifty_equal_commands_at_once_one_takes_effect_and_all_answer_alike(
        self, store: EventStore
    ) -> None:
        id = uuid4()
        outcomes = await asyncio.gather(
            *(store.save(jar(CoinsPut(1), id=id), call=call("k"), result=number) for number in range(50))
        )

        assert len({outcome.result for outcome in outcomes}) == 1
        assert sorted(outcome.replayed for outcome in outcomes) == [False] + [True] * 49
        assert len(await store.history(JAR, id)) == 1
