"""What every event store must do. A test class of an adapter inherits these tests and gives the fixture `store`.

The streams are jars of coins, in a context of their own.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias, assert_never
from uuid import UUID, uuid4

import msgspec
import pytest

from application.store import (
    Call,
    EventStore,
    Idempotency,
    Inbox,
    KeyReused,
    Overtaken,
    Stream,
    TakenInBefore,
    Tracking,
    VersionConflict,
)
from domain.kernel import Aggregate, Context, Event, Fact, NotFound, StaleVersion, members


class CoinsPut(Event, frozen=True, tag="sample.CoinsPut"):
    coins: int
    value: Decimal = Decimal("0.10")


class JarEmptied(Event, frozen=True, tag="sample.JarEmptied"):
    pass


JarEvent: TypeAlias = CoinsPut | JarEmptied


class Jar(msgspec.Struct, frozen=True):
    coins: int = 0
    value: Decimal = Decimal(0)


def evolve(jar: Jar, event: JarEvent) -> Jar:
    match event:
        case CoinsPut(coins=coins, value=value):
            return Jar(jar.coins + coins, jar.value + coins * value)
        case JarEmptied():
            return Jar()
        case _:
            assert_never(event)


class NoSuchJar(NotFound):
    code = "no-such-jar"

    def __init__(self, id: UUID) -> None:
        super().__init__(f"There is no jar {id}.", id=str(id))


class LidTurned(Event, frozen=True, tag="sample.LidTurned"):
    by: str


def turn(turns: tuple[str, ...], event: LidTurned) -> tuple[str, ...]:
    return (*turns, event.by)


JAR = Aggregate("sample.jar", Jar(), evolve, members(JarEvent), missing=NoSuchJar, snapshot_every=10)
LID: Aggregate[tuple[str, ...], LidTurned] = Aggregate("sample.lid", (), turn, members(LidTurned))
SAMPLE = Context("sample", (JAR, LID))


class Receipt(msgspec.Struct, frozen=True):
    jar: UUID
    total: Decimal


def call(key: str | None = None, *, caller: str = "alice", body: bytes = b"", scope: str = "PUT /jars") -> Call:
    """A call, with an idempotency key if one is given."""
    command = key and Idempotency(key, caller, scope, hashlib.sha256(body).digest())
    return Call(caller, datetime(2026, 1, 1, tzinfo=UTC), f"trace-{uuid4()}", idempotency=command or None)


def jar(*events: JarEvent, id: UUID | None = None) -> Stream[Jar, JarEvent]:
    """A new jar with these events pending."""
    stream = Stream.new(JAR, id or uuid4())
    stream.add(events)
    return stream


async def put(store: EventStore, stream: Stream[Jar, JarEvent], coins: int = 1, count: int = 1) -> None:
    """Puts coins into a stored jar, `count` times in one command."""
    loaded = await store.load(JAR, stream.id)
    loaded.add([CoinsPut(coins)] * count)
    await store.save(loaded, call=call(), result=None)


class EventStoreContract:
    pytestmark = pytest.mark.anyio

    # Streams

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

    async def test_the_expected_version_is_checked(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1), CoinsPut(1))
        await store.save(stream, call=call(), result=None)

        await store.load(JAR, stream.id, expected=2)
        with pytest.raises(StaleVersion):
            await store.load(JAR, stream.id, expected=1)

    async def test_a_stream_loads_as_it_was_at_any_version(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        for _ in range(24):
            await put(store, stream)

        for version in range(1, 26):
            loaded = await store.load(JAR, stream.id, at=version)

            assert (loaded.version, loaded.state.coins) == (version, version)

    async def test_long_streams_load_like_short_ones(self, store: EventStore) -> None:
        """Snapshots change nothing that can be seen."""
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        for round in range(1, 13):
            await put(store, stream, count=7)
            loaded = await store.load(JAR, stream.id)

            assert loaded.state.coins == loaded.version == 1 + 7 * round

    async def test_many_streams_load_at_once(self, store: EventStore) -> None:
        first, second, missing = jar(CoinsPut(1)), jar(CoinsPut(2), CoinsPut(3)), uuid4()
        await store.save(first, second, call=call(), result=None)

        found = await store.load_many(JAR, [second.id, missing, first.id])

        assert {id: (stream.version, stream.state.coins) for id, stream in found.items()} == {
            first.id: (1, 1),
            second.id: (2, 5),
            missing: (0, 0),
        }
        assert await store.load_many(JAR, []) == {}

    # Conflicts

    async def test_the_second_of_two_who_saw_the_same_version_is_refused(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        mine, yours = await store.load(JAR, stream.id), await store.load(JAR, stream.id)
        mine.add([CoinsPut(2)])
        yours.add([JarEmptied()])
        await store.save(mine, call=call(), result=None)

        with pytest.raises(VersionConflict):
            await store.save(yours, call=call("k"), result=None)

        assert (await store.load(JAR, stream.id)).state.coins == 3
        assert await store.recall(call("k"), "sample", str) is None

    async def test_a_new_stream_is_refused_where_one_stands(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)

        with pytest.raises(VersionConflict):
            await store.save(jar(CoinsPut(9), id=stream.id), call=call(), result=None)

    async def test_a_stream_is_not_continued_beyond_its_end(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        ahead = Stream(JAR, stream.id, 5, Jar())
        ahead.add([CoinsPut(1)])

        with pytest.raises(VersionConflict):
            await store.save(ahead, call=call(), result=None)

    async def test_a_stream_that_was_only_looked_at_is_checked_too(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        seen = await store.load(JAR, stream.id)
        await put(store, stream)

        with pytest.raises(VersionConflict):
            await store.save(seen, jar(CoinsPut(1)), call=call(), result=None)

    @pytest.mark.proves("ORD-07")
    async def test_a_command_on_several_streams_is_all_or_nothing(self, store: EventStore) -> None:
        stream, other = jar(CoinsPut(1)), jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        before = await store.head("sample")

        with pytest.raises(VersionConflict):
            await store.save(other, jar(CoinsPut(1), id=stream.id), call=call(), result=None)

        assert before == await store.head("sample")
        with pytest.raises(NoSuchJar):
            await store.load(JAR, other.id)

    async def test_of_many_at_once_on_one_stream_one_wins_and_the_others_are_told(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
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

    # A command takes effect once

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
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        before = await store.head("sample")

        saved = await store.save(await store.load(JAR, stream.id), call=call("k"), result="nothing to do")
        recalled = await store.recall(call("k"), "sample", str)

        assert (saved.positions, saved.versions) == ({"sample": before}, {stream.id: 1})
        assert recalled is not None
        assert (recalled.result, recalled.versions) == ("nothing to do", {stream.id: 1})
        assert recalled.positions == saved.positions
        assert before == await store.head("sample")

    async def test_a_command_without_a_key_that_decided_nothing_changes_nothing(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1))
        await store.save(stream, call=call(), result=None)
        seen = await store.load(JAR, stream.id)
        before = await store.head("sample")

        saved = await store.save(seen, call=call(), result="nothing")

        assert (saved.result, saved.versions, saved.positions) == ("nothing", {stream.id: 1}, {"sample": before})
        assert before == await store.head("sample")

    async def test_what_was_found_is_answered_with_the_position_at_which_it_is_seen(self, store: EventStore) -> None:
        """However it was loaded: with others, by a snapshot alone, or as it was."""
        stream, other = jar(CoinsPut(1)), jar(CoinsPut(1))
        saved = await store.save(stream, call=call(), result=None)
        assert (await store.load(JAR, stream.id)).position == saved.positions["sample"]
        for _ in range(19):
            await put(store, stream)
        last = await store.head("sample")
        await store.save(other, call=call(), result=None)
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
        first, second = jar(CoinsPut(1)), jar(CoinsPut(1))
        for each in (first, second):
            await store.save(each, call=call(), result=None)
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

    # Followers

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
        stream, message = jar(CoinsPut(1)), uuid4()
        await store.save(stream, call=call(), result=None)

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

    # The log

    async def test_an_empty_log_ends_at_zero(self, store: EventStore) -> None:
        assert await store.head("sample") == 0
        assert await store.read("sample") == []

    async def test_facts_carry_who_why_and_when(self, store: EventStore) -> None:
        stream = jar(CoinsPut(1), JarEmptied())
        cause = msgspec.structs.replace(call(), actor="bob", correlation_id="c-1", causation_id="e-1")
        await store.save(stream, call=cause, result=None)

        first, second = await store.read("sample")

        assert (first.event, second.event) == (CoinsPut(1), JarEmptied())
        assert (first.context, first.stream, first.version, second.version) == ("sample", stream.id, 1, 2)
        assert (first.actor, first.correlation_id, first.causation_id) == ("bob", "c-1", "e-1")
        assert first.recorded_at.tzinfo is not None
        assert first.id != second.id

    async def test_the_log_reads_in_pages_without_gap_or_repetition(self, store: EventStore) -> None:
        await asyncio.gather(*(store.save(jar(CoinsPut(n), CoinsPut(n)), call=call(), result=None) for n in range(30)))

        seen: list[Fact[Event]] = []
        while page := await store.read("sample", after=seen[-1].position if seen else 0, limit=7):
            seen += page

        assert len({fact.id for fact in seen}) == len(seen) == 60
        assert all(a.position < b.position and a.recorded_at <= b.recorded_at for a, b in pairwise(seen))
        assert all(a.stream == b.stream for a, b in zip(seen[::2], seen[1::2], strict=True)), "an append lies together"
        assert seen[-1].position == await store.head("sample")

    async def test_the_log_reads_by_tag(self, store: EventStore) -> None:
        await store.save(jar(CoinsPut(1), JarEmptied(), CoinsPut(2)), call=call(), result=None)

        emptied = await store.read("sample", tags=["sample.JarEmptied"])
        puts = await store.read("sample", tags=("sample.CoinsPut",), after=emptied[0].position)

        assert [fact.event for fact in emptied] == [JarEmptied()]
        assert [fact.event for fact in puts] == [CoinsPut(2)]

    async def test_history_reads_in_pages(self, store: EventStore) -> None:
        stream = jar(*(CoinsPut(n) for n in range(25)))
        await store.save(stream, jar(CoinsPut(99)), call=call(), result=None)

        assert [fact.event for fact in await store.history(JAR, stream.id)] == stream.pending
        assert [fact.version for fact in await store.history(JAR, stream.id, after=10, limit=5)] == [11, 12, 13, 14, 15]
        assert await store.history(JAR, stream.id, after=25) == []

    async def test_text_and_amounts_come_back_as_they_went_in(self, store: EventStore) -> None:
        lid = Stream.new(LID, uuid4())
        lid.add([LidTurned('Zoë 🫙 "quoted" \\ \n\t%s {} $1')])
        stream = jar(CoinsPut(2**40, Decimal("999999999999.9999")))
        await store.save(lid, stream, call=call("k-é-'\"%"), result=None)

        assert (await store.load(LID, lid.id)).state == ('Zoë 🫙 "quoted" \\ \n\t%s {} $1',)
        assert (await store.history(JAR, stream.id))[0].event == CoinsPut(2**40, Decimal("999999999999.9999"))
        assert await store.recall(call("k-é-'\"%"), "sample", type(None)) is not None
