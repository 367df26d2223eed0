"""Followers see every fact, in order, once; whatever fails is told apart, seen, and gone past only on purpose."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest

from adapters.eventstore.store import PostgresEventStore
from adapters.followers import worker
from adapters.followers.bookmark import Pool
from adapters.followers.faults import Faults, NoSuchFault
from adapters.followers.follower import Deposed, Page
from adapters.followers.projection import ProjectionFollower
from adapters.followers.status import status
from application.store import VersionConflict
from domain import ordering
from projections.followers import State
from projections.kernel import Projection, fold
from projections.order_summary import ORDER_SUMMARY
from tests.adapters.followers.running import Recorder, reached, record, running, shop
from tests.projections.shop import placed
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that fails is tried again at once."""
    monkeypatch.setattr(worker, "SHORTEST", 0.001)


async def rows_of(projection: Projection[Any], pool: Pool) -> dict[Any, Any]:
    follower = ProjectionFollower(projection, None, pool)  # type: ignore[arg-type]  # only its table is used
    async with pool.connection() as connection, connection.transaction():
        return {follower.table.key_of(row): row async for page in follower.table.pages(connection) for row in page}


async def positions(store: PostgresEventStore) -> list[int]:
    """Of all that was recorded."""
    found: list[int] = []
    while page := await store.read("ordering", after=found[-1] if found else 0):
        found += [fact.position for fact in page]
    return found


@pytest.mark.proves("P4", "P6")
async def test_a_read_model_at_work_is_the_fold_of_its_log(store: PostgresEventStore, pool: Pool) -> None:
    follower = ProjectionFollower(ORDER_SUMMARY, store, pool)
    async with running([follower], store, pool, page=50):
        last = await shop(store, 300)
        await reached(follower, last)

    facts = await store.read("ordering", limit=10_000)
    assert fold(ORDER_SUMMARY, facts) == await rows_of(ORDER_SUMMARY, pool)


class Rivalled(Recorder):
    """Somebody else is always faster than it is with more than a few facts."""

    async def handle(self, page: Page) -> int:
        if len(page.facts) > 7:
            raise VersionConflict(page.facts[0].stream)
        return await super().handle(page)


@pytest.mark.proves("P4")
async def test_a_page_that_loses_every_race_is_handled_in_parts(store: PostgresEventStore, pool: Pool) -> None:
    last = await shop(store, 60)
    follower = Rivalled(pool)
    async with running([follower], store, pool):
        await reached(follower, last)

    assert await positions(store) == await follower.handled()


@pytest.mark.soak
@pytest.mark.proves("P4")
async def test_every_fact_is_handled_once_and_in_order_while_engines_come_and_go(
    store: PostgresEventStore, pool: Pool, at_scale: Callable[[int, int], int]
) -> None:
    times = at_scale(1, 1_000)

    async def come_and_go(turns: int) -> None:
        for _ in range(turns):
            async with running([Recorder(pool)], store, pool, page=7):
                await asyncio.sleep(0.3)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(come_and_go(3 * times))
        tasks.create_task(come_and_go(4 * times))
        for turn in range(6 * times):
            last = await shop(store, 20, seed=turn)
            await asyncio.sleep(0.1)
    follower = Recorder(pool)
    async with running([follower], store, pool):
        await reached(follower, last)

    assert await positions(store) == await follower.handled()


@pytest.mark.proves("P4", "F26")
async def test_a_deposed_holder_can_no_longer_commit(store: PostgresEventStore, pool: Pool) -> None:
    await shop(store, 3)
    first, second = Recorder(pool), Recorder(pool)
    start = await first.take()
    facts = await store.read("ordering")
    page = Page(facts, start, facts[-1].position)
    await second.take()

    with pytest.raises(Deposed):
        await first.handle(page)
    assert [] == await second.handled()
    await second.handle(page)
    with pytest.raises(Deposed):
        await second.handle(page)


@pytest.mark.proves("F26")
async def test_of_two_engines_one_idles_and_takes_over_when_the_other_stops(
    store: PostgresEventStore, pool: Pool
) -> None:
    one, other = Recorder(pool), Recorder(pool)
    async with running([other], store, pool) as idle:
        async with running([one], store, pool):
            await reached(one, await shop(store, 5))
            worked = [follower for follower in (one, other) if follower.pages]
            assert len(worked) == 1
            (found,) = await status([one], store, pool)
            assert found.state is State.RUNNING
            if worked == [other]:
                idle.stop()
            await asyncio.sleep(0)
        last = await shop(store, 5, seed=2)
        if worked == [one]:
            await reached(other, last)


def poisonous(number: str) -> Projection[Any]:
    """The order summary of somebody who made a mistake: it fails at one order."""

    def evolve(row: Any, fact: Any, key: Any) -> Any:
        if isinstance(fact.event, ordering.OrderPlaced) and fact.event.number == number:
            raise ValueError("this order was not foreseen")
        return ORDER_SUMMARY.evolve(row, fact, key)

    fields = {name: getattr(ORDER_SUMMARY, name) for name in ORDER_SUMMARY.__dataclass_fields__}
    return Projection(**{**fields, "name": "poisonous", "evolve": evolve})


@pytest.mark.proves("F31", "B60")
async def test_a_failing_fact_stops_its_own_follower_until_it_is_skipped_on_the_record(
    store: PostgresEventStore, pool: Pool
) -> None:
    sick = ProjectionFollower(poisonous("SL-POISON"), store, pool)
    healthy = ProjectionFollower(ORDER_SUMMARY, store, pool)
    faults = Faults(pool)
    async with running([sick, healthy], store, pool):
        await reached(sick, await shop(store, 20))
        bad = await record(store, placed("SL-POISON"))
        last = await shop(store, 20, seed=2)

        await reached(healthy, last)
        await until(lambda: faults.of(sick.name))
        assert bad - 1 == await sick.position()
        found = {each.name: each for each in await status([sick, healthy], store, pool)}
        assert (State.FAULTED, bad) == (found[sick.name].state, found[sick.name].fault_position)
        assert last - bad + 1 == found[sick.name].lag_events
        assert State.RUNNING == found[healthy.name].state

        with pytest.raises(NoSuchFault):
            await faults.skip(sick.name, bad + 1, actor="bob", reason="wrong one")
        await faults.skip(sick.name, bad, actor="bob", reason="a test order")
        await reached(sick, last)

    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT follower, position, tag, actor, reason FROM read.skip")
        assert [(sick.name, bad, "ordering.OrderPlaced", "bob", "a test order")] == await cursor.fetchall()
    assert await faults.of(sick.name) is None
    facts = [fact for fact in await store.read("ordering", limit=1000) if fact.position != bad]
    assert fold(ORDER_SUMMARY, facts) == await rows_of(sick.projection, pool)


@pytest.mark.proves("F31")
async def test_a_failing_fact_can_be_retried_once_the_mistake_is_mended(store: PostgresEventStore, pool: Pool) -> None:
    faults = Faults(pool)
    sick = ProjectionFollower(poisonous("SL-POISON"), store, pool)
    await sick.take()
    bad = await record(store, placed("SL-POISON"))
    async with running([sick], store, pool):
        await until(lambda: faults.of(sick.name))
    assert await faults.of(sick.name)

    mended = ProjectionFollower(poisonous("none"), store, pool)
    async with running([mended], store, pool):
        await reached(mended, bad)

        async def clear() -> bool:
            return await faults.of(sick.name) is None

        await until(clear)


@pytest.mark.proves("F31", "B60")
@pytest.mark.parametrize(
    ("tag", "state"),
    [
        ("ordering.NeverHeardOf", b'{"recorded_at":"2026-01-01T00:00:00Z"}'),
        ("ordering.OrderPaid", b'{"recorded_at":"2026-01-01T'),
        ("ordering.OrderPaid", b'{"recorded_at":"2026-01-01T00:00:00Z","schema":99,"event":{}}'),
    ],
)
async def test_an_unreadable_event_stops_who_follows_it_and_is_never_passed_over(
    store: PostgresEventStore, pool: Pool, migrated_database_url: str, tag: str, state: bytes
) -> None:
    follower = ProjectionFollower(ORDER_SUMMARY, store, pool)
    faults = Faults(pool)
    async with running([follower], store, pool):
        await reached(follower, await shop(store, 10))
        async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
            cursor = await connection.execute(
                "INSERT INTO ordering.events VALUES (gen_random_uuid(), 1, %s, %s) RETURNING notification_id",
                (tag, state),
            )
            (bad,) = await cursor.fetchone() or (0,)
        last = await shop(store, 10, seed=2)
        await until(lambda: faults.of(follower.name))

        fault = await faults.of(follower.name)
        assert fault
        assert (bad, tag) == (fault.position, fault.tag)
        assert bad > await follower.position()
        (found,) = await status([follower], store, pool)
        assert State.FAULTED is found.state
        year = 365 * 24 * 3600
        assert found.lag_seconds is None if b"Z" not in state else year * 0.1 < (found.lag_seconds or 0) < year * 100
        await faults.skip(follower.name, bad, actor="bob", reason="inserted by hand")
        await reached(follower, last)


async def test_a_stopping_engine_gives_its_leases_back(store: PostgresEventStore, pool: Pool) -> None:
    async with running([Recorder(pool)], store, pool):

        async def leased() -> bool:
            async with pool.connection() as connection:
                return await (await connection.execute("SELECT FROM read.lease")).fetchone() is not None

        await until(leased)

    assert not await leased()


async def test_a_chore_is_done_again_and_again_though_it_fails(store: PostgresEventStore, pool: Pool) -> None:
    class Chore:
        name = "chore"
        context = "ordering"
        every = 0.01
        rounds = 0

        async def run(self) -> None:
            self.rounds += 1
            if self.rounds % 2:
                raise ValueError("not this time")

    chore = Chore()

    async def thrice() -> bool:
        return chore.rounds >= 3

    async with running([], store, pool, chores=[chore]):
        await until(thrice)


async def test_status_of_what_nobody_works_is_stopped_and_shows_its_lag(store: PostgresEventStore, pool: Pool) -> None:
    last = await shop(store, 3)
    (found,) = await status([Recorder(pool)], store, pool)

    assert (State.STOPPED, 0, last, last) == (found.state, found.position, found.head, found.lag_events)
    assert found.lag_seconds is not None
    assert found.lag_seconds >= 0
    assert not found.healthy
    assert msgspec.json.encode(found)
