"""What the commands of several contexts have in common in their JSON."""

from typing import Annotated

import msgspec

from domain.money import CurrencyMismatch, Money


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money as callers write it. The amount is a string, since many clients would make a float of a JSON number."""

    amount: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$", examples=["19.99"])]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", examples=["USD"])]

    def money(self, currency: str) -> Money:
        """As the domain counts it. Raises InvalidMoney, and CurrencyMismatch where the shop's currency is another."""
        money = Money.parse(self.amount, self.currency)
        if money.currency != currency:
            raise CurrencyMismatch(currency, money.currency)
        return money
