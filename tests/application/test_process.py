"""What ordering does when stock, payment and time tell it something, whatever its buyer asks for in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from application import contracts
from application.contracts import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    Shortage,
    StockAllocated,
    StockRejected,
    StockReserved,
)
from application.deadlines import GRACE_PERIOD, Waiting
from application.ordering import MethodNotFound, ProductsOutOfStock
from domain.ordering import BUYER, ORDER, Status, buyer_stream
from tests.application.driving import MINUTE, go_on, hear, held, order_of, paid, placed, told
from tests.application.market import ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio


# From its placing to the money


@pytest.mark.proves("ORD-24", "ORD-26", "ORD-28")
async def test_an_order_is_paid_step_by_step_and_each_step_is_told(market: Market) -> None:
    order_id = await paid(market)

    assert (await order_of(market, order_id)).status is Status.PAID
    assert [type(each).__name__ for each in await told(market, order_id)] == [
        *("OrderStarted", "OrderSubmitted", "OrderAwaitingValidation", "OrderStockConfirmed"),
        *("OrderAuthorised", "OrderAllocated", "OrderPaid"),
    ]
    assert (await market.store.load(BUYER, buyer_stream("alice"))).state.pending == frozenset()


async def test_an_order_is_left_alone_for_its_grace_period(market: Market) -> None:
    order_id = await placed(market)
    market.clock.advance(MINUTE - timedelta(seconds=1))
    assert (await go_on(market, order_id)).result.status is Status.SUBMITTED
    market.clock.advance(timedelta(seconds=1))
    assert (await go_on(market, order_id)).result.status is Status.AWAITING_VALIDATION
    assert (await go_on(market, order_id)).events == ()


@pytest.mark.proves("ORD-27")
async def test_messages_that_come_again_in_whole_pages_decide_nothing_new(market: Market) -> None:
    order_id = await paid(market)
    total = (await order_of(market, order_id)).total
    assert total

    assert await hear(market, StockReserved(order_id), StockAllocated(order_id), StockReserved(order_id)) == []
    again = PaymentAuthorised(order_id, order_id, total), PaymentCaptured(order_id, order_id, total)
    assert await hear(market, *again, *again) == []


async def test_messages_about_orders_that_there_are_not_decide_nothing(market: Market) -> None:
    assert await hear(market, StockReserved(uuid4()), StockRejected(uuid4(), "out-of-stock", ())) == []
    assert await hear(market, PaymentFailed(uuid4(), uuid4(), "declined")) == []


async def test_one_page_drives_many_orders_of_one_buyer_in_one_append(market: Market) -> None:
    orders = [await placed(market) for _ in range(4)]
    market.clock.advance(MINUTE)
    for order_id in orders:
        await go_on(market, order_id)
    gone = [Shortage(STOVE, 2, 0)]
    decided = await hear(market, *(StockRejected(order_id, "out-of-stock", tuple(gone)) for order_id in orders))

    assert decided == ["OrderCancelled"] * 4 + ["PendingOrderClosed"] * 4
    cancelled = (await told(market, orders[0]))[-1]
    assert isinstance(cancelled, contracts.OrderCancelled)
    assert cancelled.cause == "out-of-stock"


async def test_an_order_says_what_was_missing_and_why_it_was_not_paid(market: Market) -> None:
    first, second, third = [await placed(market) for _ in range(3)]
    market.clock.advance(MINUTE)
    for order_id in (first, second, third):
        await go_on(market, order_id)
    await hear(market, StockRejected(first, "out-of-stock", (Shortage(STOVE, 2, 1),)), StockReserved(second))
    await hear(market, StockRejected(third, "too-many-reservations", (Shortage(TENT, 1, 9),)))
    await hear(market, PaymentFailed(second, second, "declined"))
    last = [(await market.store.history(ORDER, order_id))[-1].event for order_id in (first, second, third)]

    assert [each.out_of_stock[0].name if each.out_of_stock else each.failure for each in last] == [  # type: ignore[union-attr]
        *("Pocket Stove", "declined", "Storm Tent"),
    ]
    assert [each.cause for each in last] == ["out-of-stock", "payment-failed", "too-many-reservations"]  # type: ignore[union-attr]


@pytest.mark.parametrize("step", range(5))
async def test_an_order_that_is_cancelled_at_any_step_stays_so_whatever_comes_after(market: Market, step: int) -> None:
    order_id = await placed(market)
    market.clock.advance(MINUTE)
    total = (await order_of(market, order_id)).total
    assert total
    steps: list[Callable[[], Awaitable[Any]]] = [
        partial(go_on, market, order_id),
        partial(hear, market, StockReserved(order_id)),
        partial(hear, market, PaymentAuthorised(order_id, order_id, total)),
        partial(hear, market, StockAllocated(order_id)),
        partial(hear, market, PaymentCaptured(order_id, order_id, total)),
    ]
    for done in steps[: step + 1]:
        await done()
    await market.cancel(order_id)
    for late in steps[step:]:
        await late()

    assert (await order_of(market, order_id)).status is Status.CANCELLED
    assert [type(each).__name__ for each in await told(market, order_id)][-1] == "OrderCancelled"
    assert (await market.store.load(BUYER, buyer_stream("alice"))).state.pending == frozenset()


async def test_of_cancelling_and_paying_at_once_one_decides_and_the_other_sees_it(market: Market) -> None:
    order_id, total = await held(market)
    await asyncio.gather(market.cancel(order_id), hear(market, StockAllocated(order_id)))
    await hear(market, PaymentCaptured(order_id, order_id, total))

    assert (await order_of(market, order_id)).status is Status.CANCELLED


async def test_the_grace_period_waits_for_orders_that_are_submitted(market: Market) -> None:
    first, second = await placed(market), await placed(market)
    await market.cancel(second)
    waiting: dict[UUID, Waiting | None] = {}
    for fact in await market.store.read("ordering"):
        if type(fact.event) in GRACE_PERIOD.events:
            waiting[fact.stream] = GRACE_PERIOD.evolve(waiting.get(fact.stream), fact)

    assert [id for id, each in waiting.items() if each] == [first]


# What is asked before


@pytest.mark.proves("B40", "ORD-24")
async def test_an_order_for_more_than_there_is_is_refused_and_says_how_much_there_is(market: Market) -> None:
    market.shelves.scarce = {STOVE: 3, TENT: 0}
    with pytest.raises(ProductsOutOfStock) as refused:
        await market.place((TENT, 1), (STOVE, 2), (STOVE, 2), (ROPE, 1))

    assert refused.value.fields["products"] == [
        {"product_id": str(TENT), "wanted": 1, "available": 0},
        {"product_id": str(STOVE), "wanted": 4, "available": 3},
    ]
    assert await market.store.head("ordering") == 0


@pytest.mark.proves("ORD-05")
async def test_an_order_is_paid_by_a_method_of_its_buyer_and_of_nobody_else(market: Market) -> None:
    method = uuid4()
    market.wallets.owned = {("alice", method)}
    order_id = await paid(market, payment_method_id=method)
    (confirmed,) = [each for each in await told(market, order_id) if isinstance(each, contracts.OrderStockConfirmed)]

    assert confirmed.payment_method_id == method
    with pytest.raises(MethodNotFound):
        await market.place((TENT, 1), call=market.call("bob"), payment_method_id=method)
