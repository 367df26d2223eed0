"""A tariff finds one rate for every line and one amount for every parcel; money on the wire is text."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports import Destination, QuoteLine
from application.tariff import InvalidTariff, NotDelivered, ShippingRate, Tariff, TaxRate, flat
from application.wire import Price
from domain.money import CurrencyMismatch, InvalidMoney, Money, total
from tests.money import usd
from tests.strategies.catalog import money

ROPE, TENT, FOOD, BOOKS = (UUID(int=number) for number in range(1, 5))
HOME = Destination("DE")
FLAT = flat(Decimal("0.08"), Decimal("4.90"), Decimal(50))


def line(subtotal: str, discount: str = "0", *categories: UUID) -> QuoteLine:
    return QuoteLine(TENT, usd(subtotal), usd(discount), categories)


def tax(rate: str, country: str | None = None, region: str | None = None, category: UUID | None = None) -> TaxRate:
    return TaxRate(rate=Decimal(rate), country=country, region=region, category=category)


def shipping(amount: str, country: str | None = None, region: str | None = None, least: str = "0") -> ShippingRate:
    return ShippingRate(amount=Decimal(amount), country=country, region=region, least=Decimal(least))


RATES = [
    tax("0.20"),
    tax("0.05", category=BOOKS),
    tax("0.19", "DE"),
    tax("0.07", "DE", category=BOOKS),
    tax("0.06", "DE", category=FOOD),
    tax("0", "US"),
    tax("0.0725", "US", "California"),
]
TARIFF = Tariff(
    RATES,
    [
        shipping("4.90", "DE"),
        shipping("0", "DE", least="50"),
        shipping("9.90", "US"),
        shipping("19.90", "US", "Alaska"),
        shipping("12.50", "US", "Alaska", least="200"),
    ],
    home=HOME,
)


@pytest.mark.anyio
async def test_each_line_is_taxed_once_on_what_its_discount_leaves_and_shipping_is_added_once() -> None:
    quoted = await FLAT.quote([line("29.97"), line("0.02"), line("10.00", "2.50")], HOME, "USD")

    assert (usd("2.40"), usd("0"), usd("0.60")) == quoted.taxes
    assert usd("4.90") == quoted.shipping


@pytest.mark.anyio
@pytest.mark.parametrize(("price", "amount"), [("49.99", "4.90"), ("50", "0"), ("51", "0")])
async def test_shipping_is_free_from_a_subtotal_on_whatever_is_taken_off_it(price: str, amount: str) -> None:
    assert usd(amount) == (await FLAT.quote([line(price, "20")], None, "USD")).shipping


@pytest.mark.anyio
async def test_shipping_is_never_free_where_no_subtotal_says_so_and_always_where_it_is_zero() -> None:
    assert usd("4.90") == (await flat(Decimal(0), Decimal("4.90")).quote([line("9999")], HOME, "USD")).shipping
    free = flat(Decimal(0), Decimal("4.90"), Decimal(0))
    assert usd("0") == (await free.quote([line("0.01")], HOME, "USD")).shipping


@pytest.mark.anyio
async def test_nothing_costs_nothing() -> None:
    quoted = await FLAT.quote([], HOME, "USD")

    assert ((), Money.zero("USD")) == (quoted.taxes, quoted.shipping)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("country", "region", "categories", "amount"),
    [
        ("DE", None, (), "19.00"),
        ("DE", "Bayern", (), "19.00"),
        ("DE", None, (BOOKS,), "7.00"),
        ("DE", None, (ROPE, BOOKS, FOOD), "6.00"),
        ("US", None, (BOOKS,), "0.00"),
        ("US", "CALIFORNIA ", (), "7.25"),
        ("US", "california", (BOOKS,), "7.25"),
        ("FR", None, (), "20.00"),
        ("FR", "California", (BOOKS,), "5.00"),
    ],
)
async def test_the_rate_that_names_the_place_most_closely_counts_then_the_lowest_of_its_categories(
    country: str, region: str | None, categories: tuple[UUID, ...], amount: str
) -> None:
    quoted = await Tariff(RATES, [shipping("0")]).quote(
        [line("100.00", "0", *categories)], Destination(country, region), "USD"
    )

    assert (usd(amount),) == quoted.taxes


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("where", "price", "amount"),
    [
        (Destination("DE"), "49.99", "4.90"),
        (Destination("DE", "Bayern"), "50.00", "0"),
        (Destination("US", "Texas"), "500.00", "9.90"),
        (Destination("US", "alaska"), "199.99", "19.90"),
        (Destination("US", "Alaska"), "200.00", "12.50"),
        (None, "10.00", "4.90"),
    ],
)
async def test_shipping_goes_by_place_and_subtotal_and_home_is_where_nobody_says(
    where: Destination | None, price: str, amount: str
) -> None:
    assert usd(amount) == (await TARIFF.quote([line(price)], where, "USD")).shipping


@pytest.mark.anyio
async def test_an_order_to_where_nothing_is_delivered_is_refused() -> None:
    with pytest.raises(NotDelivered) as refused:
        await TARIFF.quote([line("10.00")], Destination("FR"), "USD")

    assert {"country": "FR"} == refused.value.fields


@pytest.mark.parametrize(
    ("rates", "parcels", "problem"),
    [
        ([tax("0.2", "DE")], [shipping("0")], "everywhere else"),
        ([tax("0.2"), tax("0.1")], [shipping("0")], "two rows for everywhere else"),
        ([tax("0.2"), tax("0", "US", "Ohio"), tax("0", "US", "OHIO")], [shipping("0")], "two rows for US ohio"),
        ([tax("1.01")], [shipping("0")], "from 0 to 1"),
        ([tax("0.2"), tax("0.1", None, "Ohio")], [shipping("0")], "Ohio is in no country"),
        ([tax("0.2")], [], "needs a row for `home`"),
        ([tax("0.2")], [shipping("4.90", "DE")], "needs a row for `home`"),
        ([tax("0.2")], [shipping("4.90"), shipping("0", least="0.0")], "two rows for everywhere else from 0.0"),
        ([tax("0.2")], [shipping("4.90"), shipping("0", "DE", least="50")], "DE needs a row without `from`"),
        ([tax("0.2")], [shipping("-1")], "from 0 to"),
        ([tax("0.2")], [shipping("Infinity")], "from 0 to"),
        ([tax("NaN")], [shipping("1")], "from 0 to 1"),
    ],
)
def test_tables_that_contradict_themselves_or_leave_a_gap_are_no_tariff(
    rates: list[TaxRate], parcels: list[ShippingRate], problem: str
) -> None:
    with pytest.raises(InvalidTariff, match=problem):
        Tariff(rates, parcels)


@pytest.mark.anyio
@pytest.mark.proves("B39")
async def test_lines_in_another_currency_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        await FLAT.quote([line("1")], HOME, "EUR")


@st.composite
def lines(draw: st.DrawFn) -> QuoteLine:
    subtotal = draw(money()).rounded()
    cents = int(subtotal.amount * 100)
    discount = Money(Decimal(draw(st.integers(0, cents))).scaleb(-2), "USD")
    return QuoteLine(draw(st.uuids()), subtotal, discount, tuple(draw(st.sets(st.sampled_from([FOOD, BOOKS])))))


@pytest.mark.anyio
@pytest.mark.proves("P11")
@given(st.lists(lines(), max_size=8), st.sampled_from([None, HOME, Destination("US", "California")]))
async def test_what_is_quoted_is_whole_cents_and_never_negative(
    asked: list[QuoteLine], where: Destination | None
) -> None:
    quoted = await TARIFF.quote(asked, where, "USD")
    amounts = [quoted.shipping, *quoted.taxes]

    assert all(amount == amount.rounded() and amount.amount >= 0 for amount in amounts)
    assert all(tax <= line.subtotal - line.discount for tax, line in zip(quoted.taxes, asked, strict=True))
    assert total(amounts, "USD") == total(amounts, "USD").rounded()


@pytest.mark.proves("B12")
def test_money_is_written_as_text() -> None:
    price = msgspec.json.decode(b'{"amount":"19.9","currency":"USD"}', type=Price)

    assert usd("19.90") == price.money("USD")


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
