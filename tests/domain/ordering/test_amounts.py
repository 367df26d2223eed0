"""What an order costs."""

import random
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as drawn
from msgspec.structs import replace

from domain.kernel import Refusal
from domain.money import CurrencyMismatch, InvalidMoney, Money
from domain.ordering import DiscountTooHigh, InvalidQuantity, Item, NoLines, Rules, TooManyLines, draft, merged
from tests.domain.ordering.examples import ITEMS, RULES, STOVE, TAXES, TENT, assert_adds_up
from tests.money import usd
from tests.strategies.ordering import ROOMY, TIGHT, carts, messy_drafts

tent, stove = ITEMS


@pytest.mark.proves("ORD-02")
def test_the_same_product_twice_is_one_line_with_the_higher_discount() -> None:
    again = replace(tent, quantity=2, discount=usd("30.00"))
    less = replace(tent, quantity=1, discount=usd("1.00"))

    assert (replace(tent, quantity=4, discount=usd("30.00")), stove) == merged([tent, stove, again, less], RULES)


@pytest.mark.proves("ORD-02")
def test_adding_an_item_twice_totals_both() -> None:
    cup = Item(TENT, "Cup", None, usd("10.0"), 1, usd("0"))

    assert usd("20.00") == draft([cup, cup], {}, usd("0"), RULES).total


def test_the_total_is_what_is_left_after_the_discount_with_tax_and_shipping() -> None:
    assert usd("360.45") == draft(ITEMS, TAXES, usd("4.90"), RULES).total


def test_each_line_is_rounded_once_half_to_even() -> None:
    prices = {"0.1250": "0.12", "0.1350": "0.14", "0.0050": "0.00", "0.0150": "0.02"}
    for price, charged in prices.items():
        item = Item(TENT, "Bead", None, usd(price), 1, usd("0"))
        assert usd(charged) == draft([item], {}, usd("0"), RULES).total


@pytest.mark.proves("B13")
@pytest.mark.parametrize("quantity", [0, -1, 1000, 2**63])
def test_a_quantity_outside_1_to_999_is_refused(quantity: int) -> None:
    with pytest.raises(InvalidQuantity):
        merged([replace(tent, quantity=quantity)], RULES)


@pytest.mark.proves("B14")
def test_quantities_that_add_up_to_more_than_999_are_refused() -> None:
    assert merged([replace(tent, quantity=998), tent], RULES)[0].quantity == 999
    with pytest.raises(InvalidQuantity):
        merged([replace(tent, quantity=998), replace(tent, quantity=2)], RULES)


@pytest.mark.proves("B14")
def test_a_line_that_comes_to_more_than_can_be_charged_is_refused_by_its_product() -> None:
    dear = replace(tent, unit_price=usd("400000000000.00"), quantity=2)

    assert (dear,) == merged([dear], RULES)
    with pytest.raises(InvalidQuantity) as caught:
        draft([dear, replace(dear, quantity=1)], {}, usd("0"), RULES)
    assert caught.value.fields == {"product_id": str(TENT), "quantity": 3, "least": 1, "most": 2}


@pytest.mark.parametrize(
    ("price", "refusal"), [("9.99", "total-out-of-range"), ("10.00", None), ("10000.01", "total-out-of-range")]
)
def test_a_draft_tells_why_nobody_could_place_it(price: str, refusal: str | None) -> None:
    drafted = draft([replace(tent, unit_price=usd(price), quantity=1, discount=usd("0"))], {}, usd("0"), RULES)

    assert (refusal, usd(price)) == (drafted.refusal, drafted.total)


@pytest.mark.proves("ORD-19")
def test_51_products_are_refused_but_50_in_any_number_of_lines_are_not() -> None:
    many = [replace(stove, product_id=UUID(int=100 + number)) for number in range(51)]

    assert len(merged([*many[:50], *many[:50]], RULES)) == 50
    with pytest.raises(TooManyLines) as caught:
        merged(many, RULES)
    assert caught.value.fields == {"lines": 51, "most": 50}


def test_an_order_without_lines_is_refused() -> None:
    with pytest.raises(NoLines):
        draft([], {}, usd("4.90"), RULES)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(tent, unit_price=usd("-1.00")),
        replace(tent, discount=usd("-0.01")),
        replace(tent, unit_price=usd("NaN")),
    ],
)
def test_negative_prices_and_discounts_are_refused(wrong: Item) -> None:
    with pytest.raises(InvalidMoney):
        draft([wrong], {}, usd("0"), RULES)


def test_negative_charges_are_refused() -> None:
    with pytest.raises(InvalidMoney):
        draft([tent], {TENT: usd("-0.01")}, usd("0"), RULES)
    with pytest.raises(InvalidMoney):
        draft([tent], {}, usd("-0.01"), RULES)


def test_a_discount_higher_than_its_line_is_refused() -> None:
    assert draft([replace(tent, discount=usd("289.00"))], {}, usd("0"), RULES).total == usd("0.00")
    with pytest.raises(DiscountTooHigh):
        draft([replace(tent, discount=usd("289.01"))], {}, usd("0"), RULES)


@pytest.mark.proves("B39")
def test_amounts_in_two_currencies_are_refused() -> None:
    foreign = Money(Decimal("10.00"), "EUR")
    for case in (
        ([replace(tent, unit_price=foreign)], {}, usd("0")),
        ([replace(tent, discount=foreign)], {}, usd("0")),
        ([tent], {TENT: foreign}, usd("0")),
        ([tent, stove], {STOVE: usd("1")}, foreign),
    ):
        with pytest.raises(CurrencyMismatch):
            draft(*case, RULES)


@pytest.mark.proves("P11")
@drawn(carts())
def test_amounts_always_add_up(cart: tuple[list[Item], dict[UUID, Money], Money]) -> None:
    assert_adds_up(draft(*cart, TIGHT))


@pytest.mark.proves("P11")
@pytest.mark.timeout(1800)
def test_amounts_of_very_many_carts_add_up(at_scale: Callable[[int, int], int]) -> None:
    dice = random.Random(20260301)

    def cents(most: int) -> Money:
        return Money(Decimal(dice.randrange(most)).scaleb(-dice.choice((2, 2, 4))), "USD")

    for _ in range(at_scale(10_000, 1_000_000)):
        chosen = []
        for number in range(dice.randint(1, 8)):
            price, quantity = cents(100_000), dice.randint(1, 99)
            most = int((price * quantity).rounded().amount * 100)
            discount = Money(Decimal(dice.randint(0, most)).scaleb(-2), "USD") if dice.random() < 0.5 else usd("0")
            chosen.append(Item(UUID(int=number), "Thing", None, price, quantity, discount))
        taxes = {item.product_id: cents(10_000) for item in chosen}
        assert_adds_up(draft(chosen, taxes, cents(2_000), ROOMY))


@pytest.mark.proves("B10", "B11", "B13", "B14")
@drawn(messy_drafts())
def test_whatever_is_asked_for_adds_up_or_is_refused(cart: tuple[list[Item], dict[UUID, Money], Money]) -> None:
    try:
        asked = draft(*cart, Rules())
    except Refusal:
        return
    assert_adds_up(asked)
