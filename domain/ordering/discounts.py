"""What promotions take off together, spread over the lines to the cent.

One rule for any set of promotions, whatever the order of their codes: percentages first, then amounts, then free
shipping; of one kind the larger first. Each takes off what those before it have left, and never more.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple, assert_never

from msgspec.structs import replace

from domain.money import Money, spread, total
from domain.ordering.amounts import Applied, Item
from domain.ordering.terms import AmountOff, FreeShipping, Percentage, Terms


class Discounted(NamedTuple):
    items: tuple[Item, ...]
    """With their discounts."""
    applied: tuple[Applied, ...]
    """What each promotion takes off the items."""
    ships_free: str | None
    """The code of the promotion that pays for the shipping, where one does."""


def subtotals(items: Iterable[Item]) -> list[Money]:
    """What the items cost before any discount."""
    return [(item.unit_price * item.quantity).rounded() for item in items]


def discounted(items: Sequence[Item], promotions: Iterable[Terms], currency: str) -> Discounted:
    """The items with what the promotions take off them, in place of any discount that they had.

    A promotion is rounded once, and its cents are spread over the lines as these compare in what is left of them.
    """
    full = left = subtotals(items)
    applied: list[Applied] = []
    ships_free: str | None = None
    nothing = Money.zero(currency)
    for terms in sorted(promotions, key=_turn):
        rest = total(left, currency)
        match terms.discount:
            case Percentage(percent):
                off = (rest * (percent / 100)).rounded()
            case AmountOff(amount):
                off = min(amount, rest)
            case FreeShipping():
                off = nothing
                ships_free = ships_free or terms.code
            case _:
                assert_never(terms.discount)
        left = [before - share for before, share in zip(left, spread(off, left), strict=True)]
        applied.append(Applied(terms.code, off, nothing))
    lines = zip(items, full, left, strict=True)
    return Discounted(
        tuple(replace(item, discount=price - rest) for item, price, rest in lines), tuple(applied), ships_free
    )


def shipped(discounted: Discounted, shipping: Money) -> tuple[tuple[Applied, ...], Money]:
    """What each promotion takes off items and shipping, and what is left to pay of the shipping."""
    if discounted.ships_free is None:
        return discounted.applied, shipping
    applied = (
        replace(each, shipping=shipping) if each.code == discounted.ships_free else each for each in discounted.applied
    )
    return tuple(applied), Money.zero(shipping.currency)


def _turn(terms: Terms) -> tuple[int, Decimal, str]:
    match terms.discount:
        case Percentage(percent):
            return (0, -percent, terms.code)
        case AmountOff(amount):
            return (1, -amount.amount, terms.code)
        case FreeShipping():
            return (2, Decimal(0), terms.code)
        case _:
            assert_never(terms.discount)
