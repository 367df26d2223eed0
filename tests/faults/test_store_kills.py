"""Postgres is killed while commands are written: none that was acknowledged is lost, none takes effect twice."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.faults.storing import Load, doubled, eventually, lost, make_log, open_store
from tests.services.postgres import PostgresServer, connect

pytestmark = [pytest.mark.anyio, pytest.mark.soak]


def kill_writer(server: PostgresServer) -> None:
    """`kill -9` of the backend that writes the log; the postmaster then resets all sessions."""
    with connect(server.url) as connection:
        writers = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%sample writer'"
        pids = [pid for (pid,) in connection.execute(writers)]
    for pid in pids:
        with suppress(ValueError, ProcessLookupError):
            server.kill_backend(pid)


def kill_postmaster(server: PostgresServer) -> None:
    server.kill()
    server.start()


def shut_down_immediately(server: PostgresServer) -> None:
    server.shut_down_immediately()
    server.start()


@pytest.mark.parametrize("kill", [kill_writer, kill_postmaster, shut_down_immediately])
@pytest.mark.proves("P1", "P2", "F1", "F2", "F3")
async def test_killing_postgres_under_load_loses_no_acknowledged_command_and_doubles_none(
    postgres_server: PostgresServer, kill: Callable[[PostgresServer], None], at_scale: Callable[[int, int], int]
) -> None:
    url = make_log(postgres_server.url)
    kills, between = at_scale(5, 170), at_scale(1_000, 2_000)
    async with open_store(url) as store:
        load = Load(store, callers=16)
        async with load.running():
            for _ in range(kills):
                await load.more(between)
                await asyncio.to_thread(kill, postgres_server)
            await load.more(between)
        await eventually(lambda: store.head("sample"))

    assert lost(url, load.acknowledged) == set()
    assert doubled(url) == []


@pytest.mark.proves("P1", "P2", "F1")
async def test_commands_without_a_key_are_found_again_too(
    postgres_server: PostgresServer, at_scale: Callable[[int, int], int]
) -> None:
    """What such a command wrote is known by the ids of its events."""
    url = make_log(postgres_server.url)
    async with open_store(url, patience=10.0) as store:
        load = Load(store, keyed=False)
        async with load.running():
            for _ in range(at_scale(5, 100)):
                await load.more(300)
                await asyncio.to_thread(kill_writer, postgres_server)

    assert load.unavailable == 0
    with connect(url) as connection:
        stored = connection.execute("SELECT count(*) FROM sample.events").fetchone()
    assert stored == (len(load.acknowledged),)
    assert lost(url, load.acknowledged) == set()
