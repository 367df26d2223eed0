"""What promotions promise: what a code says is taken off, the last redemption is one order's, a cancelled order's is
free again. All of it on a store in memory and on Postgres.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.eventstore.store import PostgresEventStore
from application import ordering
from application.commands import DryRun
from application.contracts import Shortage, StockRejected, message
from application.ordering import (
    AmendPromotion,
    AmountDiscount,
    DraftOrder,
    EndPromotion,
    FreeShippingDiscount,
    OrderLine,
    OrderReceipt,
    PercentageDiscount,
    TooManyPromotions,
)
from application.ordering.reacting import hear_stock
from application.store import Saved
from application.wire import Price
from domain.basket import CONTEXT as BASKETS
from domain.kernel import Refusal
from domain.money import CurrencyMismatch
from domain.ordering import CONTEXT as ORDERS
from domain.ordering import (
    ORDER,
    PROMOTION,
    REDEMPTIONS,
    TALLY,
    Applied,
    Item,
    OrderPlaced,
    PendingOrderOpened,
    PromotionExpired,
    PromotionNotFound,
    PromotionNotMet,
    PromotionNotStarted,
    PromotionRedeemed,
    PromotionSpent,
    PromotionUnknown,
    PromotionUsedUp,
    RedemptionCounted,
    RedemptionReturned,
    Rules,
    Status,
    promotion_id,
    redeemed_tally,
    redemption_stream,
    request_validation,
    returned_tally,
)
from tests.application.market import START, STOVE, TENT, Market
from tests.domain.ordering.examples import usd
from tests.given import facts

pytestmark = pytest.mark.anyio
ROOMY = Rules(most_pending=1000)


@pytest.fixture(params=["memory", "postgres"])
async def markets(request: pytest.FixtureRequest) -> AsyncIterator[list[Market]]:
    """One shop as two processes see it; in memory as one does."""
    markets = [Market(ROOMY), Market(ROOMY)]
    async with AsyncExitStack() as opened:
        if request.param == "memory":
            markets[1].store = markets[0].store
        else:
            url = request.getfixturevalue("migrated_database_url")
            for market in markets:
                store = PostgresEventStore([BASKETS, ORDERS], {"basket": url, "ordering": url}, patience=10.0)
                market.store = await opened.enter_async_context(store)
        for market in markets:
            market.new_id = uuid4  # type: ignore[method-assign]  # neither makes an id that the other has made
        yield markets


@pytest.fixture
async def market(markets: list[Market]) -> Market:
    return markets[0]


async def held(market: Market, code: str, buyers: Iterable[str]) -> set[UUID]:
    """The orders that hold a redemption."""
    id = promotion_id(code)
    streams = await market.store.load_many(REDEMPTIONS, [redemption_stream(id, buyer) for buyer in buyers])
    return {order_id for stream in streams.values() for order_id in stream.state.orders}


async def counted(market: Market, code: str) -> int:
    """How many redemptions of a promotion with a limit in all are taken at present."""
    id = promotion_id(code)
    tallies = await market.store.load_many(TALLY, [redeemed_tally(id), returned_tally(id)])
    return tallies[redeemed_tally(id)].state.count - tallies[returned_tally(id)].state.count


async def draft(market: Market, *codes: str, quantity: int = 1, buyer: str = "alice") -> Any:
    cmd = DraftOrder((OrderLine(STOVE, quantity),), None, codes)
    drafted = await ordering.draft_order(cmd, market.call(buyer), store=market.store, till=market.till)
    return drafted.draft


def kept(outcomes: Sequence[Any]) -> list[Saved[OrderReceipt]]:
    return [each for each in outcomes if isinstance(each, Saved)]


@pytest.mark.proves("ORD-10", "ORD-11", "P11")
async def test_an_order_costs_less_by_what_its_promotions_take_off(market: Market) -> None:
    id = await market.promote("welcome10", limit=5)
    await market.promote("five", AmountDiscount(Price("5.00", "USD")))
    await market.promote("post", FreeShippingDiscount())
    saved = await market.place((STOVE, 1), promotions=["POST", "Five", "WELCOME10", "five"], expected_total="28.13")
    placed, opened, *redeemed = saved.events

    assert isinstance(placed, OrderPlaced)
    assert isinstance(opened, PendingOrderOpened)
    # 34.50 - 3.45 - 5.00 = 26.05; 8 % of it are 2.08.
    amounts = (placed.subtotal, placed.discount, placed.tax, placed.shipping, placed.total)
    assert amounts == (usd("34.50"), usd("8.45"), usd("2.08"), usd("0.00"), usd("28.13"))
    assert placed.promotions == ("POST", "FIVE", "WELCOME10")
    order_id = saved.result.order_id
    assert set(redeemed) == {RedemptionCounted(id, order_id)} | {
        PromotionRedeemed(promotion_id(code), "alice", order_id) for code in placed.promotions
    }
    assert saved.versions[redeemed_tally(id)] == 1


async def test_a_draft_shows_what_each_promotion_takes_off_and_records_nothing(market: Market) -> None:
    await market.promote("WELCOME10", limit=1)
    await market.promote("POST", FreeShippingDiscount())
    head = await market.store.head("ordering")
    drafted = await draft(market, "POST", "WELCOME10")

    nothing = usd("0")
    assert drafted.promotions == (
        Applied("WELCOME10", usd("3.45"), nothing),
        Applied("POST", nothing, usd("4.90")),
    )
    assert head == await market.store.head("ordering")
    placed = await market.place((STOVE, 1), promotions=["POST", "WELCOME10"])
    assert drafted.total == placed.result.total


@pytest.mark.proves("B40")
async def test_what_cannot_be_redeemed_is_refused_by_name_and_nothing_is_recorded(market: Market) -> None:
    day = timedelta(days=1)
    await market.promote("EARLY", starts_at=START + day)
    await market.promote("LATE", ends_at=START)
    await market.promote("ENDED")
    await market.promote("SPENT", limit=1)
    await market.promote("ONCE", limit_per_buyer=1)
    await market.promote("LARGE", minimum=Price("34.51", "USD"))
    end = market.call("sam", staff=True)
    await ordering.end_promotion(EndPromotion(), end, promotion_id("ENDED"), store=market.store)
    await market.place((TENT, 1), promotions=["SPENT"], call=market.call("bob"))
    await market.place((TENT, 1), promotions=["ONCE"])
    refusals: dict[str, type[Refusal]] = {
        "UNKNOWN": PromotionUnknown,
        "EARLY": PromotionNotStarted,
        "LATE": PromotionExpired,
        "ENDED": PromotionExpired,
        "SPENT": PromotionSpent,
        "ONCE": PromotionUsedUp,
        "LARGE": PromotionNotMet,
    }
    await market.promote("GOOD", limit=1)
    head = await market.store.head("ordering")
    for code, refusal in refusals.items():
        for asking in (
            market.place((STOVE, 1), promotions=["GOOD", code.lower()]),
            draft(market, "GOOD", code),
        ):
            with pytest.raises(refusal) as refused:
                await asking
            assert refused.value.fields["promotion"] == code
    assert head == await market.store.head("ordering")
    assert await counted(market, "GOOD") == 0


@pytest.mark.proves("B40")
async def test_more_codes_than_an_order_takes_are_refused(market: Market) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"lines": [{"product_id": str(TENT)}], "promotions": ["A"] * 10_000}, DraftOrder)
    with pytest.raises(TooManyPromotions):
        await market.place((TENT, 1), promotions=["A"] * 21)


async def test_an_amount_in_another_currency_is_no_promotion(market: Market) -> None:
    with pytest.raises(CurrencyMismatch):
        await market.promote("EURO", AmountDiscount(Price("5.00", "EUR")))


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
    order_id = (await market.place((STOVE, 1), promotions=["LAST"])).result.order_id
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
        order_id = (await market.place((STOVE, 1), promotions=["LAST"])).result.order_id
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
    order_id = (await market.place((STOVE, 1), promotions=["LAST"])).result.order_id
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
        (await market.place((STOVE, 1), promotions=["LAST", "MORE"], call=market.call(buyer))).result.order_id
        for buyer in ("alice", "alice", "bob")
    ]
    for order_id in orders:
        await market.drive(order_id, request_validation)
    (fact,) = facts("inventory", RedemptionCounted(orders[0], orders[0]))  # any fact: a message needs its envelope
    told = [message(fact, StockRejected(order_id, "out-of-stock", (Shortage(STOVE, 1, 0),))) for order_id in orders]
    for _ in range(2):
        streams = await hear_stock(told * 2, market.store, market.clock.now)
        await market.store.save(*streams, call=market.call("system:hear-stock"), result=None, context="ordering")

    assert await counted(market, "LAST") == 0
    for code in ("LAST", "MORE"):
        assert await held(market, code, ["alice", "bob"]) == set()


async def test_a_promotion_that_ended_leaves_orders_what_they_were_promised(market: Market) -> None:
    id = await market.promote("LAST", limit=1)
    order_id = (await market.place((STOVE, 1), promotions=["LAST"])).result.order_id
    staff = market.call("sam", staff=True)
    for _ in range(2):
        await ordering.end_promotion(EndPromotion(), staff, id, store=market.store)
    (terms,) = await ordering.terms_of(["LAST"], store=market.store)

    assert terms.code == "LAST"
    assert (await market.cancel(order_id)).result.status is Status.CANCELLED
    assert await counted(market, "LAST") == 0


async def test_changed_items_are_charged_by_the_promotions_whose_minimum_they_still_meet(market: Market) -> None:
    await market.promote("LARGE", PercentageDiscount("50"), minimum=Price("60.00", "USD"))
    await market.promote("POST", FreeShippingDiscount())
    order_id = (await market.place((STOVE, 2), promotions=["LARGE", "POST"])).result.order_id
    order = (await market.store.load(ORDER, order_id)).state
    terms = await ordering.terms_of(order.promotions, store=market.store)
    market.catalogue.withdraw(STOVE)
    fewer = [Item(STOVE, line.name, None, line.unit_price, 1, line.discount) for line in order.lines]
    drafted = await market.till.charge(fewer, None, terms)

    assert order.total == usd("37.26")
    assert (drafted.subtotal, drafted.discount, drafted.shipping) == (usd("34.50"), usd("0"), usd("0"))
    assert [each.code for each in drafted.promotions] == ["POST"]


async def test_an_order_that_is_changed_keeps_what_it_was_promised_while_it_is_worth_enough(market: Market) -> None:
    id = await market.promote("LARGE", PercentageDiscount("50"), minimum=Price("60.00", "USD"), limit=1)
    order_id = (await market.place((STOVE, 2), promotions=["LARGE"])).result.order_id
    await ordering.end_promotion(EndPromotion(), market.call("sam", staff=True), id, store=market.store)

    async def discount_of(quantity: int) -> Any:
        change = ordering.SetLine(quantity)
        await ordering.set_line(
            change, market.call(), order_id, STOVE, store=market.store, till=market.till, new_id=market.new_id
        )
        (line,) = (await market.store.load(ORDER, order_id)).state.lines
        return line.discount

    assert [await discount_of(quantity) for quantity in (3, 1, 4)] == [usd("51.75"), usd("0"), usd("69.00")]
    assert await counted(market, "LARGE") == 1
    await market.cancel(order_id)
    assert await counted(market, "LARGE") == 0


async def test_a_basket_is_checked_out_with_promotions(market: Market) -> None:
    await market.promote("WELCOME10", limit_per_buyer=1)
    await market.add(STOVE)
    head = await market.store.head("basket")
    with pytest.raises(PromotionUnknown):
        await market.check_out(promotions=["WELCOME1O"])
    assert head == await market.store.head("basket")
    receipt = (await market.check_out(promotions=["welcome10"])).result

    assert receipt.total == usd("38.43")  # 34.50 - 3.45, and 2.48 of tax, and shipping
    assert await held(market, "WELCOME10", ["alice"]) == {receipt.order_id}


async def test_the_terms_of_a_promotion_that_is_not_there_cannot_be_changed(market: Market) -> None:
    call = market.call("ada", staff=True)
    for change in (
        ordering.amend_promotion(AmendPromotion(limit=1), call, UUID(int=404), store=market.store),
        ordering.end_promotion(EndPromotion(), call, UUID(int=404), store=market.store),
    ):
        with pytest.raises(PromotionNotFound):
            await change


async def test_a_raised_limit_counts_at_once(market: Market) -> None:
    id = await market.promote("LAST", limit=1)
    await market.place((STOVE, 1), promotions=["LAST"])
    await ordering.amend_promotion(AmendPromotion(limit=2), market.call("ada", staff=True), id, store=market.store)
    await market.place((STOVE, 1), promotions=["LAST"], call=market.call("bob"))

    assert await counted(market, "LAST") == 2


async def test_a_promotion_that_is_made_again_is_made_once(market: Market) -> None:
    assert await market.promote("WELCOME10") == await market.promote("welcome10")
    assert (await market.store.load(PROMOTION, promotion_id("WELCOME10"))).version == 1


async def test_a_rehearsed_order_says_what_it_would_redeem(market: Market) -> None:
    await market.promote("LAST", limit=1)
    store = market.store
    market.store = DryRun(store)
    saved = await market.place((STOVE, 1), promotions=["LAST"])
    market.store = store

    assert {type(event) for event in saved.events} >= {PromotionRedeemed, RedemptionCounted}
    assert await counted(market, "LAST") == 0
