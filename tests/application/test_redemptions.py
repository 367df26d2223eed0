"""The last redemption is one order's, and a cancelled order's is free again: in memory and on Postgres."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from application import ordering
from application.contracts import Shortage, StockRejected, message
from application.ordering import AmendPromotion
from application.ordering.reacting import hear_stock
from application.store import Saved
from domain.ordering import (
    ORDER,
    TALLY,
    PromotionSpent,
    PromotionUsedUp,
    RedemptionCounted,
    RedemptionReturned,
    Status,
    promotion_id,
    redeemed_tally,
    request_validation,
)
from tests.application.driving import placed
from tests.application.market import STOVE, Market
from tests.application.redeeming import counted, held, kept
from tests.given import facts

pytestmark = pytest.mark.anyio


@pytest.fixture
def market(markets: list[Market]) -> Market:
    return markets[0]


async def test_an_order_that_comes_again_redeems_once(market: Market) -> None:
    await market.promote("WELCOME10", limit=1, limit_per_buyer=1)
    call = market.call(key="order-1")
    first, *again = await asyncio.gather(
        *(market.place((STOVE, 1), promotions=["WELCOME10"], call=call) for _ in range(6))
    )

    assert {each.result for each in again} == {first.result}
    assert await counted(market, "WELCOME10") == 1
    assert await held(market, "WELCOME10", ["alice"]) == {first.result.order_id}


@pytest.mark.proves("B40", "P12")
@pytest.mark.parametrize(("limit", "buyers"), [(1, 24), (7, 30)])
async def test_of_all_who_redeem_at_once_only_so_many_do(markets: list[Market], limit: int, buyers: int) -> None:
    await markets[0].promote("LAST", limit=limit)
    outcomes = await asyncio.gather(
        *(
            markets[number % 2].place((STOVE, 1), promotions=["last"], call=markets[0].call(f"buyer-{number}"))
            for number in range(buyers)
        ),
        return_exceptions=True,
    )

    won = {each.result.order_id for each in kept(outcomes)}
    assert len(won) == limit
    assert {type(each) for each in outcomes if not isinstance(each, Saved)} == {PromotionSpent}
    assert won == set(await markets[1].orders())
    assert await counted(markets[1], "LAST") == limit
    assert won == await held(markets[1], "LAST", [f"buyer-{number}" for number in range(buyers)])


@pytest.mark.parametrize("name", ["tally of redemptions", "tally of redemptions given back", "tally:redeemed"])
async def test_a_buyer_may_be_called_like_a_tally(market: Market, name: str) -> None:
    await market.promote("LAST", limit=2)
    order_id = await placed(market, (STOVE, 1), promotions=["LAST"], call=market.call(name))

    assert {order_id} == await held(market, "LAST", [name])
    assert await counted(market, "LAST") == 1


async def test_a_buyer_who_redeems_several_times_at_once_does_so_as_often_as_one_may(markets: list[Market]) -> None:
    await markets[0].promote("ONCE", limit_per_buyer=2)
    outcomes = await asyncio.gather(
        *(markets[number % 2].place((STOVE, 1), promotions=["ONCE"]) for number in range(9)), return_exceptions=True
    )

    assert len(kept(outcomes)) == 2
    assert {type(each) for each in outcomes if not isinstance(each, Saved)} == {PromotionUsedUp}


async def test_orders_with_a_promotion_without_a_limit_in_all_meet_nowhere(market: Market) -> None:
    id = await market.promote("ALWAYS")
    await asyncio.gather(
        *(market.place((STOVE, 1), promotions=["ALWAYS"], call=market.call(f"buyer-{n}")) for n in range(8))
    )

    assert (await market.store.load_many(TALLY, [redeemed_tally(id)]))[redeemed_tally(id)].version == 0
    assert len(await held(market, "ALWAYS", [f"buyer-{n}" for n in range(8)])) == 8


async def test_a_cancelled_order_gives_its_redemption_back_once(markets: list[Market]) -> None:
    market, other = markets
    await market.promote("LAST", limit=1, limit_per_buyer=1)
    order_id = await placed(market, (STOVE, 1), promotions=["LAST"])
    with pytest.raises(PromotionSpent):
        await market.place((STOVE, 1), promotions=["LAST"], call=market.call("bob"))
    outcomes = await asyncio.gather(*(each.cancel(order_id) for each in (market, other) * 3), return_exceptions=True)
    given_back = [event for each in kept(outcomes) for event in each.events if isinstance(event, RedemptionReturned)]

    assert given_back == [RedemptionReturned(promotion_id("LAST"), "alice", order_id)]
    assert await counted(market, "LAST") == 0
    again = await market.place((STOVE, 1), promotions=["LAST"])
    assert await held(market, "LAST", ["alice"]) == {again.result.order_id}
    with pytest.raises(PromotionSpent):
        await market.place((STOVE, 1), promotions=["LAST"], call=market.call("bob"))


async def test_whoever_comes_while_the_last_is_given_back_takes_it_or_not_but_nobody_twice(
    markets: list[Market],
) -> None:
    market, other = markets
    await market.promote("LAST", limit=1)
    for attempt in range(5):
        order_id = await placed(market, (STOVE, 1), promotions=["LAST"])
        _, *outcomes = await asyncio.gather(
            market.cancel(order_id),
            *(
                each.place((STOVE, 1), promotions=["LAST"], call=market.call(f"{attempt}-{n}"))
                for n, each in enumerate((market, other) * 3)
            ),
            return_exceptions=True,
        )
        won = kept(outcomes)
        assert len(won) <= 1
        assert await counted(market, "LAST") == len(won)
        for each in won:
            await market.cancel(each.result.order_id, market.call("sam", staff=True))
        assert await counted(market, "LAST") == 0


async def test_an_order_that_times_out_gives_its_redemption_back(market: Market) -> None:
    await market.promote("LAST", limit=1)
    order_id = await placed(market, (STOVE, 1), promotions=["LAST"])
    (placing,) = await market.store.history(ORDER, order_id, limit=1)
    late = msgspec.structs.replace(market.call("system:deadlines"), now=placing.recorded_at + timedelta(minutes=31))
    cancelled = await ordering.cancel_stale_order(
        ordering.CancelStaleOrder(), late, order_id, store=market.store, rules=market.till.rules
    )

    assert cancelled.result.status is Status.CANCELLED
    assert RedemptionReturned(promotion_id("LAST"), "alice", order_id) in cancelled.events
    assert await counted(market, "LAST") == 0


async def test_a_page_of_rejected_orders_gives_all_their_redemptions_back_in_one_append(market: Market) -> None:
    await market.promote("LAST", limit=3)
    await market.promote("MORE")
    orders = [
        await placed(market, (STOVE, 1), promotions=["LAST", "MORE"], call=market.call(buyer))
        for buyer in ("alice", "alice", "bob")
    ]
    for order_id in orders:
        await market.drive(order_id, request_validation)
    (fact,) = facts("inventory", RedemptionCounted(orders[0], orders[0]))  # any fact: a message needs its envelope
    told = [message(fact, StockRejected(order_id, "out-of-stock", (Shortage(STOVE, 1, 0),))) for order_id in orders]
    for _ in range(2):
        streams = await hear_stock(told * 2, market.store)
        await market.store.save(*streams, call=market.call("system:hear-stock"), result=None, context="ordering")

    assert await counted(market, "LAST") == 0
    for code in ("LAST", "MORE"):
        assert await held(market, code, ["alice", "bob"]) == set()


async def test_a_raised_limit_counts_at_once(market: Market) -> None:
    id = await market.promote("LAST", limit=1)
    await market.place((STOVE, 1), promotions=["LAST"])
    await ordering.amend_promotion(AmendPromotion(limit=2), market.call("ada", staff=True), id, store=market.store)
    await market.place((STOVE, 1), promotions=["LAST"], call=market.call("bob"))

    assert await counted(market, "LAST") == 2
