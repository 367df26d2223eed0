"""Money: a decimal amount of at most four places and a currency. Never a float."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from domain.kernel import Conflict, Invalid

MOST = Decimal("999999999999.9999")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_PLACES = {
    "BHD": 3,
    "IQD": 3,
    "JOD": 3,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "TND": 3,
} | dict.fromkeys(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ),
    0,
)


class InvalidMoney(Invalid):
    code = "invalid-money"


class CurrencyMismatch(Conflict):
    code = "currency-mismatch"

    def __init__(self, expected: str, given: str) -> None:
        super().__init__(
            f"Amounts here are in {expected}, not in {given}.",
            expected=expected,
            given=given,
        )


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount, at most 12 digits and 4 places, in a currency (ISO 4217). May be negative only as a difference."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Reads `"19.99", "USD"`; raises InvalidMoney for anything that is not a plain, non-negative decimal."""
        if not _AMOUNT.fullmatch(amount):
            raise InvalidMoney(
                "An amount is written like 19.99: digits, and at most four decimal places.",
                amount=amount[:40],
            )
        if not _CURRENCY.fullmatch(currency):
            raise InvalidMoney(
                "A currency is three capital letters, like USD.", currency=currency[:40]
            )
        return cls(Decimal(amount), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(Decimal(0), currency)

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
        places = _MINOR_PLACES.get(self.currency, 2)
        return Money(
            self.amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN),
            self.currency,
        )

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
