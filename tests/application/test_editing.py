"""Changes to orders: at once, or once stock and payment have answered."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from application import contracts, ordering
from application.contracts import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    Shortage,
    StockAllocated,
    StockRejected,
    StockReserved,
)
from application.deadlines import AMENDMENT_TIMEOUT, Waiting
from application.ordering import ChangeAddress, EndAmendment, ProductsOutOfStock
from domain.money import Money
from domain.ordering import ORDER, AmendmentPending, OrderInProgress, OrderNotFound, TotalChanged
from tests.application.driving import MINUTE, go_on, hear, order_of, paid, placed, set_line, told
from tests.application.market import ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio


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
        fields = refused.value.fields
        assert ["54.81 USD", "58.36 USD"] == [str(fields[name]) for name in ("expected", "total")]
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
    await set_line(market, order_id, STOVE, 0)
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
    assert waiting == Waiting(order_id, market.clock.now, market.clock.now)

    async def give_up() -> tuple[Any, ...]:
        call = market.call("system:deadlines")
        rules = market.till.rules
        return (await ordering.end_amendment(EndAmendment(), call, order_id, store=market.store, rules=rules)).events

    market.clock.advance(timedelta(minutes=29))
    assert await give_up() == ()
    market.clock.advance(timedelta(minutes=1))
    assert [type(event).__name__ for event in await give_up()] == ["AmendmentRejected"]
    assert (await order_of(market, order_id)).amendment is None
