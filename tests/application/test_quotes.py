"""Flat rates add up to the cent, and money on the wire is text."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports import Destination, QuotedLine, QuoteLine
from application.quotes import FlatRates
from application.wire import Price
from domain.money import CurrencyMismatch, InvalidMoney, Money, total
from tests.strategies.catalog import money, prices

ROPE, TENT = UUID(int=1), UUID(int=2)
HOME = Destination("DE", postal_code="10115")
FLAT = FlatRates(tax_rate=Decimal("0.08"), shipping=Decimal("4.90"), free_shipping_from=Decimal(50))


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


@pytest.mark.anyio
async def test_each_line_is_taxed_once_and_shipping_is_added_once() -> None:
    lines = [QuoteLine(ROPE, usd("9.99"), 3), QuoteLine(TENT, usd("0.0125"), 2)]
    quoted = await FLAT.quote(lines, HOME, "USD")

    zero = Money.zero("USD")
    assert (usd("29.97"), usd("0.02")) == tuple(line.subtotal for line in lines)
    assert (QuotedLine(ROPE, zero, usd("2.40")), QuotedLine(TENT, zero, zero)) == quoted.lines
    assert usd("4.90") == quoted.shipping


@pytest.mark.anyio
@pytest.mark.parametrize(("price", "shipping"), [("49.99", "4.90"), ("50", "0"), ("51", "0")])
async def test_shipping_is_free_from_a_subtotal_on(price: str, shipping: str) -> None:
    assert usd(shipping) == (await FLAT.quote([QuoteLine(TENT, usd(price), 1)], None, "USD")).shipping


@pytest.mark.anyio
async def test_shipping_is_never_free_where_no_subtotal_says_so() -> None:
    rates = FlatRates(tax_rate=Decimal(0), shipping=Decimal("4.90"))

    assert usd("4.90") == (await rates.quote([QuoteLine(TENT, usd("9999"), 1)], HOME, "USD")).shipping


@pytest.mark.anyio
async def test_nothing_costs_nothing() -> None:
    quoted = await FLAT.quote([], HOME, "USD")

    assert ((), Money.zero("USD")) == (quoted.lines, quoted.shipping)


@pytest.mark.anyio
@pytest.mark.proves("B39")
async def test_lines_in_another_currency_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        await FLAT.quote([QuoteLine(TENT, usd("1"), 1)], HOME, "EUR")


@pytest.mark.anyio
@pytest.mark.proves("P11")
@given(
    st.lists(st.builds(QuoteLine, st.uuids(), prices(), st.integers(1, 999)), max_size=8),
    st.decimals(0, 1, places=4),
    money(),
)
async def test_what_is_quoted_is_whole_cents_and_never_negative(
    lines: list[QuoteLine], rate: Decimal, shipping: Money
) -> None:
    quoted = await FlatRates(tax_rate=rate, shipping=shipping.amount).quote(lines, HOME, "USD")
    amounts = [quoted.shipping, *(each for line in quoted.lines for each in (line.discount, line.tax))]

    assert [line.product_id for line in lines] == [line.product_id for line in quoted.lines]
    assert all(amount == amount.rounded() and amount.amount >= 0 for amount in amounts)
    assert all(quote.tax <= line.subtotal for quote, line in zip(quoted.lines, lines, strict=True))
    assert total(amounts, "USD") == total(amounts, "USD").rounded()


@pytest.mark.proves("B12")
def test_money_is_written_as_text() -> None:
    price = msgspec.json.decode(b'{"amount":"19.9","currency":"USD"}', type=Price)

    assert usd("19.90") == price.money("USD")
    assert Price("19.90", "USD") == Price.of(price.money("USD"))


@pytest.mark.proves("B10", "B11", "B12", "B15", "B16", "B18")
@pytest.mark.parametrize(
    "written",
    [
        '{"amount":19.99,"currency":"USD"}',
        '{"amount":20,"currency":"USD"}',
        '{"amount":null,"currency":"USD"}',
        '{"amount":"-1","currency":"USD"}',
        '{"amount":"NaN","currency":"USD"}',
        '{"amount":"1e3","currency":"USD"}',
        '{"amount":"1.00001","currency":"USD"}',
        '{"amount":"1","currency":"usd"}',
        '{"amount":"1"}',
        '{"amount":"1","currency":"USD","places":2}',
        '"1 USD"',
    ],
)
def test_what_is_no_price_is_refused_where_it_is_read(written: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(written, type=Price)


@pytest.mark.parametrize("price", [Price("1\n", "USD"), Price("1", "USD\n"), Price("\u0661", "USD")])
def test_what_slips_through_reading_is_refused_by_the_domain(price: Any) -> None:
    with pytest.raises(InvalidMoney):
        price.money("USD")


@pytest.mark.proves("B39")
def test_another_currency_than_the_shops_is_refused() -> None:
    with pytest.raises(CurrencyMismatch) as refused:
        Price("1", "EUR").money("USD")

    assert {"expected": "USD", "given": "EUR"} == refused.value.fields
