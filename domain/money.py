"""Money: a decimal amount of at most four places and a currency. Never a float."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

import msgspec

from domain.kernel import Conflict, Invalid

MOST = Decimal("999999999999.9999")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_TEN_THOUSANDTH = Decimal("0.0001")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_PLACES = dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3) | dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
)


class InvalidMoney(Invalid):
    code = "invalid-money"


class CurrencyMismatch(Conflict):
    code = "currency-mismatch"

    def __init__(self, expected: str, given: str) -> None:
        super().__init__(f"Amounts here are in {expected}, not in {given}.", expected=expected, given=given)


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount, at most 12 digits and 4 places, in a currency (ISO 4217). May be negative only as a difference.

    Arithmetic is exact up to 28 digits and never refuses, so that `evolve` may use it; a decision calls `checked` on
    what it is about to record.
    """

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Reads `"19.99", "USD"`; raises InvalidMoney for anything that is not a plain, non-negative decimal."""
        if not _AMOUNT.fullmatch(amount):
            raise InvalidMoney(
                "An amount is written like 19.99: digits, and at most four decimal places.", amount=amount[:40]
            )
        if not _CURRENCY.fullmatch(currency):
            raise InvalidMoney("A currency is three capital letters, like USD.", currency=currency[:40])
        return cls(_shortest(Decimal(amount), currency), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(Decimal(0).quantize(_minor_unit(currency)), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: int | Decimal) -> "Money":
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def rounded(self) -> "Money":
        """To whole minor units (cents), half to even: what can be charged."""
        return Money(self.amount.quantize(_minor_unit(self.currency), ROUND_HALF_EVEN), self.currency)

    def checked(self) -> "Money":
        """The same, written the shortest way; raises InvalidMoney for what can be no price and no charge."""
        if not _CURRENCY.fullmatch(self.currency):
            raise InvalidMoney("A currency is three capital letters, like USD.", currency=self.currency[:40])
        if not self.amount.is_finite() or not 0 <= self.amount <= MOST:
            raise InvalidMoney(f"An amount is from 0 to {MOST}.", currency=self.currency)
        if self.amount != self.amount.quantize(_TEN_THOUSANDTH):
            raise InvalidMoney("An amount has at most four decimal places.", currency=self.currency)
        return Money(_shortest(self.amount, self.currency), self.currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; zero where there are none."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result


def spread(amount: Money, over: Sequence[Money]) -> list[Money]:
    """`amount` in shares that are as `over` is to its sum: whole minor units, together exactly `amount`, none above its
    own part of `over`.

    What rounding down leaves goes, a unit each, to those that lost most by it. All are whole minor units and not
    negative, and `amount` is at most the sum of `over`.
    """
    unit = _minor_unit(amount.currency)
    units, weights = _units(amount, unit), [_units(each, unit) for each in over]
    whole = sum(weights)
    if not 0 <= units <= whole:
        raise ValueError(f"{amount} cannot be spread over {[str(each) for each in over]}")
    shares = [divmod(units * weight, whole) if whole else (0, 0) for weight in weights]
    left = units - sum(share for share, _ in shares)
    lost_most = sorted(range(len(shares)), key=lambda place: -shares[place][1])[:left]
    return [Money((share + (place in lost_most)) * unit, amount.currency) for place, (share, _) in enumerate(shares)]


def most_of(price: Money, most: int) -> int:
    """How many at this price, `most` at most, come to no more than an amount can be. The price is a checked one."""
    return min(most, int(MOST // price.amount)) if price.amount else most


@lru_cache(maxsize=64)
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-_MINOR_PLACES.get(currency, 2))


def _units(money: Money, unit: Decimal) -> int:
    return int(money.amount / unit)


def _shortest(amount: Decimal, currency: str) -> Decimal:
    """Written with the places of the minor unit, and more only where they are not zero: 20.00, 0.0125."""
    minor = amount.quantize(_minor_unit(currency), ROUND_HALF_EVEN)
    return minor if minor == amount else amount.normalize()
