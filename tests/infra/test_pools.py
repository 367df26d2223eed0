"""Pools: bounded, with a time limit on everything, and whole again by themselves after the server died."""

import asyncio
import time
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout, TooManyRequests

from adapters.postgres.pools import DEFAULTS, connection_settings, make_pool
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio

SMALL = replace(DEFAULTS, min_size=1, max_size=2)


@pytest.mark.proves("OPS-08", "P22")
async def test_who_waits_too_long_for_a_connection_is_told_so(database_url: str) -> None:
    async with make_pool(database_url, "test", replace(SMALL, timeout=0.1)) as pool:
        async with pool.connection(), pool.connection():
            with pytest.raises(PoolTimeout):
                async with pool.connection():
                    pass
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")


@pytest.mark.proves("P22")
async def test_the_queue_for_connections_is_bounded(database_url: str) -> None:
    async with (
        make_pool(database_url, "test", replace(SMALL, max_size=1, max_waiting=1)) as pool,
        pool.connection(),
    ):
        waiting = asyncio.create_task(pool.getconn(timeout=30))
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests):
            await pool.getconn(timeout=30)
        waiting.cancel()


@pytest.mark.proves("P22")
async def test_a_statement_that_takes_too_long_is_ended_and_the_connection_serves_on(database_url: str) -> None:
    async with (
        make_pool(database_url, "test", replace(SMALL, statement_timeout=0.05)) as pool,
        pool.connection() as connection,
    ):
        with pytest.raises(psycopg.errors.QueryCanceled):
            await connection.execute("SELECT pg_sleep(30)")
        await connection.execute("SELECT 1")


@pytest.mark.proves("P22")
async def test_a_lock_that_is_held_too_long_is_given_up(database_url: str) -> None:
    async with make_pool(database_url, "test", replace(SMALL, lock_timeout=0.05)) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE thing (id int)")
        async with pool.connection() as hog, hog.transaction():
            await hog.execute("LOCK TABLE thing")
            async with pool.connection() as connection:
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    await connection.execute("INSERT INTO thing VALUES (1)")


@pytest.mark.proves("OPS-08")
async def test_the_limits_are_those_of_the_settings_and_the_url_wins(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(connection_settings(database_url, "clerk")) as connection:
        for limit in ("statement_timeout", "lock_timeout"):
            cursor = await connection.execute(f"SHOW {limit}")
            assert await cursor.fetchone() == ("2s",)
        cursor = await connection.execute("SHOW application_name")
        assert await cursor.fetchone() == ("storeline clerk",)

    given = f"{database_url}?connect_timeout=9&options=-c%20statement_timeout%3D7000"
    settings = conninfo_to_dict(connection_settings(given, "clerk"))
    assert settings["connect_timeout"] == "9"
    async with await psycopg.AsyncConnection.connect(connection_settings(given, "clerk")) as connection:
        cursor = await connection.execute("SHOW statement_timeout")
        assert await cursor.fetchone() == ("7s",)


@pytest.mark.proves("P22")
async def test_after_the_server_was_killed_and_started_no_caller_gets_a_dead_connection(
    postgres_server: PostgresServer,
) -> None:
    async with make_pool(postgres_server.url, "test", replace(SMALL, min_size=2, timeout=20.0)) as pool:
        await pool.wait(timeout=10)
        postgres_server.kill()
        postgres_server.start()
        for _ in range(4):
            async with pool.connection() as connection:
                await connection.execute("SELECT 1")


@pytest.mark.proves("P22")
async def test_while_the_server_is_away_callers_are_told_in_time_and_served_again_after(
    postgres_server: PostgresServer,
) -> None:
    async with make_pool(postgres_server.url, "test", replace(SMALL, timeout=0.3)) as pool:
        await pool.wait(timeout=10)
        postgres_server.stop()
        with pytest.raises(PoolTimeout):
            async with pool.connection():
                pass
        postgres_server.start()
        deadline = time.monotonic() + 30
        while True:
            try:
                async with pool.connection() as connection:
                    await connection.execute("SELECT 1")
                break
            except PoolTimeout:
                assert time.monotonic() < deadline


async def test_a_pool_opens_before_its_server_is_there(postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    async with make_pool(postgres_server.url, "test", replace(SMALL, timeout=20.0)) as pool:
        postgres_server.start()
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")
