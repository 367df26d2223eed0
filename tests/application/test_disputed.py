"""Orders whose money a bank takes back, or may: what is heard of it, what is told, and what is done no more."""

import asyncio
from decimal import Decimal
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from application import contracts, ordering
from application.contracts import (
    AmendmentRejected,
    DisputeClosed,
    DisputeOpened,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    StockAllocated,
    StockReserved,
)
from application.ordering import ShipOrder
from application.store import Saved
from domain.money import Money
from domain.ordering import OrderDisputed, Status
from tests.application.driving import MINUTE, go_on, hear, order_of, paid, placed, set_line, shipped, told
from tests.application.market import STOVE, TENT, Market

pytestmark = [pytest.mark.anyio, pytest.mark.proves("PAY-06")]
DUE = Money.parse("37.26", "USD")
"""For one more stove."""


async def disputed(market: Market, order_id: UUID, *, won: bool = False) -> tuple[DisputeOpened, DisputeClosed]:
    """What payment tells of one dispute of everything."""
    total = (await order_of(market, order_id)).total
    assert total
    dispute = (order_id, order_id, uuid4(), total)
    return DisputeOpened(*dispute), DisputeClosed(*dispute, won)


async def ship(market: Market, order_id: UUID) -> Saved[ordering.OrderReceipt]:
    staff = market.call("sam", staff=True)
    return await ordering.ship_order(ShipOrder("DHL", "JD014600003828"), staff, order_id, store=market.store)


async def test_an_order_is_not_shipped_while_its_money_is_disputed_and_goes_on_when_that_is_won(market: Market) -> None:
    order_id = await paid(market)
    opened, won = await disputed(market, order_id, won=True)
    assert await hear(market, opened, opened) == ["DisputeHeard"]
    for attempt in (ship(market, order_id), set_line(market, order_id, STOVE, 3)):
        with pytest.raises(OrderDisputed):
            await attempt
    assert await hear(market, won, opened, won) == ["DisputeDecided"]
    assert (await ship(market, order_id)).result.status is Status.SHIPPED


async def test_an_order_whose_dispute_is_lost_can_only_be_cancelled(market: Market) -> None:
    order_id = await paid(market)
    opened, lost = await disputed(market, order_id)
    assert await hear(market, opened, lost, lost) == ["DisputeHeard", "DisputeDecided"]
    with pytest.raises(OrderDisputed):
        await ship(market, order_id)
    await market.cancel(order_id)
    assert (await order_of(market, order_id)).status is Status.CANCELLED


@pytest.mark.parametrize("steps", range(4))
async def test_a_change_that_is_under_way_is_given_up_and_the_money_that_still_comes_promised_to_nobody(
    market: Market, steps: int
) -> None:
    order_id = await paid(market, (STOVE, 1), (TENT, 1))
    change = (await set_line(market, order_id, STOVE, 2)).result.amendment_id
    assert change
    answers = (
        StockReserved(order_id, change),
        PaymentAuthorised(change, order_id, DUE, change),
        StockAllocated(order_id, change),
    )
    for answer in answers[:steps]:
        assert await hear(market, answer)
    opened, lost = await disputed(market, order_id)
    assert await hear(market, opened) == ["DisputeHeard", "AmendmentRejected"]
    assert (await told(market, order_id))[-1] == AmendmentRejected(order_id, "alice", change)
    for late in (*answers[steps:], PaymentFailed(change, order_id, "expired", change)):
        assert await hear(market, late) == []
    assert await hear(market, lost) == ["DisputeDecided"]
    assert await hear(market, PaymentCaptured(change, order_id, DUE, change)) == ["OrderCharged"]
    with pytest.raises(OrderDisputed):
        await ship(market, order_id)
    assert [1, 1] == [line.quantity for line in (await order_of(market, order_id)).lines]


async def test_what_is_told_of_a_dispute_means_the_same_in_any_order_and_page(market: Market) -> None:
    for sequence in permutations(range(3)):
        for pages in (True, False):
            order_id = await placed(market)
            market.clock.advance(MINUTE)
            await go_on(market, order_id)
            opened, lost = await disputed(market, order_id)
            await hear(market, StockReserved(order_id))
            await hear(market, PaymentAuthorised(order_id, order_id, lost.amount))
            await hear(market, StockAllocated(order_id))
            messages = (PaymentCaptured(order_id, order_id, lost.amount), opened, lost)
            page = [messages[each] for each in sequence]
            for part in [page] if pages else [[each] for each in page]:
                await hear(market, *part)
            order = await order_of(market, order_id)
            assert (Status.PAID, Decimal(0)) == (order.status, order.taken[order_id].left.amount)
            with pytest.raises(OrderDisputed) as refused:
                await ship(market, order_id)
            assert refused.value.fields["dispute_status"] == "lost"
            await market.cancel(order_id)


async def test_shipping_and_hearing_of_a_dispute_at_once_do_both_or_the_one_that_was_first(market: Market) -> None:
    for _ in range(5):
        order_id = await paid(market)
        opened, _ = await disputed(market, order_id)
        outcome, heard = await asyncio.gather(ship(market, order_id), hear(market, opened), return_exceptions=True)

        order = await order_of(market, order_id)
        assert heard == ["DisputeHeard"]
        assert (order.status is Status.SHIPPED) is isinstance(outcome, Saved)
        assert [opened.dispute_id] == list(order.disputes)


@pytest.mark.parametrize("over", [shipped, paid], ids=["shipped", "cancelled"])
async def test_a_dispute_of_an_order_that_is_over_is_noted_and_nothing_is_told(market: Market, over: object) -> None:
    order_id = await over(market)  # type: ignore[operator]
    if over is paid:
        await market.cancel(order_id)
    before = await told(market, order_id)
    assert await hear(market, *await disputed(market, order_id)) == ["DisputeHeard", "DisputeDecided"]
    assert before == await told(market, order_id)
    assert not [each for each in before if isinstance(each, contracts.RefundDue)]
