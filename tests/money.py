"""Amounts as tests write them."""

from decimal import Decimal

from domain.money import Money


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")
