"""Taxes and shipping by tables: a row for each place, and the row that names a place most closely counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct, field

from application.ports import Destination, Quoted, QuoteLine
from domain.kernel import Invalid, folded
from domain.money import MOST, Money, total

Place: TypeAlias = tuple[str | None, str | None]
"""Country and region; None for any."""


Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", max_length=2)]


class TaxRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rate: Decimal
    """0.08 for 8 %."""
    country: Country | None = None
    region: str | None = None
    category: UUID | None = None
    """Of the catalogue; only the products that stand in this very category."""


class ShippingRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    amount: Decimal
    country: Country | None = None
    region: str | None = None
    least: Decimal = field(default=Decimal(0), name="from")
    """The subtotal, before any discount, from which this is what shipping costs."""


class InvalidTariff(Exception):
    """The tables contradict each other, or leave an order without an answer."""


class NotDelivered(Invalid):
    code = "not-delivered"

    def __init__(self, destination: Destination) -> None:
        super().__init__(
            f"Nothing is delivered to {destination.country}. Send it elsewhere.", country=destination.country
        )


class Tariff:
    """The `Quote` port. Amounts are in the shop's currency.

    Of the rows that fit, one with the region counts more than one with the country alone, and that more than one for
    anywhere; among those of one place, a category counts more than none, and the lowest rate where several fit.
    """

    def __init__(
        self, tax: Iterable[TaxRate], shipping: Iterable[ShippingRate], home: Destination | None = None
    ) -> None:
        """`home` is where an order goes as long as nobody says where. Raises InvalidTariff."""
        self._home = home
        self._rates: dict[tuple[Place, UUID | None], Decimal] = {}
        self._tiers: defaultdict[Place, dict[Decimal, Decimal]] = defaultdict(dict)
        for rate in tax:
            if not rate.rate.is_finite() or not 0 <= rate.rate <= 1:
                raise InvalidTariff(f"tax: a rate is from 0 to 1, not {rate.rate}")
            key = _place("tax", rate), rate.category
            if key in self._rates:
                raise InvalidTariff(f"tax: two rows for {_said(*key[0])}")
            self._rates[key] = rate.rate
        for row in shipping:
            place = _place("shipping", row)
            if not all(each.is_finite() and 0 <= each <= MOST for each in (row.amount, row.least)):
                raise InvalidTariff(f"shipping: an amount is from 0 to {MOST}")
            if row.least in self._tiers[place]:
                raise InvalidTariff(f"shipping: two rows for {_said(*place)} from {row.least}")
            self._tiers[place][row.least] = row.amount
        self._check()

    async def quote(self, lines: Sequence[QuoteLine], destination: Destination | None, currency: str) -> Quoted:
        """Each line is taxed on what is left of it after its discount, and rounded once."""
        places = tuple(_from_near_to_far(destination or self._home))
        subtotal = total((line.subtotal for line in lines), currency)
        return Quoted(
            taxes=tuple(((line.subtotal - line.discount) * self._rate(places, line)).rounded() for line in lines),
            shipping=Money(self._shipping(places, subtotal.amount, destination), currency).rounded()
            if lines
            else Money.zero(currency),
        )

    def _rate(self, places: Iterable[Place], line: QuoteLine) -> Decimal:
        for place in places:
            reduced = [self._rates[place, each] for each in line.category_ids if (place, each) in self._rates]
            if reduced:
                return min(reduced)
            if (rate := self._rates.get((place, None))) is not None:
                return rate
        raise AssertionError("unreachable: there is a rate for everywhere else")

    def _shipping(self, places: Iterable[Place], subtotal: Decimal, destination: Destination | None) -> Decimal:
        for place in places:
            if tiers := self._tiers.get(place):
                return tiers[max(least for least in tiers if least <= subtotal)]
        if destination is None:
            raise AssertionError("unreachable: there is a rate for home")
        raise NotDelivered(destination)

    def _check(self) -> None:
        anywhere = (None, None)
        if (anywhere, None) not in self._rates:
            raise InvalidTariff("tax: needs a row with a rate alone, for everywhere else")
        for place, tiers in self._tiers.items():
            if 0 not in tiers:
                raise InvalidTariff(f"shipping: {_said(*place)} needs a row without `from`")
        if not any(place in self._tiers for place in _from_near_to_far(self._home)):
            raise InvalidTariff("shipping: needs a row for `home` or, without a country, for everywhere else")


def flat(tax_rate: Decimal, shipping: Decimal, free_shipping_from: Decimal | None = None) -> Tariff:
    """One tax rate and one amount for shipping, wherever it goes; from a subtotal on shipping may be free."""
    rows = [ShippingRate(amount=shipping)]
    if free_shipping_from == 0:
        rows = [ShippingRate(amount=Decimal(0))]
    elif free_shipping_from is not None:
        rows.append(ShippingRate(amount=Decimal(0), least=free_shipping_from))
    return Tariff([TaxRate(rate=tax_rate)], rows)


def _from_near_to_far(destination: Destination | None) -> Iterator[Place]:
    if destination:
        if destination.region:
            yield destination.country, folded(destination.region)
        yield destination.country, None
    yield None, None


def _place(table: str, row: TaxRate | ShippingRate) -> Place:
    if row.region is not None and row.country is None:
        raise InvalidTariff(f"{table}: {row.region} is in no country")
    return row.country, folded(row.region) if row.region is not None else None


def _said(country: str | None, region: str | None) -> str:
    return " ".join(each for each in (country or "everywhere else", region) if each)
