"""What can be in a basket and what can happen to it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from domain import basket
from domain.basket import BASKET, Basket, Line, MergePolicy, Portion, Rules
from tests.laws import Life, Step, step
from tests.strategies.catalog import ids, money, names, pictures

OWNER = "buyer:alice"
OTHER = "anonymous:7f3a"
SOURCE = basket.basket_id(OTHER)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIGHT = Rules(most_lines=4, most_quantity=9)
"""Limits that are met often."""


def quantities() -> st.SearchStrategy[int]:
    return st.integers(-1, TIGHT.most_quantity + 1) | st.sampled_from([10**9, 2**63])


FITTING = st.integers(1, TIGHT.most_quantity)


def lines(quantity: st.SearchStrategy[int] = FITTING, currency: str = "USD") -> st.SearchStrategy[Line]:
    return st.builds(Line, ids(), names(12), st.none() | pictures(), money(currency), quantity)


def portions() -> st.SearchStrategy[tuple[Portion, ...]]:
    few = st.builds(Portion, ids(), st.integers(1, 9))
    return st.lists(few, max_size=3, unique_by=lambda each: each.product_id).map(tuple)


def filled(most: int = 6) -> st.SearchStrategy[Basket]:
    """Somebody else's basket, empty ones too."""
    return st.lists(lines(), max_size=most, unique_by=lambda line: line.product_id).map(
        lambda content: Basket(owner=OTHER, fill=1, active=True, lines={line.product_id: line for line in content})
    )


_ADD = step(basket.add, st.just(OWNER), lines(quantities()), st.just(TIGHT))
_SET = step(basket.set_quantity, st.just(OWNER), lines(quantities()), st.just(TIGHT))
_ONCE: st.SearchStrategy[Step] = st.one_of(
    _SET,
    step(basket.remove, ids()),
    step(basket.clear),
    step(
        basket.merge,
        st.just(OWNER),
        filled(),
        st.just(SOURCE),
        st.integers(1, 9),
        st.sampled_from(MergePolicy),
        st.just(TIGHT),
    ),
    step(basket.merge_away, st.just(SOURCE)),
    step(
        basket.expire,
        st.integers(0, 60).map(lambda days: NOW - timedelta(days=days)),
        st.just(NOW),
        st.just(TIGHT),
    ),
    step(basket.check_out, st.integers(1, 9), st.uuids(), portions()),
)

# Adding adds again; it is done once by its key.
BASKET_LIFE = Life(BASKET, first=_ADD, then=_ADD | _SET | _ONCE, once=_ONCE)


def product(number: int) -> UUID:
    return UUID(int=number)
