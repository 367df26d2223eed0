"""The log of a context: every fact once, in order, as it was recorded."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import msgspec

from application.store import EventStore, Stream
from domain.kernel import Event, Fact
from tests.contracts.jars import JAR, LID, CoinsPut, JarEmptied, LidTurned, call, jar


class Log:
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
