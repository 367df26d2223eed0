"""What ordering does when stock, payment and time tell it something, whatever its buyer asks for in between."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from application import contracts, ordering
from application.contracts import (
    Contract,
    DisputeClosed,
    Message,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    RefundFailed,
    Shortage,
    StockAllocated,
    StockRejected,
    StockReserved,
)
from application.deadlines import AMENDMENT_TIMEOUT, GRACE_PERIOD, Waiting
from application.ordering import (
    ChangeAddress,
    DeliverOrder,
    EditReceipt,
    EndAmendment,
    EndGracePeriod,
    Goods,
    MethodNotFound,
    ProductsOutOfStock,
    ReceiveReturn,
    RejectReturn,
    RemoveLine,
    RequestReturn,
    ReturnLine,
    ReturnReceipt,
    SetLine,
    ShipOrder,
    StaffOnly,
)
from application.ordering.reacting import PAYMENT_ANSWERS, hear_payment, hear_stock
from application.publishing import publish
from application.store import Call, Saved, VersionConflict
from application.wire import Price
from domain.kernel import Refusal
from domain.money import Money
from domain.ordering import (
    BUYER,
    ORDER,
    PARCEL,
    RETURN,
    AmendmentPending,
    Order,
    OrderInProgress,
    OrderNotFound,
    ParcelNotSent,
    ParcelStatus,
    ReturnNotFound,
    ReturnStatus,
    Status,
    TooManyReturned,
    TotalChanged,
    buyer_stream,
    parcel_stream,
)
from tests.application.market import ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@pytest.fixture
def market() -> Market:
    return Market()


async def order_of(market: Market, order_id: UUID) -> Order:
    return (await market.store.load(ORDER, order_id)).state


async def hear(market: Market, *told: Contract) -> list[str]:
    """Gives the messages to the reactor that hears them, as one page; the names of what was decided."""
    now = market.clock.now
    page: Sequence[Message[Any]] = [
        Message(each, uuid4(), contracts.context_of(each), uuid4(), number, now, "test", "test")
        for number, each in enumerate(told)
    ]
    react = hear_payment if isinstance(told[0], PAYMENT_ANSWERS) else hear_stock
    for _ in range(20):
        streams = await react(page, market.store, now)
        try:
            call = market.call("system:hear")
            saved = await market.store.save(*streams, call=call, result=None, context="ordering")
            return [type(each).__name__ for each in saved.events]
        except VersionConflict:
            continue
    raise AssertionError("the race was never won")


async def told(market: Market, order_id: UUID) -> list[Contract]:
    """All that was told of an order, in order."""
    facts = await market.store.history(ORDER, order_id)
    return [message.contract for fact in facts for message in publish(fact)]


async def placed(market: Market, *lines: tuple[UUID, int], **more: Any) -> UUID:
    return (await market.place(*(lines or [(TENT, 1), (STOVE, 2)]), **more)).result.order_id


async def go_on(market: Market, order_id: UUID) -> Saved[ordering.OrderReceipt]:
    return await ordering.end_grace_period(
        EndGracePeriod(), market.call("system:deadlines"), order_id, store=market.store, rules=market.till.rules
    )


async def paid(market: Market, *lines: tuple[UUID, int], **more: Any) -> UUID:
    order_id = await placed(market, *lines, **more)
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    total = (await order_of(market, order_id)).total
    assert total
    await hear(market, StockReserved(order_id))
    await hear(market, PaymentAuthorised(order_id, order_id, total))
    await hear(market, StockAllocated(order_id))
    await hear(market, PaymentCaptured(order_id, order_id, total))
    return order_id


async def shipped(market: Market, *lines: tuple[UUID, int]) -> UUID:
    order_id = await paid(market, *lines)
    staff = market.call("sam", staff=True)
    await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), staff, order_id, store=market.store)
    return order_id


async def set_line(
    market: Market, order_id: UUID, product: UUID, quantity: int, call: Call | None = None, expected: str | None = None
) -> Saved[EditReceipt]:
    return await ordering.set_line(
        SetLine(quantity, Price(expected, "USD") if expected else None),
        call or market.call(),
        order_id,
        product,
        store=market.store,
        till=market.till,
        new_id=market.new_id,
    )


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
    order_id = await placed(market)
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    total = (await order_of(market, order_id)).total
    assert total
    await hear(market, StockReserved(order_id))
    await hear(market, PaymentAuthorised(order_id, order_id, total))
    await asyncio.gather(market.cancel(order_id), hear(market, StockAllocated(order_id)))
    await hear(market, PaymentCaptured(order_id, order_id, total))

    assert (await order_of(market, order_id)).status is Status.CANCELLED


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


# Changes


async def test_a_submitted_order_is_changed_at_once_at_the_prices_of_its_placing(market: Market) -> None:
    order_id = await placed(market, (STOVE, 1), (ROPE, 2))
    market.catalogue.sell(STOVE, "Pocket Stove II", "99.00")
    market.catalogue.withdraw(ROPE)
    receipt = (await set_line(market, order_id, STOVE, 2)).result
    order = await order_of(market, order_id)

    assert receipt.amendment_id is None
    assert [(line.name, line.unit_price.amount, line.quantity) for line in order.lines] == [
        ("Pocket Stove", Decimal("34.50"), 2),
        ("Rope", Decimal("1.25"), 2),
    ]
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    awaiting = (await told(market, order_id))[-1]
    assert isinstance(awaiting, contracts.OrderAwaitingValidation)
    assert awaiting.stock_items == (contracts.StockItem(STOVE, 2), contracts.StockItem(ROPE, 2))


async def test_more_than_there_is_is_not_promised(market: Market) -> None:
    submitted, bought = await placed(market), await paid(market)
    market.shelves.scarce = {STOVE: 4}
    for order_id, most in ((submitted, 4), (bought, 6)):
        with pytest.raises(ProductsOutOfStock):
            await set_line(market, order_id, STOVE, most + 1)
        await set_line(market, order_id, STOVE, most)


async def test_a_change_is_refused_while_the_order_is_under_way_and_for_strangers(market: Market) -> None:
    order_id = await placed(market)
    with pytest.raises(OrderNotFound):
        await set_line(market, order_id, STOVE, 1, market.call("mallory"))
    with pytest.raises(TotalChanged):
        await set_line(market, order_id, STOVE, 1, expected="1.00")
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    with pytest.raises(OrderInProgress):
        await set_line(market, order_id, STOVE, 1)


async def test_less_costs_no_more_unless_the_buyer_agrees(market: Market) -> None:
    """Less than 50.00 is shipped for 4.90."""
    for order_id in (await placed(market, (STOVE, 1), (ROPE, 13)), await paid(market, (STOVE, 1), (ROPE, 13))):
        with pytest.raises(TotalChanged) as refused:
            await set_line(market, order_id, ROPE, 12)
        assert ("54.81", "58.36") == (refused.value.fields["expected"], refused.value.fields["total"])
        await set_line(market, order_id, ROPE, 12, expected="58.36")


async def test_a_line_that_is_set_to_nothing_is_taken_out(market: Market) -> None:
    order_id = await placed(market)
    await set_line(market, order_id, STOVE, 0, expected="312.12")

    assert [TENT] == [line.product_id for line in (await order_of(market, order_id)).lines]


async def test_more_of_a_paid_order_is_reserved_and_paid_under_an_id_of_its_own(market: Market) -> None:
    order_id = await paid(market)
    before = (await order_of(market, order_id)).total
    call = market.call(key="more")
    receipt = (await set_line(market, order_id, STOVE, 3, call)).result
    again = (await set_line(market, order_id, STOVE, 3, call)).result
    change = receipt.amendment_id
    assert change
    assert receipt == again
    assert receipt.total == before
    with pytest.raises(AmendmentPending):
        await set_line(market, order_id, STOVE, 4)
    due = Money.parse("37.26", "USD")
    await hear(market, StockReserved(order_id, change))
    await hear(market, PaymentAuthorised(change, order_id, due, change))
    await hear(market, StockAllocated(order_id, change))
    assert await hear(market, PaymentCaptured(change, order_id, due, change)) == ["OrderAmended"]
    assert (await told(market, order_id))[-5:] == [
        contracts.OrderAwaitingValidation(order_id, "alice", (contracts.StockItem(STOVE, 1),), change),
        contracts.OrderStockConfirmed(order_id, "alice", due, None, change),
        contracts.OrderAuthorised(order_id, "alice", change),
        contracts.OrderAllocated(order_id, "alice", change),
        contracts.OrderAmended(
            order_id,
            "alice",
            change,
            (contracts.StockItem(TENT, 1), contracts.StockItem(STOVE, 3)),
            (),
            (await order_of(market, order_id)).total,  # type: ignore[arg-type]
        ),
    ]


@pytest.mark.parametrize("answer", ["stock", "money"])
async def test_a_change_that_cannot_be_had_or_paid_leaves_the_order_paid_as_it_was(market: Market, answer: str) -> None:
    order_id = await paid(market)
    before = await order_of(market, order_id)
    change = (await set_line(market, order_id, STOVE, 3)).result.amendment_id
    assert change
    if answer == "stock":
        await hear(market, StockRejected(order_id, "out-of-stock", (Shortage(STOVE, 1, 0),), change))
    else:
        await hear(market, StockReserved(order_id, change))
        await hear(market, PaymentFailed(change, order_id, "declined", change))

    assert (await told(market, order_id))[-1] == contracts.AmendmentRejected(order_id, "alice", change)
    assert await order_of(market, order_id) == replace(before, changes=1)


async def test_less_of_a_paid_order_is_let_go_and_paid_back_at_once(market: Market) -> None:
    order_id = await paid(market)
    await ordering.remove_line(
        RemoveLine(), market.call(), order_id, STOVE, store=market.store, till=market.till, new_id=market.new_id
    )
    amended, due = (await told(market, order_id))[-2:]

    assert isinstance(amended, contracts.OrderAmended)
    assert isinstance(due, contracts.RefundDue)
    assert amended.removed == (contracts.StockItem(STOVE, 2),)
    assert (due.payment_id, due.amount, due.category) == (order_id, Money.parse("74.52", "USD"), "amended")
    noted = PaymentRefunded(order_id, order_id, due.refund_id, due.amount, "amended")
    assert await hear(market, noted, noted) == ["OrderRefunded"]


async def test_an_address_is_changed_until_the_order_is_shipped(market: Market) -> None:
    order_id = await paid(market)
    elsewhere = ordering.ShippingAddress("Alice Alpine", "2 Valley Road", "Graz", "8010", "AT")
    change = partial(
        ordering.change_address,
        ChangeAddress(elsewhere),
        market.call(),
        order_id,
        store=market.store,
        till=market.till,
        new_id=market.new_id,
    )
    await change()
    order = await order_of(market, order_id)
    assert order.address
    assert (order.address.city, order.amendment) == ("Graz", None)
    assert (await change()).events == ()


@pytest.mark.proves("ORD-23")
async def test_a_change_that_nobody_answers_is_given_up_in_time(market: Market) -> None:
    order_id = await paid(market)
    await set_line(market, order_id, STOVE, 3)
    waiting: Waiting | None = None
    for fact in await market.store.history(ORDER, order_id):
        if type(fact.event) in AMENDMENT_TIMEOUT.events:
            waiting = AMENDMENT_TIMEOUT.evolve(waiting, fact)
    assert waiting == Waiting(order_id, market.clock.now)

    async def give_up() -> tuple[Any, ...]:
        call = market.call("system:deadlines")
        rules = market.till.rules
        return (await ordering.end_amendment(EndAmendment(), call, order_id, store=market.store, rules=rules)).events

    market.clock.advance(timedelta(minutes=29))
    assert await give_up() == ()
    market.clock.advance(timedelta(minutes=1))
    assert [type(event).__name__ for event in await give_up()] == ["AmendmentRejected"]
    assert (await order_of(market, order_id)).amendment is None


async def test_the_grace_period_waits_for_orders_that_are_submitted(market: Market) -> None:
    first, second = await placed(market), await placed(market)
    await market.cancel(second)
    waiting: dict[UUID, Waiting | None] = {}
    for fact in await market.store.read("ordering"):
        if type(fact.event) in GRACE_PERIOD.events:
            waiting[fact.stream] = GRACE_PERIOD.evolve(waiting.get(fact.stream), fact)

    assert [id for id, each in waiting.items() if each] == [first]


# Parcels and returns


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


async def receive(market: Market, return_id: UUID, *goods: Goods, call: Call | None = None) -> Saved[ReturnReceipt]:
    staff = call or market.call("sam", staff=True)
    return await ordering.receive_return(ReceiveReturn(goods), staff, return_id, store=market.store)


async def test_what_comes_back_is_told_and_paid_back_once(market: Market) -> None:
    order_id = await shipped(market)
    asked = market.call(key="back")
    first, again = await ask_back(market, order_id, STOVE, 2, asked), await ask_back(market, order_id, STOVE, 2, asked)
    assert first.result == again.result
    return_id = first.result.return_id
    with pytest.raises(StaffOnly):
        await receive(market, return_id, Goods(STOVE, 1, 1), call=market.call())
    with pytest.raises(ReturnNotFound):
        await receive(market, return_id, Goods(STOVE, 1, 1), call=market.call("mallory"))
    results = [await receive(market, return_id, Goods(STOVE, 1), Goods(STOVE, 0, 1)) for _ in range(2)]
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
        await receive(market, return_id, Goods(STOVE, 1))
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
    await receive(market, return_id, Goods(STOVE, 1))
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    assert (order_id, Money.parse("37.26", "USD")) == (due.payment_id, due.amount)
    less = Money.parse(made, "USD")
    if less.amount:
        answer: Contract = PaymentRefunded(order_id, order_id, due.refund_id, less, "returned")
        assert await hear(market, answer, answer) == ["OrderRefunded", "ReturnRefunded"]
    else:
        answer = RefundFailed(order_id, order_id, due.refund_id, due.amount, "exceeds-captured")
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
        answer = RefundFailed(order_id, order_id, due.refund_id, due.amount, "exceeds-captured")
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
    await receive(market, return_id, Goods(STOVE, 2))
    due = (await told(market, order_id))[-1]
    assert isinstance(due, contracts.RefundDue)
    total = (await order_of(market, order_id)).total
    assert total
    lost = DisputeClosed(order_id, order_id, uuid4(), total, won=False)
    gone = RefundFailed(order_id, order_id, due.refund_id, due.amount, "exceeds-captured")
    assert await hear(market, lost, gone) == ["OrderRefunded", "OrderRefundFailed", "ReturnRefundFailed"]

    assert (await market.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUNDED
    assert not [each for each in (await told(market, order_id))[-1:] if each != due]


async def test_money_that_is_taken_after_the_cancellation_is_the_orders_to_show(market: Market) -> None:
    order_id = await placed(market)
    market.clock.advance(MINUTE)
    await go_on(market, order_id)
    total = (await order_of(market, order_id)).total
    assert total
    await hear(market, StockReserved(order_id))
    await hear(market, PaymentAuthorised(order_id, order_id, total))
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
    assert await hear(market, won) == []
    assert await hear(market, lost, lost) == ["OrderRefunded"]
    return_id = (await ask_back(market, order_id, STOVE, 2)).result.return_id
    await receive(market, return_id, Goods(STOVE, 2))

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
        receive(market, return_id, Goods(STOVE, 2)),
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
