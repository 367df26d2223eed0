"""What can happen to a promotion and to a buyer's redemptions, and carts with promotions to draw from."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st
from msgspec import UNSET

from domain.money import Money
from domain.ordering import (
    PROMOTION,
    REDEMPTIONS,
    TALLY,
    AmountOff,
    Discount,
    FreeShipping,
    Percentage,
    PromotionRedeemed,
    RedemptionReturned,
    Terms,
    promotion,
    redemption,
    tally,
)
from tests.laws import Life, step
from tests.strategies.catalog import ids, messy_money, texts

CODES = ("WELCOME10", "SUMMER-25", "POST", "FIVE", "X_1")


def cents(most: int = 5_000, least: int = 0) -> st.SearchStrategy[Money]:
    return st.integers(least, most).map(lambda units: Money(Decimal(units).scaleb(-2), "USD"))


def discounts() -> st.SearchStrategy[Discount]:
    percent = st.integers(1, 10_000).map(lambda hundredths: Decimal(hundredths).scaleb(-2))
    return st.one_of(
        st.builds(Percentage, st.sampled_from([Decimal(10), Decimal("33.33"), Decimal(100)]) | percent),
        st.builds(AmountOff, cents(least=1)),
        st.just(FreeShipping()),
    )


def messy_discounts() -> st.SearchStrategy[Discount]:
    return st.builds(Percentage, st.decimals()) | st.builds(AmountOff, messy_money())


def moments() -> st.SearchStrategy[datetime]:
    return st.integers(1, 28).map(lambda day: datetime(2026, 3, day, tzinfo=UTC))


def promises() -> st.SearchStrategy[Terms]:
    return st.builds(
        Terms,
        code=st.sampled_from(CODES),
        description=st.just("") | texts(20),
        discount=discounts(),
        minimum=st.none() | cents(),
        starts_at=st.none() | moments(),
        ends_at=st.none() | moments(),
        limit=st.none() | st.integers(1, 3),
        limit_per_buyer=st.none() | st.integers(1, 3),
    )


def messy_promises() -> st.SearchStrategy[Terms]:
    return st.builds(
        Terms,
        code=st.text(max_size=40),
        description=st.text(max_size=300),
        discount=discounts() | messy_discounts(),
        minimum=st.none() | messy_money(),
        starts_at=st.none() | st.datetimes(),
        ends_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        limit=st.none() | st.integers(),
        limit_per_buyer=st.none() | st.integers(),
    )


def sets_of_promises() -> st.SearchStrategy[list[Terms]]:
    """What an order may name: each code once."""
    return st.lists(promises(), max_size=len(CODES), unique_by=lambda terms: terms.code)


_CREATE = step(promotion.create, promises() | messy_promises())
_CHANGE = step(
    promotion.amend,
    description=st.just(UNSET) | st.text(max_size=20),
    starts_at=st.just(UNSET) | st.none() | moments(),
    ends_at=st.just(UNSET) | st.none() | moments(),
    limit=st.just(UNSET) | st.integers(0, 4),
    limit_per_buyer=st.just(UNSET) | st.none() | st.integers(0, 4),
) | step(promotion.end)
_DECIDED = st.builds(PromotionRedeemed, ids(), st.just("alice"), ids()) | st.builds(
    RedemptionReturned, ids(), st.just("alice"), ids()
)

PROMOTION_LIFE = Life(PROMOTION, first=step(promotion.create, promises()), then=_CREATE | _CHANGE)

_COUNT = step(
    tally.count, st.lists(_DECIDED, max_size=2), code=st.just("WELCOME10"), most=st.none() | st.integers(1, 5)
)
TALLY_LIFE = Life(TALLY, first=_COUNT, then=_COUNT)

_REDEEM = step(
    redemption.redeem,
    ids(),
    st.just("alice"),
    ids(),
    code=st.just("WELCOME10"),
    most=st.none() | st.integers(1, 3),
)
REDEMPTIONS_LIFE = Life(
    REDEMPTIONS, first=_REDEEM, then=_REDEEM | step(redemption.give_back, ids(), st.just("alice"), ids())
)
