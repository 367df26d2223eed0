"""What promotions take off together: one rule, never over a line, spread to the cent."""

import random
from collections.abc import Callable
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.money import CurrencyMismatch, Money, spread, total
from domain.ordering import AmountOff, Applied, Discount, FreeShipping, Item, Percentage, Terms, discounted, draft
from domain.ordering.discounts import shipped, subtotals
from tests.domain.ordering.examples import STOVE, TENT, assert_adds_up
from tests.money import usd
from tests.strategies.ordering import ROOMY, TIGHT, carts
from tests.strategies.promotions import cents, discounts, sets_of_promises

tent = Item(TENT, "Storm Tent", None, usd("100.00"), 1, usd("0"))
stove = Item(STOVE, "Pocket Stove", None, usd("16.665"), 2, usd("0"))


def promise(code: str, discount: Discount) -> Terms:
    return Terms(code=code, description="", discount=discount)


def percent(value: str, code: str = "PER") -> Terms:
    return promise(code, Percentage(Decimal(value)))


def off(value: str, code: str = "AMT") -> Terms:
    return promise(code, AmountOff(usd(value)))


free = promise("POST", FreeShipping())


def taken(*promotions: Terms) -> list[str]:
    """What is taken off the tent, off the stoves."""
    items = discounted([tent, stove], promotions, "USD").items
    return [str(item.discount.amount) for item in items]


def test_a_percentage_is_rounded_once_and_spread_over_the_lines() -> None:
    assert ["10.00", "3.33"] == taken(percent("10"))
    assert ["100.00", "33.33"] == taken(percent("100"))


def test_an_amount_is_spread_as_the_lines_compare_and_the_odd_cent_goes_where_most_was_lost() -> None:
    assert ["7.50", "2.50"] == taken(off("10.00"))
    three = [replace(tent, product_id=UUID(int=number)) for number in (1, 2, 3)]
    items = discounted(three, [off("10.00")], "USD").items
    assert ["3.34", "3.33", "3.33"] == [str(item.discount.amount) for item in items]


def test_an_amount_above_what_the_goods_cost_takes_off_all_of_it_and_no_more() -> None:
    assert ["100.00", "33.33"] == taken(off("999.00"))


def test_percentages_come_first_then_amounts_each_off_what_is_left() -> None:
    result = discounted([tent], [off("5.00"), percent("10", "TEN"), free, percent("20", "TWENTY")], "USD")

    nothing = usd("0")
    assert (
        Applied("TWENTY", usd("20.00"), nothing),
        Applied("TEN", usd("8.00"), nothing),
        Applied("AMT", usd("5.00"), nothing),
        Applied("POST", nothing, nothing),
    ) == result.applied
    assert usd("33.00") == result.items[0].discount


def test_the_order_in_which_codes_are_named_changes_nothing() -> None:
    asked = [percent("15", "B"), percent("15", "A"), off("7.77"), free]
    results = {repr(discounted([tent, stove], each, "USD")) for each in permutations(asked)}

    assert 1 == len(results)


def test_free_shipping_takes_off_all_of_the_shipping_once() -> None:
    twice = [free, promise("ALSO", FreeShipping())]
    applied, shipping = shipped(discounted([tent], twice, "USD"), usd("4.90"))

    assert (Applied("ALSO", usd("0"), usd("4.90")), Applied("POST", usd("0"), usd("0"))) == applied
    assert usd("0") == shipping


def test_without_promotions_a_discount_that_an_item_had_is_gone() -> None:
    result = discounted([replace(tent, discount=usd("50.00"))], [], "USD")

    assert usd("0") == result.items[0].discount
    assert ((), usd("4.90")) == shipped(result, usd("4.90"))


@pytest.mark.proves("B39")
def test_an_amount_in_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        discounted([tent], [promise("EURO", AmountOff(Money(Decimal(5), "EUR")))], "USD")


@pytest.mark.proves("P11")
@drawn(st.lists(cents(), max_size=8), st.data())
def test_what_is_spread_is_exact_and_nobody_gets_more_than_their_part(over: list[Money], data: st.DataObject) -> None:
    whole = total(over, "USD")
    amount = data.draw(cents(int(whole.amount * 100)))
    shares = spread(amount, over)

    assert amount == total(shares, "USD")
    for share, part in zip(shares, over, strict=True):
        assert share == share.rounded()
        assert usd("0") <= share <= part
        if whole.amount:
            assert abs(share.amount - amount.amount * part.amount / whole.amount) < Decimal("0.01")


@pytest.mark.parametrize("amount", ["-0.01", "3.01"])
def test_more_than_there_is_cannot_be_spread(amount: str) -> None:
    with pytest.raises(ValueError, match="cannot be spread"):
        spread(usd(amount), [usd("1.00"), usd("2.00")])


def test_money_without_cents_is_spread_in_whole_units() -> None:
    yen = [Money(Decimal(each), "JPY") for each in (1000, 1000, 1000)]

    assert [34, 33, 33] == [share.amount for share in spread(Money(Decimal(100), "JPY"), yen)]


@pytest.mark.proves("P11")
@drawn(carts(), sets_of_promises())
def test_with_any_promotions_amounts_add_up_and_no_discount_is_over_its_line(
    cart: tuple[list[Item], dict[UUID, Money], Money], promotions: list[Terms]
) -> None:
    items, taxes, freight = cart
    check(items, taxes, freight, promotions)


def check(items: list[Item], taxes: dict[UUID, Money], freight: Money, promotions: list[Terms]) -> None:
    result = discounted(items, promotions, "USD")
    applied, shipping = shipped(result, freight.rounded())
    drafted = draft(result.items, taxes, shipping, ROOMY, applied)

    assert_adds_up(drafted)
    assert drafted.discount == total((each.discount for each in drafted.promotions), "USD")
    assert freight.rounded() - drafted.shipping == total((each.shipping for each in drafted.promotions), "USD")
    assert {each.code for each in drafted.promotions} == {terms.code for terms in promotions}
    for line, full in zip(drafted.lines, subtotals(items), strict=True):
        assert usd("0") <= line.discount <= line.subtotal == full


@drawn(carts(), discounts(), sets_of_promises())
def test_one_more_promotion_never_makes_goods_dearer(
    cart: tuple[list[Item], dict[UUID, Money], Money], discount: Discount, promotions: list[Terms]
) -> None:
    items, _, freight = cart

    def due(terms: list[Terms]) -> Decimal:
        result = discounted(items, terms, "USD")
        _, shipping = shipped(result, freight.rounded())
        return draft(result.items, {}, shipping, TIGHT).total.amount

    # A percentage that comes before others changes what these are rounded from: a cent each, at most.
    assert due([*promotions, promise("ONE-MORE", discount)]) <= due(promotions) + Decimal("0.01") * len(promotions)


@pytest.mark.proves("P11")
@pytest.mark.timeout(1800)
def test_amounts_of_very_many_carts_with_promotions_add_up(at_scale: Callable[[int, int], int]) -> None:
    dice = random.Random(20261120)
    kinds: list[Callable[[], Discount]] = [
        lambda: Percentage(Decimal(dice.randint(1, 10_000)).scaleb(-2)),
        lambda: AmountOff(Money(Decimal(dice.randint(1, 50_000)).scaleb(-2), "USD")),
        FreeShipping,
    ]
    for _ in range(at_scale(5_000, 1_000_000)):
        items = [
            Item(
                UUID(int=number),
                "Thing",
                None,
                Money(Decimal(dice.randrange(100_000)).scaleb(-dice.choice((2, 2, 4))), "USD"),
                dice.randint(1, 99),
                usd("0"),
            )
            for number in range(dice.randint(1, 8))
        ]
        promotions = [promise(f"CODE-{number}", dice.choice(kinds)()) for number in range(dice.randint(0, 4))]
        check(items, {}, Money(Decimal(dice.randrange(2_000)).scaleb(-2), "USD"), promotions)
