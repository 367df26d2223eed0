"""Parcels, what comes back of them, and the money that goes back for it."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from application import contracts, ordering
from application.contracts import (
    NOTHING_LEFT,
    Contract,
    DisputeClosed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentRefunded,
    RefundFailed,
    StockAllocated,
    StockReserved,
)
from application.ordering import (
    DeliverOrder,
    ReceiveReturn,
    RejectReturn,
    RequestReturn,
    ReturnedGoods,
    ReturnLine,
    ReturnReceipt,
    ShipOrder,
    StaffOnly,
)
from application.publishing import publish
from application.store import Call, Saved
from domain.kernel import Refusal
from domain.money import Money
from domain.ordering import (
    PARCEL,
    RETURN,
    ParcelNotSent,
    ParcelStatus,
    ReturnNotFound,
    ReturnStatus,
    TooManyReturned,
    parcel_stream,
)
from tests.application.driving import hear, held, order_of, paid, set_line, shipped, told
from tests.application.market import STOVE, TENT, Market

pytestmark = pytest.mark.anyio


@pytest.mark.proves("ORD-15")
async def test_a_parcel_is_delivered_by_staff_once_it_was_sent(market: Market) -> None:
    staff, order_id = market.call("sam", staff=True), await paid(market)

    async def deliver(call: Call) -> tuple[Any, ...]:
        return (await ordering.deliver_order(DeliverOrder(), call, order_id, store=market.store)).events

    with pytest.raises(ParcelNotSent):
        await deliver(staff)
    await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), staff, order_id, store=market.store)
    with pytest.raises(StaffOnly):
        await deliver(market.call())
    assert [type(event).__name__ for event in await deliver(staff)] == ["ParcelDelivered"]
    assert await deliver(staff) == ()
    assert (await market.store.load(PARCEL, parcel_stream(order_id))).state.status is ParcelStatus.DELIVERED


async def ask_back(
    market: Market, order_id: UUID, product: UUID, quantity: int, call: Call | None = None
) -> Saved[ReturnReceipt]:
    cmd = RequestReturn(order_id, (ReturnLine(product, quantity),))
    return await ordering.request_return(cmd, call or market.call(), store=market.store, new_id=market.new_id)


async def receive(
    market: Market, return_id: UUID, *goods: ReturnedGoods, call: Call | None = None
) -> Saved[ReturnReceipt]:
    staff = call or market.call("sam", staff=True)
    return await ordering.receive_return(ReceiveReturn(goods), staff, return_id, store=market.store)


async def test_what_comes_back_is_told_and_paid_back_once(market: Market) -> None:
    order_id = await shipped(market)
    asked = market.call(key="back")
    first, again = await ask_back(market, order_id, STOVE, 2, asked), await ask_back(market, order_id, STOVE, 2, asked)
    assert first.result == again.result
    return_id = first.result.return_id
    with pytest.raises(StaffOnly):
        await receive(market, return_id, ReturnedGoods(STOVE, 1, 1), call=market.call())
    with pytest.raises(ReturnNotFound):
        await receive(market, return_id, ReturnedGoods(STOVE, 1, 1), call=market.call("mallory"))
    results = [await receive(market, return_id, ReturnedGoods(STOVE, 1), ReturnedGoods(STOVE, 0, 1)) for _ in range(2)]
    assert [each.result.status for each in results] == [ReturnStatus.RECEIVED] * 2
    assert results[1].events == ()
    (received,) = [
        message.contract for fact in await market.store.history(RETURN, return_id) for message in publish(fact)
    ]
    one = (contracts.StockItem(STOVE, 1),)
    assert received == contracts.ReturnReceived(order_id, return_id, "alice", one, one)
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    assert (due.amount, due.category) == (Money.parse("74.52", "USD"), "returned")
    noted = PaymentRefunded(order_id, order_id, due.refund_id, due.amount, "returned")
    assert await hear(market, noted) == ["OrderRefunded", "ReturnRefunded"]
    assert await hear(market, noted) == []
    assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUNDED


async def test_a_refund_that_failed_shows_on_the_return_and_is_not_taken_off_the_next_one(market: Market) -> None:
    order_id = await shipped(market)
    dues = []
    for failed in (True, False):
        return_id = (await ask_back(market, order_id, STOVE, 1)).result.return_id
        await receive(market, return_id, ReturnedGoods(STOVE, 1))
        due = (await told(market, order_id))[-1]
        assert isinstance(due, contracts.RefundDue)
        dues.append(due.amount)
        if failed:
            lost = RefundFailed(order_id, order_id, due.refund_id, due.amount, "try-later")
            assert await hear(market, lost, lost) == ["OrderRefundFailed", "ReturnRefundFailed"]
            by_hand = PaymentRefunded(order_id, order_id, uuid4(), due.amount, "goodwill")
            assert await hear(market, by_hand) == ["OrderRefunded"]
            assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUND_FAILED
            for part, status in (("7.26", ReturnStatus.REFUND_FAILED), ("30.00", ReturnStatus.REFUNDED)):
                for_it = PaymentRefunded(order_id, order_id, uuid4(), Money.parse(part, "USD"), "returned")
                assert await hear(market, for_it, for_it) == ["OrderRefunded", "ReturnRefunded"]
                assert (await market.store.load(RETURN, return_id)).state.status is status

    assert [Money.parse("37.26", "USD")] * 2 == dues


async def amended(market: Market) -> tuple[UUID, UUID]:
    """An order that two payments paid, 37.26 of it the second; and that payment."""
    order_id = await paid(market, (STOVE, 1), (TENT, 1))
    change = (await set_line(market, order_id, STOVE, 2)).result.amendment_id
    assert change
    await hear(market, StockReserved(order_id, change))
    await hear(market, PaymentAuthorised(change, order_id, Money.parse("37.26", "USD"), change))
    await hear(market, StockAllocated(order_id, change))
    assert await hear(market, PaymentCaptured(change, order_id, Money.parse("37.26", "USD"), change))
    return order_id, change


@pytest.mark.parametrize("made", ["5.00", "0.00"])
async def test_what_one_payment_could_not_pay_back_is_paid_back_by_the_others(market: Market, made: str) -> None:
    order_id, change = await amended(market)
    staff = market.call("sam", staff=True)
    await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), staff, order_id, store=market.store)
    return_id = (await ask_back(market, order_id, STOVE, 1)).result.return_id
    await receive(market, return_id, ReturnedGoods(STOVE, 1))
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    assert (order_id, Money.parse("37.26", "USD")) == (due.payment_id, due.amount)
    less = Money.parse(made, "USD")
    if less.amount:
        answer: Contract = PaymentRefunded(order_id, order_id, due.refund_id, less, "returned")
        assert await hear(market, answer, answer) == ["OrderRefunded", "ReturnRefunded"]
    else:
        answer = RefundFailed(order_id, order_id, due.refund_id, due.amount, NOTHING_LEFT)
        assert await hear(market, answer, answer) == ["OrderRefundFailed", "ReturnRefundFailed"]
    assert await hear(market, answer) == []
    rest = (await told(market, order_id))[-1]
    assert isinstance(rest, contracts.RefundDue)
    assert (change, due.amount - less, "returned") == (rest.payment_id, rest.amount, rest.category)
    assert rest.refund_id != due.refund_id
    assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.RECEIVED
    noted = PaymentRefunded(change, order_id, rest.refund_id, rest.amount, "returned")
    assert await hear(market, noted) == ["OrderRefunded", "ReturnRefunded"]
    assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUNDED


@pytest.mark.parametrize("made", ["5.00", None])
async def test_what_a_change_costs_less_is_paid_back_by_another_payment_where_one_has_less_left(
    market: Market, made: str | None
) -> None:
    order_id, change = await amended(market)
    await set_line(market, order_id, STOVE, 1)
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    if made:
        answer: Contract = PaymentRefunded(order_id, order_id, due.refund_id, Money.parse(made, "USD"), "amended")
    else:
        answer = RefundFailed(order_id, order_id, due.refund_id, due.amount, NOTHING_LEFT)
    await hear(market, answer)
    rest = (await told(market, order_id))[-1]

    assert isinstance(rest, contracts.RefundDue)
    assert (change, due.amount - Money.parse(made or "0", "USD"), "amended") == (
        rest.payment_id,
        rest.amount,
        rest.category,
    )


async def test_a_cancelled_order_promises_nothing_again(market: Market) -> None:
    order_id, _ = await amended(market)
    await set_line(market, order_id, STOVE, 1)
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    await market.cancel(order_id)
    await hear(market, PaymentRefunded(order_id, order_id, due.refund_id, Money.parse("5.00", "USD"), "amended"))

    assert [due] == [each for each in await told(market, order_id) if isinstance(each, contracts.RefundDue)]


async def test_a_return_of_an_order_whose_money_is_gone_is_not_owed(market: Market) -> None:
    order_id = await shipped(market)
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    await receive(market, return_id, ReturnedGoods(STOVE, 2))
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    total = (await order_of(market, order_id)).total
    assert total
    lost = DisputeClosed(order_id, order_id, uuid4(), total, won=False)
    gone = RefundFailed(order_id, order_id, due.refund_id, due.amount, NOTHING_LEFT)
    assert await hear(market, lost, gone) == ["DisputeDecided", "OrderRefundFailed", "ReturnRefundFailed"]

    assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUNDED
    assert not [each for each in (await told(market, order_id))[-1:] if each != due]


async def test_a_return_that_is_owed_is_done_once_a_bank_has_taken_the_money_back(market: Market) -> None:
    order_id = await shipped(market)
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    await receive(market, return_id, ReturnedGoods(STOVE, 2))
    due, total = (await told(market, order_id))[-1], (await order_of(market, order_id)).total
    assert isinstance(due, contracts.RefundDue)
    assert total
    failed = RefundFailed(order_id, order_id, due.refund_id, due.amount, "declined")
    lost = DisputeClosed(order_id, order_id, uuid4(), total, won=False)
    assert await hear(market, failed, lost, failed, lost) == [
        *("OrderRefundFailed", "DisputeDecided", "OrderRefundDropped"),
        *("ReturnRefundFailed", "ReturnRefundDropped"),
    ]

    state = (await market.store.load(RETURN, return_id)).state
    assert (ReturnStatus.REFUNDED, None) == (state.status, state.owed)


async def test_money_that_is_taken_after_the_cancellation_is_the_orders_to_show(market: Market) -> None:
    order_id, total = await held(market)
    await hear(market, StockAllocated(order_id))
    await market.cancel(order_id)
    taken = PaymentCaptured(order_id, order_id, total)
    refund = uuid4()

    assert await hear(market, taken, taken) == ["OrderCharged"]
    assert await hear(market, RefundFailed(order_id, order_id, refund, total, "no")) == ["OrderRefundFailed"]
    assert await hear(market, PaymentRefunded(order_id, order_id, uuid4(), total, "cancelled")) == ["OrderRefunded"]


async def test_what_a_buyers_bank_took_back_is_not_paid_back_again(market: Market) -> None:
    order_id = await shipped(market)
    total = (await order_of(market, order_id)).total
    assert total
    won, lost = (DisputeClosed(order_id, order_id, uuid4(), total, won) for won in (True, False))
    assert await hear(market, won, lost, lost) == ["DisputeDecided", "DisputeDecided"]
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    assert (await receive(market, return_id, ReturnedGoods(STOVE, 2))).result.status is ReturnStatus.REFUNDED

    assert not [each for each in await told(market, order_id) if isinstance(each, contracts.RefundDue)]


async def test_two_returns_at_once_bring_back_no_more_than_was_shipped(market: Market) -> None:
    order_id = await shipped(market)
    outcomes = await asyncio.gather(*(ask_back(market, order_id, STOVE, 2) for _ in range(3)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in outcomes) == ["Saved", "TooManyReturned", "TooManyReturned"]


async def test_receiving_and_rejecting_at_once_do_one_of_both(market: Market) -> None:
    order_id = await shipped(market)
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    staff = market.call("sam", staff=True)
    outcomes = await asyncio.gather(
        receive(market, return_id, ReturnedGoods(STOVE, 2)),
        ordering.reject_return(RejectReturn("It was used"), staff, return_id, store=market.store),
        return_exceptions=True,
    )
    paid_back = [each for each in await told(market, order_id) if isinstance(each, contracts.RefundDue)]
    status = (await market.store.load(RETURN, return_id)).state.status

    assert sum(isinstance(each, Refusal) for each in outcomes) == 1
    assert len(paid_back) == (status is ReturnStatus.RECEIVED)


async def test_what_was_rejected_can_be_asked_for_again(market: Market) -> None:
    order_id = await shipped(market)
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    with pytest.raises(TooManyReturned):
        await ask_back(market, order_id, STOVE, 1)
    staff = market.call("sam", staff=True)
    reject = partial(ordering.reject_return, RejectReturn("It was used"), staff, return_id, store=market.store)
    assert (await reject()).result.status is ReturnStatus.REJECTED
    assert (await reject()).events == ()
    assert (await ask_back(market, order_id, STOVE, 2)).result.status is ReturnStatus.REQUESTED
