"""What holds of the log in Postgres beyond the contract: snapshots, clock, neighbours, a group's manners, analysts."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from adapters.contexts import CONTEXTS
from adapters.eventstore.group import channel
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.snapshots import Shape
from adapters.eventstore.store import PostgresEventStore
from application.store import Call, Saved, Stream, VersionConflict
from domain.kernel import Aggregate
from tests.contracts.jars import (
    JAR,
    LID,
    SAMPLE,
    CoinsPut,
    Jar,
    JarEmptied,
    JarEvent,
    LidTurned,
    call,
    jar,
    put,
    stored,
)

pytestmark = pytest.mark.anyio


def query(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


# Snapshots


async def long_stream(url: str) -> Stream[Jar, JarEvent]:
    async with PostgresEventStore([SAMPLE], {"sample": url}) as store:
        return await stored(store, *[CoinsPut(1)] * 25)  # the snapshot is taken when the store is closed


async def test_a_long_stream_loads_from_its_snapshot(log_url: str, store: PostgresEventStore) -> None:
    stream = await long_stream(log_url)
    query(log_url, "UPDATE sample.snapshots SET state = %s", msgspec.json.encode(Jar(1000)))

    assert (await store.load(JAR, stream.id)).state.coins == 1000
    assert (await store.load_many(JAR, [stream.id]))[stream.id].state.coins == 1000
    assert (await store.load(JAR, stream.id, at=24)).state.coins == 24, "the snapshot is of a later version"


async def test_only_the_latest_snapshot_is_kept(log_url: str) -> None:
    stream = await long_stream(log_url)
    async with PostgresEventStore([SAMPLE], {"sample": log_url}) as store:
        await put(store, stream, count=7)

    assert query(log_url, "SELECT originator_version FROM sample.snapshots") == [(32,)]


async def test_a_snapshot_of_another_shape_is_ignored(log_url: str, store: PostgresEventStore) -> None:
    stream = await long_stream(log_url)
    query(log_url, "UPDATE sample.snapshots SET topic = 'sample.jar#0', state = 'nonsense'")

    assert (await store.load(JAR, stream.id)).state.coins == 25


def test_a_snapshot_is_of_no_use_to_a_changed_state_or_a_changed_fold() -> None:
    class Taller(msgspec.Struct, frozen=True):
        coins: int = 0
        height: int = 0

    def otherwise(state: Jar, event: JarEvent) -> Jar:
        return state

    def taller(state: Taller, event: JarEvent) -> Taller:
        return state

    topics = [
        Shape.of(aggregate).topic
        for aggregate in (
            JAR,
            Aggregate("sample.jar", Jar(), otherwise, JAR.events),
            Aggregate("sample.jar", Taller(), taller, JAR.events),
        )
    ]

    assert len(set(topics)) == 3
    assert topics[0] == Shape.of(replace(JAR, snapshot_every=7)).topic


@pytest.mark.parametrize(
    "aggregate", [a for context in CONTEXTS for a in context.aggregates if a.snapshot_every], ids=lambda a: a.name
)
def test_each_kind_of_stream_with_snapshots_can_be_stored(aggregate: Aggregate[Any, Any]) -> None:
    assert Shape.of(aggregate).decoder.decode(msgspec.json.encode(aggregate.initial)) == aggregate.initial


# The clock


async def recorded_by_a_clock_that_was_ahead(
    log_url: str, store: PostgresEventStore, by: timedelta
) -> tuple[datetime, datetime]:
    """When an event was recorded while the clock was ahead, and when one after it."""
    await store.save(jar(CoinsPut(1)), call=call(), result=None)
    ahead = datetime.now(UTC) + by
    query(
        log_url,
        "UPDATE sample.events SET state = convert_to(jsonb_set(convert_from(state, 'UTF8')::jsonb, '{recorded_at}',"
        " to_jsonb(%s::text))::text, 'UTF8')",
        ahead.isoformat(),
    )
    await store.save(jar(CoinsPut(1)), call=call(), result=None)

    first, second = await store.read("sample")
    assert first.recorded_at == ahead
    return ahead, second.recorded_at


async def test_a_small_step_of_the_clock_backwards_is_not_seen(log_url: str, store: PostgresEventStore) -> None:
    first, second = await recorded_by_a_clock_that_was_ahead(log_url, store, timedelta(seconds=0.9))

    assert first <= second


@pytest.mark.proves("F29")
@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=3653)])
async def test_a_clock_that_was_wrong_for_one_append_is_right_in_the_next(
    log_url: str, store: PostgresEventStore, off: timedelta
) -> None:
    first, second = await recorded_by_a_clock_that_was_ahead(log_url, store, off)

    assert first - second > off - timedelta(minutes=10)


# Neighbours


@pytest.mark.proves("F31", "B60")
async def test_an_event_put_in_by_hand_stops_readers_and_not_writers(log_url: str, store: PostgresEventStore) -> None:
    insert = "INSERT INTO sample.events (originator_id, originator_version, topic, state) VALUES (%s, 1, 'x.Y', %s)"
    query(log_url, insert, uuid4(), b"\xff nonsense")
    stream = jar(CoinsPut(1))

    await store.save(stream, call=call(), result=None)

    assert (await store.load(JAR, stream.id)).version == 1
    with pytest.raises(UnreadableEvent):
        await store.read("sample")
    with pytest.raises(UnreadableEvent):
        await store.read("sample", tags=["sample.CoinsPut"])
    assert len(await store.read("sample", after=1)) == 1


async def test_vacuum_and_writers_do_not_wait_for_each_other(log_url: str, store: PostgresEventStore) -> None:
    """A vacuum's lock on the table excludes a stock recorder; ours it does not."""
    with psycopg.connect(log_url) as connection:
        connection.execute("LOCK TABLE sample.events IN SHARE UPDATE EXCLUSIVE MODE")  # as VACUUM and ANALYZE hold it

        await store.save(jar(CoinsPut(1)), call=call(), result=None)


async def test_each_group_notifies_with_its_last_position(log_url: str, store: PostgresEventStore) -> None:
    async with await psycopg.AsyncConnection.connect(log_url, autocommit=True) as listener:
        await listener.execute(f"LISTEN {channel('sample')}")
        saved = await store.save(jar(CoinsPut(1)), call=call(), result=None)
        async for notification in listener.notifies(timeout=10, stop_after=1):
            assert int(notification.payload) == saved.positions["sample"]
            return
    pytest.fail("nothing was notified")


# A group's manners


async def test_what_postgres_refuses_of_one_command_does_not_fail_the_others(store: PostgresEventStore) -> None:
    """The API lets no such key through; if it did, its neighbours would not suffer."""
    too_long = "".join(str(uuid4()) for _ in range(300))
    keys = ["a", "nul \0 in the key", "b", "half a character \ud800", "c", too_long, "d"]

    outcomes = await asyncio.gather(
        *(store.save(jar(CoinsPut(1)), call=call(key), result=None) for key in keys), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes[::2]] == [Saved] * 4
    assert [type(outcome) for outcome in outcomes[1::2]] == [
        psycopg.errors.CharacterNotInRepertoire,
        UnicodeEncodeError,
        psycopg.errors.ProgramLimitExceeded,
    ]


async def test_a_writer_that_does_not_keep_to_the_lock_is_a_conflict(log_url: str, store: PostgresEventStore) -> None:
    """The row of somebody else turns up between our look and our write: the primary key stops us, and we look again."""
    stream = jar(CoinsPut(1))
    with psycopg.connect(log_url) as other:
        other.execute(
            "INSERT INTO sample.events (originator_id, originator_version, topic, state)"
            " VALUES (%s, 1, 'sample.JarEmptied', '{}')",
            (stream.id,),
        )
        saving = asyncio.create_task(store.save(stream, call=call(), result=None))
        while not saving.done() and not query(
            log_url, "SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        ):
            await asyncio.sleep(0.01)
        other.commit()
        with pytest.raises(VersionConflict):
            await saving


async def test_a_caller_that_goes_away_takes_nobody_with_it(store: PostgresEventStore) -> None:
    saves = [asyncio.create_task(store.save(jar(CoinsPut(1)), call=call(), result=n)) for n in range(20)]
    await asyncio.sleep(0)
    for save in saves[::2]:
        save.cancel()

    outcomes = await asyncio.gather(*saves, return_exceptions=True)

    assert [outcome.result for outcome in outcomes if isinstance(outcome, Saved)] == list(range(1, 20, 2))


async def test_what_waits_is_written_before_the_store_closes(log_url: str) -> None:
    async with PostgresEventStore([SAMPLE], {"sample": log_url}) as store:
        saving = asyncio.create_task(store.save(jar(CoinsPut(1)), call=call(), result=None))
        await asyncio.sleep(0)

    assert (await saving).positions == {"sample": 1}


async def test_a_schema_that_was_not_migrated_is_an_error_and_not_an_outage(database_url: str) -> None:
    async with PostgresEventStore([SAMPLE], {"sample": database_url}) as store:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await store.save(jar(CoinsPut(1)), call=call(), result=None)
        with pytest.raises(psycopg.errors.UndefinedTable):
            await store.head("sample")


# Command records


async def test_old_command_records_are_forgotten_and_young_ones_kept(log_url: str, store: PostgresEventStore) -> None:
    for key in ("old", "young"):
        await store.save(jar(CoinsPut(1)), call=call(key), result=None)
    query(log_url, "UPDATE sample.commands SET recorded_at = recorded_at - interval '25 hours' WHERE key = 'old'")

    assert await store.forget_commands("sample", timedelta(hours=24)) == 1
    assert await store.recall(call("old"), "sample", str) is None
    assert await store.recall(call("young"), "sample", type(None)) is not None


async def test_what_was_forgotten_stays_so_where_forgetting_ends_half_way(
    log_url: str, store: PostgresEventStore
) -> None:
    """As by a time limit: so that each attempt comes further, however much there is."""
    for hours, key in enumerate(("young", "stuck", "old", "oldest"), 23):
        await store.save(jar(CoinsPut(1)), call=call(key), result=None)
        query(
            log_url,
            "UPDATE sample.commands SET recorded_at = now() - make_interval(hours => %s) WHERE key = %s",
            hours,
            key,
        )
    query(log_url, "CREATE FUNCTION stick() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE query_canceled; END$$")
    query(
        log_url,
        "CREATE TRIGGER stick BEFORE DELETE ON sample.commands FOR EACH ROW WHEN (old.key = 'stuck')"
        " EXECUTE FUNCTION stick()",
    )

    with pytest.raises(psycopg.errors.QueryCanceled):
        await store.forget_commands("sample", timedelta(hours=24))
    assert [("stuck",), ("young",)] == query(log_url, "SELECT key FROM sample.commands ORDER BY key")
    query(log_url, "DROP TRIGGER stick ON sample.commands")
    assert 1 == await store.forget_commands("sample", timedelta(hours=24))


async def test_commands_are_remembered_for_a_day_at_least(store: PostgresEventStore) -> None:
    with pytest.raises(ValueError, match="at least"):
        await store.forget_commands("sample", timedelta(hours=23))


# Analysts


async def test_analysts_read_the_log_as_columns(log_url: str, store: PostgresEventStore) -> None:
    stream, lid = jar(CoinsPut(3), JarEmptied()), Stream.new(LID, uuid4())
    lid.add([LidTurned("Zoë")])
    await store.save(stream, lid, call=Call("alice", datetime.now(UTC), "c-1", "e-1"), result=None)
    facts = await store.read("sample")

    rows = query(
        log_url,
        "SELECT position, stream, version, tag, recorded_at, id, actor, correlation_id, causation_id, schema, payload"
        " FROM sample.log ORDER BY position",
    )

    payloads = [{"coins": 3, "value": "0.10"}, {}, {"by": "Zoë"}]
    tags = ["sample.CoinsPut", "sample.JarEmptied", "sample.LidTurned"]
    assert rows == [
        (f.position, f.stream, f.version, tag, f.recorded_at, f.id, "alice", "c-1", "e-1", 1, payload)
        for f, tag, payload in zip(facts, tags, payloads, strict=True)
    ]
