"""What check-out promises: one version of a basket is one order, whatever breaks between the two."""

import asyncio
from uuid import UUID

import pytest

from application.basket import ClearBasket, clear
from application.checkout import CheckOut, SignInFirst, check_out
from application.commands import DryRun
from application.store import Saved, StoreUnavailable
from domain.basket import BasketCheckedOut, BasketEmpty, MergePolicy, basket_id
from domain.kernel import Refusal, StaleVersion
from domain.ordering import ORDER, OrderPlaced, PendingOrderOpened, TotalChanged
from tests.application.breaking import BasketsAway, Died
from tests.application.market import ADDRESS, ROPE, STOVE, TENT, Market

pytestmark = pytest.mark.anyio
ALICE = "buyer:alice"


async def placed_but_not_recorded(market: Market) -> UUID:
    """An order whose process died before the basket knew of it."""
    store = market.store
    market.store = BasketsAway(store, Died())
    with pytest.raises(Died):
        await market.check_out()
    market.store = store
    (*_, order_id) = await market.orders()
    return order_id


async def bought(market: Market) -> dict[UUID, int]:
    """Units of each product over all orders."""
    units: dict[UUID, int] = {}
    for order_id in await market.orders():
        order = (await market.store.load(ORDER, order_id)).state
        for item in order.stock_items:
            units[item.product_id] = units.get(item.product_id, 0) + item.quantity
    return units


@pytest.mark.proves("BAS-11")
async def test_what_is_in_the_basket_is_ordered_and_the_basket_is_empty(market: Market) -> None:
    await market.add(TENT)
    await market.add(ROPE, 3)
    saved = await market.check_out()

    assert [type(event) for event in saved.events] == [OrderPlaced, PendingOrderOpened, BasketCheckedOut]
    assert await bought(market) == {TENT: 1, ROPE: 3}
    assert await market.content() == {}
    assert saved.positions.keys() == {"ordering", "basket"}
    assert basket_id(ALICE) in saved.versions


async def test_an_order_is_at_the_prices_of_now_not_at_those_of_the_basket(market: Market) -> None:
    await market.add(STOVE)
    market.catalogue.sell(STOVE, "Pocket Stove", "40.00")

    assert str((await market.check_out()).result.total.amount) == "48.10"


async def test_prices_that_changed_since_the_buyer_agreed_are_told(market: Market) -> None:
    await market.add(STOVE)
    market.catalogue.sell(STOVE, "Pocket Stove", "40.00")
    with pytest.raises(TotalChanged) as caught:
        await market.check_out(expected_total="42.16")

    assert str(caught.value.fields["total"]) == "48.10 USD"
    assert await market.content() == {STOVE: 1}
    assert (await market.check_out(expected_total="48.10")).events


async def test_an_empty_basket_is_refused_and_names_its_last_order(market: Market) -> None:
    with pytest.raises(BasketEmpty) as never:
        await market.check_out()
    await market.add(TENT)
    receipt = (await market.check_out()).result
    with pytest.raises(BasketEmpty) as again:
        await market.check_out()

    assert never.value.fields == {"last_order": None}
    assert again.value.fields == {"last_order": str(receipt.order_id)}


@pytest.mark.proves("ORD-16")
async def test_the_same_check_out_with_the_same_key_is_the_same_answer(market: Market) -> None:
    await market.add(TENT)
    first = await market.check_out(market.call(key="out-1"))
    again = await market.check_out(market.call(key="out-1"))

    assert first.result == again.result
    assert first.positions == again.positions
    assert again.replayed
    assert len(await market.orders()) == 1


async def test_the_same_check_out_with_another_key_and_the_version_it_means_is_the_same_order(market: Market) -> None:
    version = (await market.add(TENT)).versions[basket_id(ALICE)]
    first = await market.check_out(market.call(key="out-1", expected=version))
    again = await market.check_out(market.call(key="out-2", expected=version))

    assert first.result == again.result
    assert len(await market.orders()) == 1


@pytest.mark.parametrize("keys", [["one"] * 20, [f"key-{number}" for number in range(20)], [None] * 20])
@pytest.mark.parametrize("with_version", [True, False])
async def test_twenty_identical_check_outs_at_once_are_one_order(
    market: Market, keys: list[str | None], with_version: bool
) -> None:
    version = (await market.add(TENT, 2)).versions[basket_id(ALICE)]
    expected = version if with_version else None
    outcomes = await asyncio.gather(
        *(market.check_out(market.call(key=key, expected=expected)) for key in keys), return_exceptions=True
    )

    assert len(await market.orders()) == 1
    assert await bought(market) == {TENT: 2}
    assert await market.content() == {}
    answers = [each.result for each in outcomes if isinstance(each, Saved)]
    assert answers
    assert len({each.order_id for each in answers}) == 1
    assert all(isinstance(each, Saved | BasketEmpty) for each in outcomes)
    (recorded,) = await market.store.read("basket", tags=["basket.BasketCheckedOut"])
    (placed,) = await market.store.read("ordering", tags=["ordering.OrderPlaced"])
    for each in outcomes:
        if isinstance(each, Saved):
            assert each.positions["ordering"] >= placed.position
            assert each.positions["basket"] >= recorded.position
    if with_version:
        assert len(answers) == len(keys)


async def test_a_basket_that_changed_since_it_was_seen_is_not_ordered(market: Market) -> None:
    seen = (await market.add(TENT)).versions[basket_id(ALICE)]
    await market.add(ROPE)
    with pytest.raises(StaleVersion):
        await market.check_out(market.call(expected=seen))

    assert await market.orders() == []


@pytest.mark.parametrize("owner", ["anonymous:7f3a", "buyer:bob", "alice", ""])
async def test_a_basket_that_is_not_the_buyers_own_is_not_ordered(market: Market, owner: str) -> None:
    await market.add(TENT, owner=owner)
    with pytest.raises(SignInFirst):
        await check_out(CheckOut(ADDRESS), market.call("alice"), owner, store=market.store, till=market.till)

    assert await market.orders() == []


async def test_each_filling_is_an_order_of_its_own(market: Market) -> None:
    for _ in range(3):
        await market.add(TENT)
        await market.check_out()

    assert len(set(await market.orders())) == 3


# Between the order and the basket


async def test_when_the_process_dies_between_the_two_the_reactor_finishes(market: Market) -> None:
    await market.add(TENT)
    await placed_but_not_recorded(market)
    assert await market.content() == {TENT: 1}
    await market.react()

    assert await market.content() == {}
    assert len(await market.orders()) == 1


async def test_the_reactor_decides_nothing_for_what_is_recorded_already(market: Market) -> None:
    await market.add(TENT)
    await market.check_out()
    await market.place((ROPE, 20))
    head = await market.store.head("basket")
    await market.react()
    await market.react()

    assert await market.store.head("basket") == head


async def test_a_check_out_sent_again_after_the_process_died_finishes_the_first(market: Market) -> None:
    await market.add(TENT)
    order_id = await placed_but_not_recorded(market)
    again = await market.check_out(market.call(key="another"))

    assert again.result.order_id == order_id
    assert await market.content() == {}


async def test_what_was_added_after_the_process_died_stays_and_nothing_is_ordered_twice(market: Market) -> None:
    await market.add(TENT)
    await placed_but_not_recorded(market)
    await market.add(ROPE, 20)
    await market.react()

    assert await market.content() == {ROPE: 20}
    await market.check_out()
    assert await bought(market) == {TENT: 1, ROPE: 20}


async def test_a_check_out_that_comes_before_the_reactor_does_not_order_the_first_again(market: Market) -> None:
    await market.add(TENT)
    await placed_but_not_recorded(market)
    await market.add(ROPE, 20)
    await market.check_out()

    assert await bought(market) == {TENT: 1, ROPE: 20}
    assert await market.content() == {}
    await market.react()
    assert await bought(market) == {TENT: 1, ROPE: 20}


async def test_what_was_ordered_and_then_withdrawn_does_not_stop_the_next_check_out(market: Market) -> None:
    await market.add(TENT)
    await placed_but_not_recorded(market)
    await market.add(ROPE, 20)
    market.catalogue.withdraw(TENT)
    await market.check_out()

    assert await bought(market) == {TENT: 1, ROPE: 20}


async def test_with_nothing_new_in_the_basket_it_is_empty_when_the_first_was_recorded(market: Market) -> None:
    await market.add(TENT, 2)
    await placed_but_not_recorded(market)
    await market.set(TENT, 1)
    with pytest.raises(BasketEmpty):
        await market.check_out()

    assert await bought(market) == {TENT: 2}


async def test_a_basket_cleared_after_the_process_died_is_empty_and_knows_its_order(market: Market) -> None:
    await market.add(TENT)
    order_id = await placed_but_not_recorded(market)
    await clear(ClearBasket(), market.call(), ALICE, store=market.store)
    with pytest.raises(BasketEmpty) as refused:
        await market.check_out()
    await market.add(TENT, 2)
    await market.check_out()

    assert str(order_id) == refused.value.fields["last_order"]
    assert {TENT: 3} == await bought(market)


async def test_an_order_stands_though_the_baskets_database_is_away(market: Market) -> None:
    await market.add(TENT)
    store = market.store
    market.store = BasketsAway(store, StoreUnavailable())
    saved = await market.check_out()
    market.store = store
    await market.react()

    assert await market.orders() == [saved.result.order_id]
    assert saved.positions.keys() == {"ordering"}
    assert await market.content() == {}


async def test_adding_while_checking_out_loses_nothing(market: Market) -> None:
    await market.add(TENT)
    await asyncio.gather(market.check_out(), market.add(ROPE, 20), market.add(STOVE, 2))
    left, ordered = await market.content(), await bought(market)

    assert {product: left.get(product, 0) + ordered.get(product, 0) for product in (TENT, ROPE, STOVE)} == {
        TENT: 1,
        ROPE: 20,
        STOVE: 2,
    }


async def test_merging_before_the_check_out_orders_both(market: Market) -> None:
    await market.add(TENT)
    await market.add(ROPE, 2, owner="anonymous:7f3a")
    await market.merge(MergePolicy.SUM)
    await market.check_out()

    assert await bought(market) == {TENT: 1, ROPE: 2}


async def test_a_rehearsed_check_out_says_what_both_would_record(market: Market) -> None:
    await market.add(TENT)
    market.store, store = DryRun(market.store), market.store
    saved = await market.check_out()

    assert [type(event) for event in saved.events] == [OrderPlaced, PendingOrderOpened, BasketCheckedOut]
    assert await store.head("ordering") == 0


async def test_a_refused_check_out_records_nothing(market: Market) -> None:
    await market.add(TENT, 99)
    head = await market.store.head("basket")
    with pytest.raises(Refusal):
        await market.check_out()

    assert (await market.store.head("basket"), await market.store.head("ordering")) == (head, 0)
