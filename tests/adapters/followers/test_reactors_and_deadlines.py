"""What is decided without a person: by reactors that hear other contexts, and when time is up."""

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from psycopg import AsyncConnection

from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool
from adapters.followers.follower import Page
from adapters.followers.projection import ProjectionFollower
from adapters.followers.reactor import ReactorFollower
from adapters.followers.ticker import DeadlineTicker, database_clock
from application.deadlines import ORDER_TIMEOUT
from application.ordering import CancelStaleOrder, cancel_stale_order
from application.reactors import FINISH_CHECK_OUT, NOTE_PURCHASE
from application.store import Call, Overtaken, Stream
from domain import basket, ordering
from domain.catalog.review import PurchaseNoted
from projections.deadlines import WAITING
from tests.adapters.followers.running import reached, record, running, shop
from tests.projections.shop import CATALOGUE, money, placed
from tests.waiting import until

pytestmark = pytest.mark.anyio

OWNER = "buyer:alice"


async def fill_basket(store: PostgresEventStore) -> UUID:
    id = basket.basket_id(OWNER)
    stream = Stream.new(basket.BASKET, id)
    line = basket.Line(CATALOGUE[0], "Boots", None, money("19.90"), 2)
    stream.add([basket.BasketStarted(OWNER, 1), basket.ItemAdded(line, 2)])
    await store.save(stream, call=Call(actor="alice", now=datetime.now(UTC), correlation_id="test"), result=None)
    return id


@pytest.mark.proves("BAS-11", "P4")
async def test_a_check_out_that_died_half_way_is_finished_once(store: PostgresEventStore, pool: Pool) -> None:
    id = await fill_basket(store)
    order = replace(placed(), basket=ordering.BasketRef(id, 2))
    reactor = ReactorFollower(FINISH_CHECK_OUT, store)
    async with running([reactor], store, pool):
        await reached(reactor, await record(store, order))

    filled = await store.load(basket.BASKET, id)
    assert (False, {}) == (filled.state.active, filled.state.lines)
    assert 3 == filled.version
    (last,) = await store.history(basket.BASKET, id, after=2)
    assert "system:finish-check-out" == last.actor


@pytest.mark.proves("CAT-15", "P4")
async def test_what_was_shipped_marks_reviews_once_and_what_was_not_does_not(
    store: PostgresEventStore, pool: Pool
) -> None:
    """A whole shop's orders, in pages that end anywhere; the reactor is begun anew in between."""
    await shop(store, 40)
    for page in (7, 500):
        reactor = ReactorFollower(NOTE_PURCHASE, store)
        async with running([reactor], store, pool, page=page):
            await reached(reactor, await shop(store, 20, seed=page))

    facts = await store.read("ordering", limit=10_000, tags=["ordering.OrderShipped"])
    first = {
        (each.product_id, fact.event.buyer_id): fact.stream
        for fact in reversed(facts)
        if isinstance(fact.event, ordering.OrderShipped)
        for each in fact.event.stock_items
    }
    noted = await store.read("catalog", limit=10_000)
    assert {PurchaseNoted(item, buyer, order) for (item, buyer), order in first.items()} == {
        fact.event for fact in noted
    }
    assert len(first) == len(noted)
    assert first


@pytest.mark.proves("F26", "P4")
async def test_of_two_instances_of_a_reactor_only_one_saves_a_page(store: PostgresEventStore) -> None:
    last = await record(store, placed())
    one, other = ReactorFollower(FINISH_CHECK_OUT, store), ReactorFollower(FINISH_CHECK_OUT, store)
    page = Page(await store.read("ordering"), await one.take(), last)
    await other.take()
    await other.handle(page)

    with pytest.raises(Overtaken):
        await one.handle(page)
    assert last == await one.position()


async def test_what_a_reactor_does_not_hear_costs_nothing_and_is_behind_it_once_the_log_is_quiet(
    store: PostgresEventStore, pool: Pool
) -> None:
    reactor = ReactorFollower(NOTE_PURCHASE, store)
    await record(store, placed())
    last = await record(store, placed())
    page = Page(await store.read("ordering"), await reactor.take(), last)

    assert 0 == await reactor.handle(page) == await reactor.position()
    assert last == await reactor.handle(Page((), 0, last)) == await reactor.position()
    async with running([reactor], store, pool):
        await reached(reactor, last)
        await reached(reactor, await record(store, placed()))


@pytest.mark.proves("ORD-20", "ORD-23")
async def test_orders_that_stay_pending_are_cancelled_when_their_time_is_up(
    store: PostgresEventStore, pool: Pool
) -> None:
    late, paid, other = uuid4(), uuid4(), uuid4()
    order = placed()
    items = tuple(ordering.StockItem(each.product_id, each.quantity) for each in order.lines)
    confirmed: list[ordering.OrderEvent] = [
        ordering.OrderValidationRequested("alice", items),
        ordering.OrderStockConfirmed("alice", order.total),
    ]
    await record(store, order, stream=late)
    await record(store, order, *confirmed, ordering.OrderPaid("alice", order.total, items, paid), stream=paid)
    rules = ordering.Rules(timeout=timedelta(minutes=30))
    act = partial(cancel_stale_order, CancelStaleOrder(), store=store, rules=rules)
    ahead = timedelta()

    async def moment(connection: AsyncConnection) -> datetime:
        return await database_clock(connection) + ahead

    waiting = ProjectionFollower(WAITING["order_timeout"], store, pool)
    ticker = DeadlineTicker(ORDER_TIMEOUT, rules.timeout, act, pool, every=0.02, moment=moment)
    async with running([waiting], store, pool, chores=[ticker]):
        await reached(waiting, await record(store, order, stream=other))
        assert ordering.Status.SUBMITTED is (await store.load(ordering.ORDER, late)).state.status

        ahead = timedelta(minutes=31)

        async def cancelled() -> bool:
            statuses = [(await store.load(ordering.ORDER, id)).state.status for id in (late, other)]
            return statuses == [ordering.Status.CANCELLED] * 2

        await until(cancelled)

    assert ordering.Status.PAID is (await store.load(ordering.ORDER, paid)).state.status
    events = [fact.event for fact in await store.history(ordering.ORDER, late)]
    assert [order, ordering.OrderCancelled("alice", ordering.CancelCause.TIMED_OUT, "", items)] == events


@pytest.mark.proves("F29")
@pytest.mark.parametrize("off", [timedelta(days=3653), timedelta(days=-3653)])
async def test_deadlines_are_kept_by_the_clock_of_the_database(
    store: PostgresEventStore, pool: Pool, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Wrong":
            return super().now(tz) + off

    ended: list[tuple[timedelta, datetime]] = []
    monkeypatch.setattr("adapters.followers.ticker.datetime", Wrong, raising=False)
    waiting = ProjectionFollower(WAITING["order_timeout"], store, pool)
    async with running([waiting], store, pool):
        await reached(waiting, await record(store, placed()))
        for patience in (timedelta(minutes=30), timedelta()):

            async def act(call: Call, stream: UUID, patience: timedelta = patience) -> None:
                ended.append((patience, call.now))

            ticker = DeadlineTicker(ORDER_TIMEOUT, patience, act, pool)
            await ticker.run()
            await ticker.finish()

    ((patience, now),) = ended
    assert patience == timedelta()
    assert abs(now - datetime.now(UTC)) < timedelta(days=1)


async def test_one_stream_that_cannot_be_ended_keeps_no_other_waiting(store: PostgresEventStore, pool: Pool) -> None:
    broken, fine = uuid4(), uuid4()
    order = placed()
    await record(store, order, stream=broken)
    last = await record(store, order, stream=fine)
    ended: list[UUID] = []

    async def act(call: Call, stream: UUID) -> None:
        if stream == broken:
            raise RuntimeError("it holds something that nobody thought of")
        ended.append(stream)

    waiting = ProjectionFollower(WAITING["order_timeout"], store, pool)
    ticker = DeadlineTicker(ORDER_TIMEOUT, timedelta(0), act, pool)
    async with running([waiting], store, pool):
        await reached(waiting, last)
        await ticker.run()
        await ticker.finish()

    assert [fine] == ended


async def test_a_slow_command_keeps_no_other_deadline_waiting(store: PostgresEventStore, pool: Pool) -> None:
    slow, fine, later = uuid4(), uuid4(), uuid4()
    answered = asyncio.Event()
    issued: list[UUID] = []

    async def act(call: Call, stream: UUID) -> None:
        issued.append(stream)
        if stream == slow:
            await answered.wait()

    waiting = ProjectionFollower(WAITING["order_timeout"], store, pool)
    ticker = DeadlineTicker(ORDER_TIMEOUT, timedelta(0), act, pool)
    async with running([waiting], store, pool):
        await record(store, placed(), stream=slow)
        await reached(waiting, await record(store, placed(), stream=fine))
        await ticker.run()
        await reached(waiting, await record(store, placed(), stream=later))
        await ticker.run()
        await until(lambda: _all_of(issued, later))
        assert 1 == issued.count(slow), "it is under way, and not issued again meanwhile"
        answered.set()
        await ticker.finish()

    assert {slow, fine, later} == set(issued)


async def _all_of(issued: list[UUID], wanted: UUID) -> bool:
    return wanted in issued


@pytest.mark.parametrize(
    ("patience", "every"), [(timedelta(days=30), 10.0), (timedelta(minutes=1), 6.0), (timedelta(seconds=2), 0.25)]
)
async def test_how_often_a_deadline_is_looked_at_depends_on_its_time(
    pool: Pool, patience: timedelta, every: float
) -> None:
    async def act(call: Call, stream: UUID) -> None: ...

    assert every == DeadlineTicker(ORDER_TIMEOUT, patience, act, pool).every
