"""Followers go on, with nothing missed and nothing done twice, whatever is killed or cut."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.projection import ProjectionFollower
from adapters.followers.rebuild import Rebuild
from adapters.followers.verify import Verification
from adapters.postgres.migrations import FOLDERS, migrate
from projections.kernel import fold
from projections.order_summary import ORDER_SUMMARY
from tests.adapters.followers.running import Recorder, reached, running, shop
from tests.services.postgres import PostgresServer
from tests.services.proxy import POSTGRES, Proxy, is_notification
from tests.waiting import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[PostgresEventStore, Pool]]:
    async with (
        PostgresEventStore(CONTEXTS, {context.name: url for context in CONTEXTS}) as store,
        make_follower_pool(url) as pool,
    ):
        yield store, pool


async def positions(store: PostgresEventStore) -> list[int]:
    return [fact.position for fact in await store.read("ordering", limit=100_000)]


@asynccontextmanager
async def another_process(what: str, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.following", what, url, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.soak
@pytest.mark.proves("P5", "F7", "F8")
@pytest.mark.parametrize("fault", ["lost", "black hole", "refused", "cut"])
async def test_without_any_notification_events_arrive_all_the_same(
    migrated_database_url: str, fault: str, at_scale: Callable[[int, int], int]
) -> None:
    async with opened(migrated_database_url) as (store, pool), Proxy.to(migrated_database_url) as proxy:
        follower = Recorder(pool)
        async with running([follower], store, pool, listen=proxy.url):
            await reached(follower, await shop(store, 2))
            match fault:
                case "lost":
                    proxy.drop(POSTGRES, is_notification)
                case "black hole":
                    proxy.blackhole()
                case "refused":
                    proxy.refuse()
                    proxy.cut()
                case _:
                    proxy.cut()
            for turn in range(at_scale(3, 50)):
                await reached(follower, await shop(store, 2, seed=turn), timeout=20)

        assert await positions(store) == await follower.handled()


@pytest.mark.proves("F8")
async def test_a_notification_wakes_long_before_the_clock(migrated_database_url: str) -> None:
    async with opened(migrated_database_url) as (store, pool):
        follower = Recorder(pool)
        async with running([follower], store, pool, listen=migrated_database_url):
            for turn in range(5):
                await reached(follower, await shop(store, 1, seed=turn))

        assert await positions(store) == await follower.handled()


@pytest.mark.proves("F26", "P4")
async def test_when_the_holder_is_killed_another_takes_over_where_it_stood(migrated_database_url: str) -> None:
    async with opened(migrated_database_url) as (store, pool):
        follower = Recorder(pool)
        async with another_process("follow", migrated_database_url) as process:

            async def working() -> bool:
                return await follower.position() > 0

            await shop(store, 5)
            await until(working)
            async with running([follower], store, pool):
                await shop(store, 20, seed=2)
                process.kill()
                last = await shop(store, 20, seed=3)
                await reached(follower, last, timeout=10)

        assert await positions(store) == await follower.handled()


@pytest.mark.proves("F30", "P6")
async def test_a_killed_rebuild_goes_on_from_its_checkpoint(migrated_database_url: str) -> None:
    async with opened(migrated_database_url) as (store, pool):
        live = ProjectionFollower(ORDER_SUMMARY, store, pool)
        await live.take()
        last = await shop(store, 150)
        facts = await store.read("ordering", limit=10_000)
        async with another_process("rebuild", migrated_database_url) as process:
            assert process.stdout
            done = 0
            while done < len(facts) // 2:
                line = await asyncio.wait_for(process.stdout.readline(), 30)
                done = int(line.split()[1])
            process.kill()

        rebuilt = await Rebuild(ORDER_SUMMARY, store, pool).run()

        assert 0 < rebuilt.events < len(facts)
        assert last == rebuilt.position
        async with pool.connection() as connection, connection.transaction():
            rows = [row async for page in live.table.pages(connection) for row in page]
            assert fold(ORDER_SUMMARY, facts) == {(row.order_id,): row for row in rows}


@pytest.mark.soak
@pytest.mark.proves("P6")
async def test_a_rebuild_takes_over_from_a_follower_that_is_busy(
    migrated_database_url: str, at_scale: Callable[[int, int], int]
) -> None:
    orders, page = at_scale(350, 350_000), at_scale(10, 500)
    async with opened(migrated_database_url) as (store, pool):
        live = ProjectionFollower(ORDER_SUMMARY, store, pool)
        async with running([live], store, pool, page=page):
            await reached(live, await shop(store, orders // 7))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(shop(store, orders - orders // 7, seed=2))
                for _ in range(3):
                    await Rebuild(ORDER_SUMMARY, store, pool, most_rows=4 * page, page=2 * page).run()
            await reached(live, await store.head("ordering"), timeout=600)

        for _ in range(2):
            found = await Verification(ORDER_SUMMARY, store, pool).run()
            assert (await store.head("ordering"), orders, 0) == (found.position, found.rows, found.differing)
            await Rebuild(ORDER_SUMMARY, store, pool).run()


@pytest.mark.proves("F1", "F2", "P4")
async def test_followers_survive_the_death_of_postgres(postgres_server: PostgresServer) -> None:
    for schema in FOLDERS:
        migrate(postgres_server.url, schema)
    async with opened(postgres_server.url) as (store, pool):
        live = ProjectionFollower(ORDER_SUMMARY, store, pool)
        async with running([live], store, pool, listen=postgres_server.url):
            await reached(live, await shop(store, 30))
            await asyncio.to_thread(postgres_server.kill)
            await asyncio.to_thread(postgres_server.start)
            last = await anyhow(store)
            await reached(live, last, timeout=30)

        facts = await store.read("ordering", limit=10_000)
        async with pool.connection() as connection, connection.transaction():
            rows = [row async for page in live.table.pages(connection) for row in page]
            assert fold(ORDER_SUMMARY, facts) == {(row.order_id,): row for row in rows}


async def anyhow(store: PostgresEventStore) -> int:
    """Orders, once the store has found its server again."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await shop(store, 10, seed=5)
            except Exception:  # whatever it says while the server is away
                await asyncio.sleep(0.1)
