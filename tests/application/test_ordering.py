"""What becomes of orders: cancelled, shipped, noted upon, timed out, and seen by those alone whose they are."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application import ordering
from application.deadlines import ORDER_TIMEOUT, Waiting
from application.ordering import AddNote, CancelStaleOrder, OrderReceipt, ShipOrder, StaffOnly
from application.store import Call, Saved
from domain.kernel import Refusal, StaleVersion
from domain.ordering import (
    BUYER,
    ORDER,
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderCancelled,
    OrderCannotChange,
    OrderNotFound,
    OrderPlaced,
    OrderShipped,
    ParcelSent,
    PendingOrderClosed,
    Rules,
    Status,
    StockItem,
    TooManyPendingOrders,
    buyer_stream,
)
from tests.application.driving import order_of, placed
from tests.application.market import TENT, Market

pytestmark = pytest.mark.anyio


HALF_AN_HOUR = timedelta(minutes=30)


async def pending(market: Market, buyer_id: str = "alice") -> frozenset[UUID]:
    return (await market.store.load(BUYER, buyer_stream(buyer_id))).state.pending


async def time_out(market: Market, order_id: UUID) -> Saved[OrderReceipt]:
    call = market.call("system:deadlines")
    return await ordering.cancel_stale_order(
        CancelStaleOrder(), call, order_id, store=market.store, rules=market.till.rules
    )


async def ship(market: Market, order_id: UUID, call: Call) -> Saved[OrderReceipt]:
    return await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), call, order_id, store=market.store)


async def note(market: Market, order_id: UUID, cmd: AddNote, call: Call) -> Saved[ordering.NoteReceipt]:
    return await ordering.add_note(
        cmd, call, order_id, store=market.store, rules=market.till.rules, new_id=market.new_id
    )


@pytest.mark.proves("ORD-21")
async def test_a_sixth_pending_order_is_refused_however_many_come_at_once(market: Market) -> None:
    outcomes = await asyncio.gather(*(market.place((TENT, 1)) for _ in range(7)), return_exceptions=True)

    assert len(await market.orders()) == len(await pending(market)) == 5
    assert sum(isinstance(each, TooManyPendingOrders) for each in outcomes) == 2


@pytest.mark.proves("ORD-21")
async def test_a_cancelled_and_a_paid_order_make_room(market: Market) -> None:
    first, second, *_ = [await placed(market, (TENT, 1)) for _ in range(5)]
    with pytest.raises(TooManyPendingOrders):
        await market.place((TENT, 1))
    await market.cancel(first)
    await market.paid(second)
    for _ in range(2):
        await market.place((TENT, 1))

    assert len(await pending(market)) == 5
    assert (await market.place((TENT, 1), call=market.call("bob"))).result.status is Status.SUBMITTED


async def test_an_order_and_its_place_among_the_pending_are_given_up_together(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    saved = await market.cancel(order_id, comment=" Changed my mind ")
    cancelled, closed = saved.events

    assert isinstance(cancelled, OrderCancelled)
    assert (cancelled.cause, cancelled.comment) == (CancelCause.BUYER, "Changed my mind")
    assert closed == PendingOrderClosed("alice", order_id)
    assert saved.result.status is Status.CANCELLED
    assert (await market.cancel(order_id)).events == ()


async def test_staff_cancels_in_the_name_of_staff(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    cancelled = (await market.cancel(order_id, market.call("sam", staff=True))).events[0]

    assert isinstance(cancelled, OrderCancelled)
    assert cancelled.cause is CancelCause.STAFF


@pytest.mark.proves("B47")
async def test_an_order_is_cancelled_until_it_is_shipped(market: Market) -> None:
    paid, shipped = [await placed(market, (TENT, 1)) for _ in range(2)]
    for order_id in (paid, shipped):
        await market.paid(order_id)
    await ship(market, shipped, market.call("sam", staff=True))
    with pytest.raises(OrderCannotChange):
        await market.cancel(shipped)

    assert (await market.cancel(paid)).result.status is Status.CANCELLED


@pytest.mark.proves("B41")
async def test_an_order_that_changed_meanwhile_is_not_cancelled_on_an_old_version(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    await note(market, order_id, AddNote("Wait!"), market.call())
    with pytest.raises(StaleVersion):
        await market.cancel(order_id, market.call(expected=1))


@pytest.mark.proves("B28", "P16")
async def test_somebody_elses_order_answers_exactly_like_one_that_does_not_exist(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    eve = market.call("eve", expected=7)

    async def answers(id: UUID) -> list[tuple[type[Refusal], str, dict[str, Any]]]:
        asked = (
            market.cancel(id, eve),
            ship(market, id, eve),
            note(market, id, AddNote("Mine", NoteKind.INTERNAL), eve),
            ordering.order_of(eve, id, store=market.store),
        )
        refusals = await asyncio.gather(*asked, return_exceptions=True)
        return [(type(each), each.detail, each.fields) for each in refusals if isinstance(each, Refusal)]

    missing = await answers(UUID(int=404))
    hers = await answers(order_id)
    assert len(hers) == len(missing) == 4
    assert {kind for kind, *_ in hers} == {OrderNotFound}
    assert [(kind, detail) for kind, detail, _ in hers] == [(kind, detail) for kind, detail, _ in missing]
    assert {str(fields) for *_, fields in hers} == {str({"order_id": str(order_id)})}


@pytest.mark.proves("B27")
async def test_the_id_of_something_else_is_no_order(market: Market) -> None:
    await market.place((TENT, 1))
    with pytest.raises(OrderNotFound):
        await market.cancel(buyer_stream("alice"))


async def test_staff_may_see_and_change_any_order(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    sam = market.call("sam", staff=True)

    assert (await ordering.order_of(sam, order_id, store=market.store)).state.buyer_id == "alice"
    assert (await note(market, order_id, AddNote("Called", NoteKind.INTERNAL), sam)).versions[order_id] == 2


async def test_only_staff_ships_and_only_what_is_paid(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    sam = market.call("sam", staff=True)
    with pytest.raises(StaffOnly):
        await ship(market, order_id, market.call())
    with pytest.raises(OrderCannotChange):
        await ship(market, order_id, sam)
    await market.paid(order_id)
    saved = await ship(market, order_id, sam)

    assert saved.events == (
        OrderShipped("alice", "DHL", "JD014600003828", (StockItem(TENT, 1),)),
        ParcelSent(order_id, "alice", "DHL", "JD014600003828"),
    )
    assert (await ship(market, order_id, sam)).events == ()


@pytest.mark.proves("ORD-14")
async def test_a_note_that_comes_again_is_kept_once(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    for key in ("note-1", "note-1", "note-2"):
        await note(market, order_id, AddNote("Please ring twice"), market.call(key=key))
    facts = await market.store.history(ORDER, order_id)

    assert [type(fact.event) for fact in facts] == [OrderPlaced, NoteAdded, NoteAdded]


async def test_internal_notes_are_for_staff(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    with pytest.raises(StaffOnly):
        await note(market, order_id, AddNote("Hm", NoteKind.INTERNAL), market.call())


@pytest.mark.proves("ORD-20", "ORD-23")
async def test_a_pending_order_is_cancelled_after_30_minutes(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    market.clock.advance(HALF_AN_HOUR - timedelta(seconds=1))
    await note(market, order_id, AddNote("Still thinking"), market.call())
    assert (await time_out(market, order_id)).events == ()
    market.clock.advance(timedelta(seconds=1))
    cancelled, closed = (await time_out(market, order_id)).events

    assert isinstance(cancelled, OrderCancelled)
    assert cancelled.cause is CancelCause.TIMED_OUT
    assert closed == PendingOrderClosed("alice", order_id)
    assert (await time_out(market, order_id)).events == ()


async def test_an_order_that_is_paid_and_times_out_at_once_ends_one_way(market: Market) -> None:
    order_id = await placed(market, (TENT, 1))
    market.clock.advance(HALF_AN_HOUR)
    await asyncio.gather(market.paid(order_id), time_out(market, order_id), return_exceptions=True)
    final = (await order_of(market, order_id)).status
    await time_out(market, order_id)

    assert final in {Status.PAID, Status.CANCELLED}
    assert (await order_of(market, order_id)).status is final
    assert await pending(market) == frozenset()


async def test_the_deadline_knows_the_orders_that_are_pending(market: Market) -> None:
    orders = [await placed(market, (TENT, 1)) for _ in range(3)]
    await market.paid(orders[0])
    await market.cancel(orders[1])
    await note(market, orders[2], AddNote("Hello"), market.call())
    waiting: dict[UUID, Waiting | None] = {}
    for fact in await market.store.read("ordering"):
        if type(fact.event) in ORDER_TIMEOUT.events:
            waiting[fact.stream] = ORDER_TIMEOUT.evolve(waiting.get(fact.stream), fact)

    assert [each for each in waiting.values() if each] == [Waiting(orders[2], market.clock.now, market.clock.now)]


async def test_how_long_an_order_may_be_pending_is_a_setting(market: Market) -> None:
    market = Market(Rules(timeout=timedelta(0)))
    order_id = await placed(market, (TENT, 1))

    assert (await time_out(market, order_id)).result.status is Status.CANCELLED
