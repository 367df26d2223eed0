"""What the basket's commands promise: nothing put in is lost, nothing is done twice."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from application import basket
from application.basket import AddItem, BasketSummary, MergeBasket, Merged, SetQuantity
from application.commands import DryRun
from application.deadlines import BASKET_EXPIRY, Waiting
from application.offers import ProductUnknown, ProductWithdrawn
from application.store import Saved
from domain.basket import (
    BASKET,
    BasketExpired,
    BasketFull,
    BasketStarted,
    InvalidQuantity,
    ItemAdded,
    MergePolicy,
    Portion,
    Rules,
    basket_id,
)
from domain.kernel import StaleVersion
from domain.money import CurrencyMismatch, Money
from tests.application.market import OLD, ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio
ALICE, ANONYMOUS = "buyer:alice", "anonymous:7f3a"
MONTH = timedelta(days=30)


async def expire(market: Market, owner: str = ALICE) -> Saved[BasketSummary]:
    call = market.call("system:deadlines")
    return await basket.expire_basket(
        basket.ExpireBasket(), call, basket_id(owner), store=market.store, rules=market.basket_rules
    )


async def due(market: Market) -> list[UUID]:
    """The baskets that the deadlines' read model would name, a lifetime after their last change."""
    waiting: dict[UUID, Waiting | None] = {}
    for fact in await market.store.read("basket"):
        waiting[fact.stream] = BASKET_EXPIRY.evolve(waiting.get(fact.stream), fact)
    return [each.stream for each in waiting.values() if each and market.clock.now - each.since >= MONTH]


# Putting in and taking out


@pytest.mark.proves("BAS-06")
async def test_what_is_put_in_is_there_with_the_catalogues_price(market: Market) -> None:
    saved = await market.add(STOVE, 2)

    assert BasketSummary(basket_id(ALICE), 1, 2, Money.parse("69.00", "USD")) == saved.result
    assert await market.content() == {STOVE: 2}


@pytest.mark.proves("BAS-04", "BAS-10")
async def test_parallel_adds_never_lose_a_line(market: Market) -> None:
    products = [UUID(int=100 + number) for number in range(8)]
    for product in products:
        market.catalogue.sell(product, "Thing", "1.00")
    await asyncio.gather(*(market.add(product) for product in products), *(market.add(TENT) for _ in range(30)))

    assert await market.content() == dict.fromkeys(products, 1) | {TENT: 30}


async def test_an_add_that_comes_again_adds_once(market: Market) -> None:
    first = await market.add(TENT, 2, market.call(key="add-1"))
    again = await market.add(TENT, 2, market.call(key="add-1"))

    assert await market.content() == {TENT: 2}
    assert again.replayed
    assert first.result == again.result


async def test_an_add_that_comes_again_answers_though_the_product_was_withdrawn_since(market: Market) -> None:
    first = await market.add(TENT, 2, market.call(key="add-1"))
    market.catalogue.withdraw(TENT)

    assert (await market.add(TENT, 2, market.call(key="add-1"))).result == first.result


async def test_an_unknown_and_a_withdrawn_product_are_refused_and_nothing_is_recorded(market: Market) -> None:
    with pytest.raises(ProductUnknown) as unknown:
        await market.add(UUID(int=404))
    with pytest.raises(ProductWithdrawn):
        await market.add(OLD)
    with pytest.raises(ProductWithdrawn):
        await market.set(OLD, 3)

    assert unknown.value.fields == {"product_ids": [str(UUID(int=404))]}
    assert await market.store.head("basket") == 0


async def test_what_was_withdrawn_since_can_be_taken_out(market: Market) -> None:
    await market.add(TENT)
    market.catalogue.withdraw(TENT)
    await basket.remove_item(basket.RemoveItem(), market.call(), ALICE, TENT, store=market.store)

    assert await market.content() == {}


@pytest.mark.proves("B39")
async def test_a_product_in_another_currency_is_refused(market: Market) -> None:
    await market.add(TENT)
    market.catalogue.sell(ROPE, "Rope", "1.10", "EUR")
    with pytest.raises(CurrencyMismatch):
        await market.add(ROPE)


@pytest.mark.proves("BAS-08")
async def test_setting_a_quantity_takes_the_price_of_now_over(market: Market) -> None:
    await market.add(STOVE, 2)
    market.catalogue.sell(STOVE, "Pocket Stove", "30.00")
    saved = await market.set(STOVE, 3)

    assert saved.result.subtotal == Money.parse("90.00", "USD")


@pytest.mark.proves("BAS-07")
async def test_clearing_leaves_an_empty_basket(market: Market) -> None:
    await market.add(TENT)
    saved = await basket.clear(basket.ClearBasket(), market.call(), ALICE, store=market.store)

    assert saved.result == BasketSummary(basket_id(ALICE), 0, 0, None)


async def test_everybody_has_a_basket_of_their_own(market: Market) -> None:
    await market.add(TENT)
    await market.add(ROPE, owner="buyer:bob")

    assert await market.content() == {TENT: 1}
    assert await market.content("buyer:bob") == {ROPE: 1}
    assert await market.content("buyer:carol") == {}


@pytest.mark.proves("B41")
async def test_a_version_that_is_no_longer_the_present_one_is_refused(market: Market) -> None:
    seen = (await market.add(TENT)).versions[basket_id(ALICE)]
    await market.add(STOVE)
    with pytest.raises(StaleVersion):
        await market.set(TENT, 5, market.call(expected=seen))

    assert await market.content() == {TENT: 1, STOVE: 1}


async def test_limits_are_those_of_the_settings(market: Market) -> None:
    market.basket_rules = Rules(most_lines=1, most_quantity=3)
    await market.add(TENT, 3)
    with pytest.raises(BasketFull):
        await market.add(ROPE)
    with pytest.raises(InvalidQuantity):
        await market.add(TENT)


async def test_a_rehearsal_says_what_it_would_record_and_records_nothing(market: Market) -> None:
    market.store, store = DryRun(market.store), market.store
    saved = await market.add(TENT)

    assert [type(event) for event in saved.events] == [BasketStarted, ItemAdded]
    assert await store.head("basket") == 0


@pytest.mark.proves("B13", "B15", "B16", "B17", "B18")
@pytest.mark.parametrize(
    ("command", "body"),
    [
        (AddItem, {"product_id": str(TENT), "quantity": 0}),
        (AddItem, {"product_id": str(TENT), "quantity": 1000}),
        (AddItem, {"product_id": str(TENT), "quantity": 1.5}),
        (AddItem, {"product_id": str(TENT), "quantity": "1"}),
        (AddItem, {"product_id": str(TENT), "quantity": True}),
        (AddItem, {"product_id": str(TENT), "quantity": None}),
        (AddItem, {"product_id": str(TENT), "quantity": 1, "unit_price": "0.01"}),
        (AddItem, {"quantity": 1}),
        (SetQuantity, {}),
        (MergeBasket, {"policy": "mine"}),
    ],
)
async def test_a_body_that_is_not_the_command_is_refused(command: Any, body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(body), type=command)


# Merging


async def test_signing_in_brings_the_anonymous_basket_along_and_empties_it(market: Market) -> None:
    await market.add(TENT)
    await market.add(TENT, 2, owner=ANONYMOUS)
    await market.add(ROPE, 5, owner=ANONYMOUS)
    saved = await market.merge()

    assert await market.content() == {TENT: 3, ROPE: 5}
    assert await market.content(ANONYMOUS) == {}
    assert saved.result == Merged(BasketSummary(basket_id(ALICE), 2, 8, Money.parse("873.25", "USD")))
    assert set(saved.versions) == {basket_id(ALICE), basket_id(ANONYMOUS)}


async def test_merging_again_and_at_the_same_time_merges_once(market: Market) -> None:
    await market.add(TENT)
    await market.add(ROPE, 5, owner=ANONYMOUS)
    await asyncio.gather(*(market.merge() for _ in range(5)))
    await market.merge(MergePolicy.KEEP_ANONYMOUS)

    assert await market.content() == {TENT: 1, ROPE: 5}


@pytest.mark.proves("B41")
async def test_nothing_is_merged_into_a_basket_that_changed_since_it_was_seen(market: Market) -> None:
    seen = (await market.add(TENT)).versions[basket_id(ALICE)]
    await market.add(STOVE)
    await market.add(ROPE, owner=ANONYMOUS)
    with pytest.raises(StaleVersion):
        await market.merge(call=market.call(expected=seen))

    assert await market.content(ANONYMOUS) == {ROPE: 1}


async def test_an_anonymous_basket_that_is_filled_again_can_be_merged_again(market: Market) -> None:
    for quantity in (2, 3):
        await market.add(ROPE, quantity, owner=ANONYMOUS)
        await market.merge()

    assert await market.content() == {ROPE: 5}


async def test_an_add_that_races_a_merge_ends_in_one_basket_or_the_other(market: Market) -> None:
    await market.add(TENT, owner=ANONYMOUS)
    await asyncio.gather(market.merge(), market.add(ROPE, owner=ANONYMOUS), market.add(STOVE))

    mine, theirs = await market.content(), await market.content(ANONYMOUS)
    assert mine | theirs == {TENT: 1, ROPE: 1, STOVE: 1}
    assert not mine.keys() & theirs.keys()


async def test_what_did_not_fit_is_told(market: Market) -> None:
    market.basket_rules = Rules(most_lines=1, most_quantity=3)
    await market.add(TENT, 2)
    market.basket_rules = Rules(most_lines=2, most_quantity=9)
    await market.add(TENT, 2, owner=ANONYMOUS)
    await market.add(ROPE, 1, owner=ANONYMOUS)
    market.basket_rules = Rules(most_lines=1, most_quantity=3)
    saved = await market.merge()

    assert await market.content() == {TENT: 3}
    assert (saved.result.capped, saved.result.left_out) == ((Portion(TENT, 1),), (Portion(ROPE, 1),))


async def test_a_basket_merged_into_itself_stays_as_it_is(market: Market) -> None:
    await market.add(TENT)
    saved = await basket.merge(
        MergeBasket(), market.call(), ALICE, ALICE, store=market.store, rules=market.basket_rules
    )

    assert saved.events == ()
    assert await market.content() == {TENT: 1}


# Expiring


@pytest.mark.proves("BAS-03", "BAS-09")
async def test_a_basket_expires_30_days_after_its_last_change(market: Market) -> None:
    await market.add(TENT)
    market.clock.advance(MONTH - timedelta(seconds=1))
    await market.add(ROPE)
    market.clock.advance(timedelta(seconds=1))
    assert await due(market) == []
    assert (await expire(market)).events == ()

    market.clock.advance(MONTH)
    assert await due(market) == [basket_id(ALICE)]
    assert (await expire(market)).events == (BasketExpired(),)
    assert (await expire(market)).events == ()
    assert await due(market) == []
    assert await market.content() == {}


async def test_a_basket_that_is_touched_while_it_expires_stays(market: Market) -> None:
    """The deadline decides on the basket's own history: it may be told of a basket that was changed since."""
    await market.add(TENT)
    market.clock.advance(MONTH)
    await market.add(ROPE)

    assert (await expire(market)).events == ()
    assert await market.content() == {TENT: 1, ROPE: 1}


async def test_whoever_expires_a_basket_at_the_same_time_expires_it_once(market: Market) -> None:
    await market.add(TENT)
    market.clock.advance(MONTH)
    await asyncio.gather(*(expire(market) for _ in range(4)))
    facts = await market.store.history(BASKET, basket_id(ALICE))

    assert [type(fact.event) for fact in facts] == [BasketStarted, ItemAdded, BasketExpired]


async def test_time_no_longer_works_against_a_basket_that_was_merged_away_or_ordered(market: Market) -> None:
    await market.add(ROPE, 20, owner=ANONYMOUS)
    await market.merge()
    market.clock.advance(MONTH)
    assert await due(market) == [basket_id(ALICE)]
    await market.check_out()

    assert await due(market) == []


async def test_a_basket_that_was_never_filled_does_not_expire(market: Market) -> None:
    assert (await expire(market)).events == ()
    assert await market.store.head("basket") == 0
