"""Money adds up, never loses a fraction in silence, and never mixes currencies."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import MOST, CurrencyMismatch, InvalidMoney, Money, total
from tests.strategies.catalog import amounts, money

USD = "USD"


def dollars(amount: str) -> Money:
    return Money(Decimal(amount), USD)


@pytest.mark.parametrize(
    ("written", "currency", "kept"),
    [
        ("19.99", USD, "19.99 USD"),
        ("20", USD, "20.00 USD"),
        ("19.9900", USD, "19.99 USD"),
        ("0.0125", USD, "0.0125 USD"),
        ("0", USD, "0.00 USD"),
        ("007.50", USD, "7.50 USD"),
        ("1200", "JPY", "1200 JPY"),
        ("1200.50", "JPY", "1200.5 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("999999999999.9999", USD, "999999999999.9999 USD"),
    ],
)
def test_an_amount_is_kept_the_shortest_way(written: str, currency: str, kept: str) -> None:
    assert kept == str(Money.parse(written, currency))


@pytest.mark.proves("B10", "B11", "B12", "B14")
@pytest.mark.parametrize(
    "amount",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "1.",
        ".5",
        "1e3",
        "NaN",
        "Infinity",
        "1,5",
        "1_000",
        "1.00000",
        "1" * 13,
        "9" * 4000,
        "\uff11",
        "1\n",
    ],
)
def test_what_is_no_plain_decimal_is_refused(amount: str) -> None:
    with pytest.raises(InvalidMoney):
        Money.parse(amount, USD)


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDX", "$", "ÜSD", "USD\n"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidMoney):
        Money.parse("1", currency)
    with pytest.raises(InvalidMoney):
        Money(Decimal(1), currency).checked()


@pytest.mark.proves("B10", "B14")
@pytest.mark.parametrize("amount", ["-0.01", "0.00001", "1000000000000", "1e400", "NaN", "sNaN", "Infinity"])
def test_an_amount_that_cannot_be_charged_is_not_recorded(amount: str) -> None:
    with pytest.raises(InvalidMoney):
        dollars(amount).checked()


def test_the_largest_and_the_smallest_amount_can_be_recorded() -> None:
    assert Money(MOST, USD) == Money(MOST, USD).checked()
    assert "0.00" == str(dollars("0E-10").checked().amount)
    assert "100.00" == str(dollars("1E+2").checked().amount)


@pytest.mark.proves("B39")
def test_currencies_never_mix() -> None:
    euros: Any = Money(Decimal(1), "EUR")
    for operate in (
        lambda: dollars("1") + euros,
        lambda: dollars("1") - euros,
        lambda: dollars("1") < euros,
        lambda: dollars("1") <= euros,
        lambda: dollars("1") > euros,
        lambda: dollars("1") >= euros,
        lambda: total([dollars("1"), euros], USD),
    ):
        with pytest.raises(CurrencyMismatch) as refused:
            operate()

        assert {"expected": USD, "given": "EUR"} == refused.value.fields


@pytest.mark.parametrize(
    ("exact", "charged"),
    [
        ("0.005", "0.00"),
        ("0.015", "0.02"),
        ("0.025", "0.02"),
        ("0.0251", "0.03"),
        ("-0.015", "-0.02"),
        ("2.675", "2.68"),
    ],
)
def test_what_is_charged_is_rounded_half_to_even(exact: str, charged: str) -> None:
    assert dollars(charged) == dollars(exact).rounded()


@pytest.mark.parametrize(("currency", "charged"), [("JPY", "2"), (USD, "1.50"), ("KWD", "1.500")])
def test_what_is_charged_is_whole_minor_units_of_its_currency(currency: str, charged: str) -> None:
    assert charged == str(Money(Decimal("1.5000"), currency).rounded().amount)


@pytest.mark.proves("P11")
@given(st.lists(money(USD), max_size=30))
def test_a_total_is_the_exact_sum_in_any_order(parts: list[Money]) -> None:
    expected = sum((int(part.amount * 10_000) for part in parts), 0)

    assert expected == total(parts, USD).amount * 10_000 == total(reversed(parts), USD).amount * 10_000


@pytest.mark.proves("P11", "B14")
@given(money(USD), st.integers(min_value=0, max_value=999))
def test_a_line_is_as_much_as_its_units(price: Money, units: int) -> None:
    assert total([price] * units, USD) == price * units


@given(money(USD), money(USD))
def test_a_difference_leads_back(one: Money, other: Money) -> None:
    assert one == (one - other) + other
    assert (one < other) is not (one >= other)
    assert (one > other) is not (one <= other)


@given(amounts())
def test_writing_and_reading_changes_nothing(amount: str) -> None:
    read = Money.parse(amount, USD)

    assert Decimal(amount) == read.amount
    assert read == read.checked() == Money.parse(str(read.amount), USD)
    assert str(read) == str(read.checked())
