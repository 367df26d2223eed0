"""What a code says is taken off, while its promotion lasts: on a store in memory and on Postgres."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from application import ordering
from application.commands import DryRun
from application.ordering import (
    AmendPromotion,
    AmountDiscount,
    DraftOrder,
    EndPromotion,
    FreeShippingDiscount,
    OrderLine,
    PercentageDiscount,
    TooManyPromotions,
)
from application.wire import Price
from domain.kernel import Refusal
from domain.money import CurrencyMismatch
from domain.ordering import (
    ORDER,
    PROMOTION,
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
    Status,
    promotion_id,
    redeemed_tally,
)
from tests.application.driving import placed
from tests.application.market import START, STOVE, TENT, Market
from tests.application.redeeming import counted, held
from tests.money import usd

pytestmark = pytest.mark.anyio


@pytest.fixture
def market(markets: list[Market]) -> Market:
    return markets[0]


async def draft(market: Market, *codes: str, quantity: int = 1, buyer: str = "alice") -> Any:
    cmd = DraftOrder((OrderLine(STOVE, quantity),), None, codes)
    drafted = await ordering.draft_order(cmd, market.call(buyer), store=market.store, till=market.till)
    return drafted.draft


@pytest.mark.proves("ORD-10", "ORD-11", "P11")
async def test_an_order_costs_less_by_what_its_promotions_take_off(market: Market) -> None:
    id = await market.promote("welcome10", limit=5)
    await market.promote("five", AmountDiscount(Price("5.00", "USD")))
    await market.promote("post", FreeShippingDiscount())
    saved = await market.place((STOVE, 1), promotions=["POST", "Five", "WELCOME10", "five"], expected_total="28.13")
    order, opened, *redeemed = saved.events

    assert isinstance(order, OrderPlaced)
    assert isinstance(opened, PendingOrderOpened)
    # 34.50 - 3.45 - 5.00 = 26.05; 8 % of it are 2.08.
    amounts = (order.subtotal, order.discount, order.tax, order.shipping, order.total)
    assert amounts == (usd("34.50"), usd("8.45"), usd("2.08"), usd("0.00"), usd("28.13"))
    assert order.promotions == ("POST", "FIVE", "WELCOME10")
    order_id = saved.result.order_id
    assert set(redeemed) == {RedemptionCounted(id, order_id)} | {
        PromotionRedeemed(promotion_id(code), "alice", order_id) for code in order.promotions
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
    saved = await market.place((STOVE, 1), promotions=["POST", "WELCOME10"])
    assert drafted.total == saved.result.total


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


async def test_a_promotion_that_ended_leaves_orders_what_they_were_promised(market: Market) -> None:
    id = await market.promote("LAST", limit=1)
    order_id = await placed(market, (STOVE, 1), promotions=["LAST"])
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
    order_id = await placed(market, (STOVE, 2), promotions=["LARGE", "POST"])
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
    order_id = await placed(market, (STOVE, 2), promotions=["LARGE"])
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
