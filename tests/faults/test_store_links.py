"""Links that die at the worst moments, and servers that don't answer: one command, one effect, one honest answer."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Literal
from uuid import uuid4

import psycopg
import pytest

from adapters.eventstore.store import PostgresEventStore
from application.store import KeyReused, Overtaken, StoreUnavailable, Tracking
from tests.contracts.jars import JAR, CoinsPut, call, jar, put, stored
from tests.faults.storing import check, doubled, eventually, eventually_true, lost, make_log, open_store
from tests.services.postgres import PostgresServer
from tests.services.proxy import Proxy

pytestmark = pytest.mark.anyio

Side = Literal["client", "server"]

BEHIND_COMMIT: tuple[bytes, Side] = (b"COMMIT\0", "client")
"""It is done, and nobody hears of it."""
BEFORE_COMMIT: tuple[bytes, Side] = (b"COMMIT", "server")
"""All but the last word was said."""


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    make_log(database_url)
    async with Proxy.to(database_url) as proxy:
        yield proxy


@pytest.fixture
async def store(proxy: Proxy) -> AsyncIterator[PostgresEventStore]:
    async with open_store(proxy.url, patience=1.0) as store:
        await store.save(jar(CoinsPut(1)), call=call(), result=None)  # the link is up
        yield store


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without a key"])
@pytest.mark.parametrize("where", [BEHIND_COMMIT, BEFORE_COMMIT], ids=["behind COMMIT", "before COMMIT"])
@pytest.mark.proves("F5", "F6", "P2")
async def test_a_link_cut_around_commit_is_answered_with_success_and_one_effect(
    store: PostgresEventStore,
    proxy: Proxy,
    database_url: str,
    where: tuple[bytes, Side],
    keyed: bool,
    at_scale: Callable[[int, int], int],
) -> None:
    pattern, side = where
    rounds = at_scale(10, 250)
    for number in range(rounds):
        ids = [uuid4() for _ in range(5)]
        proxy.cut_on(pattern, to=side)
        answers = await asyncio.gather(
            *(store.save(jar(CoinsPut(1), id=id), call=call(str(id) if keyed else None), result=id) for id in ids)
        )

        assert proxy.cuts_made == number + 1
        for id, saved in zip(ids, answers, strict=True):
            check(saved, id)
            assert saved.events == (CoinsPut(1),)
        assert not lost(database_url, {id: str(id) if keyed else None for id in ids})
    assert doubled(database_url) == []


async def test_a_link_cut_behind_a_commit_without_events_is_success_too(
    store: PostgresEventStore, proxy: Proxy
) -> None:
    proxy.cut_on(*BEHIND_COMMIT[:1], to=BEHIND_COMMIT[1])
    await store.save(call=call(), result=None, context="sample", tracking=Tracking("cashier", "ordering", 7))
    proxy.cut_on(*BEHIND_COMMIT[:1], to=BEHIND_COMMIT[1])
    seen = await store.save(call=call("k"), result="nothing", context="sample")

    assert proxy.cuts_made == 2
    assert await store.tracked("cashier", "ordering", context="sample") == 7
    assert seen.result == "nothing"
    with pytest.raises(Overtaken):
        await store.save(call=call(), result=None, context="sample", tracking=Tracking("cashier", "ordering", 7))
    with pytest.raises(KeyReused):
        await store.recall(call("k", body=b"other"), "sample", str)


@pytest.mark.proves("F5")
async def test_refusals_in_a_group_that_is_tried_again_stay_refusals(store: PostgresEventStore, proxy: Proxy) -> None:
    taken = jar(CoinsPut(1))
    await store.save(taken, call=call(), result=None)
    proxy.cut_on(BEHIND_COMMIT[0], to="client")

    outcomes = await asyncio.gather(
        store.save(jar(CoinsPut(1), id=taken.id), call=call("a"), result=None),
        store.save(jar(CoinsPut(1)), call=call("b"), result=None),
        return_exceptions=True,
    )

    assert [type(outcome).__name__ for outcome in outcomes] == ["VersionConflict", "Saved"]


@pytest.mark.proves("F12")
async def test_a_server_that_takes_no_connections_is_unavailable_and_then_found_again(
    store: PostgresEventStore, proxy: Proxy
) -> None:
    proxy.refuse()
    proxy.cut()

    with pytest.raises(StoreUnavailable):
        await store.save(jar(CoinsPut(1)), call=call(), result=None)
    with pytest.raises(StoreUnavailable):
        await store.head("sample")
    proxy.pass_through()

    await eventually(lambda: store.save(jar(CoinsPut(1)), call=call(), result=None))
    await eventually(lambda: store.head("sample"))


async def test_a_read_on_a_dead_link_is_read_again_on_another(store: PostgresEventStore, proxy: Proxy) -> None:
    stream = await stored(store)
    for _ in range(5):
        proxy.cut_on(b"sample.CoinsPut", to="client")

        assert (await store.load(JAR, stream.id)).version == 1
    assert proxy.cuts_made == 5


@pytest.mark.proves("F4", "P22")
async def test_a_link_that_swallows_everything_is_given_up_in_time(store: PostgresEventStore, proxy: Proxy) -> None:
    stream = await stored(store)
    proxy.blackhole()

    outcomes = await asyncio.gather(
        *(store.save(jar(CoinsPut(1)), call=call(), result=None) for _ in range(20)),
        *(store.load(JAR, stream.id) for _ in range(20)),
        return_exceptions=True,
    )
    proxy.pass_through()

    assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    await eventually(lambda: put(store, stream))


@pytest.mark.proves("F4", "P22")
async def test_a_frozen_server_is_unavailable_and_serves_again_when_thawed(postgres_server: PostgresServer) -> None:
    url = make_log(postgres_server.url)
    async with open_store(url, patience=1.0) as store:
        stream = await stored(store)
        tasks = len(asyncio.all_tasks())
        postgres_server.freeze()
        thaw = threading.Timer(8.0, postgres_server.thaw)  # even if this test hangs
        thaw.start()
        try:
            for round in range(2):
                writes = (store.save(jar(CoinsPut(1)), call=call(f"{round}-{n}"), result=None) for n in range(30))
                outcomes = await asyncio.gather(
                    *writes, *(store.head("sample") for _ in range(30)), return_exceptions=True
                )

                assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
        finally:
            thaw.cancel()
            postgres_server.thaw()

        await eventually(lambda: put(store, stream))
        await eventually(lambda: store.load(JAR, stream.id))
        for key in ("0-0", "1-29"):  # the client tries again with its key
            await eventually(partial(store.save, jar(CoinsPut(1)), call=call(key), result=None))
        await eventually_true(lambda: len(asyncio.all_tasks()) <= tasks)
    with psycopg.connect(url) as connection:
        done = connection.execute("SELECT count(*), count(DISTINCT key) FROM sample.commands").fetchone()
    assert done is not None
    assert done[0] == done[1]
    assert doubled(url) in ([], [stream.id])


@pytest.mark.proves("F13")
async def test_a_log_that_somebody_keeps_locked_is_unavailable_to_write_and_open_to_read(database_url: str) -> None:
    make_log(database_url)
    async with open_store(database_url, lock_timeout=0.3) as store:
        stream = await stored(store)
        with psycopg.connect(database_url) as hog:
            hog.execute("LOCK TABLE sample.events IN EXCLUSIVE MODE")

            with pytest.raises(StoreUnavailable, match="held the log"):
                await store.save(jar(CoinsPut(1)), call=call(), result=None)
            assert (await store.load(JAR, stream.id)).version == 1

        await put(store, stream)


async def commits_wait(url: str) -> None:
    """Returns once a commit waits for the standby: the server takes in new settings in its own time."""
    async with asyncio.timeout(20), await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            commit = asyncio.create_task(connection.execute("SELECT pg_logical_emit_message(true, 'test', '')"))
            done, _ = await asyncio.wait([commit], timeout=0.3)
            if not done:
                await connection.cancel_safe()
                await commit
                return


@pytest.mark.proves("F37")
async def test_a_commit_that_a_standby_did_not_confirm_is_not_acknowledged(postgres_server: PostgresServer) -> None:
    url = make_log(postgres_server.url)
    async with open_store(url, patience=1.5) as store:
        await store.save(jar(CoinsPut(1)), call=call(), result=None)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            admin.execute("SELECT pg_reload_conf()")
            await commits_wait(url)
            try:
                saving = asyncio.create_task(store.save(jar(CoinsPut(1)), call=call("k"), result=None))
                waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                while not saving.done():
                    admin.execute(waiting)  # each commit then succeeds with a warning
                    await asyncio.sleep(0.02)
                with pytest.raises(StoreUnavailable):
                    await saving
            finally:
                admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
                admin.execute("SELECT pg_reload_conf()")

        again = await eventually(lambda: store.save(jar(CoinsPut(1)), call=call("k"), result=None))
        assert again.replayed
