"""What a promotion promises, and what becomes of it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from domain.kernel import InvalidText
from domain.money import InvalidMoney
from domain.ordering import (
    PROMOTION,
    AmountOff,
    FreeShipping,
    InvalidPromotion,
    Percentage,
    Promotion,
    PromotionAmended,
    PromotionCodeTaken,
    PromotionCountless,
    PromotionCreated,
    PromotionEnded,
    PromotionExpired,
    PromotionNotActive,
    PromotionNotMet,
    PromotionNotStarted,
    PromotionUnknown,
    Terms,
    check_minimum,
    in_force,
    is_met,
)
from domain.ordering.promotion import amend, create, end
from tests.given import given
from tests.money import usd

SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
WELCOME = Terms(
    code="WELCOME10",
    description="Ten per cent off a first order",
    discount=Percentage(Decimal(10)),
    minimum=usd("40.00"),
    starts_at=SPRING,
    ends_at=SUMMER,
    limit=2,
    limit_per_buyer=1,
)
created = PromotionCreated(**asdict(WELCOME))


def state(*events: Any) -> Promotion:
    return PROMOTION.fold(Promotion(), events)


def test_a_code_is_kept_in_capitals_and_moments_in_utc() -> None:
    abroad = SPRING.astimezone(timezone(timedelta(hours=-5)))

    given(PROMOTION).when(create, replace(WELCOME, code=" welcome10 ", starts_at=abroad)).then(created)


def test_creating_twice_creates_once() -> None:
    given(PROMOTION, [created]).when(create, WELCOME).then()


@pytest.mark.parametrize("history", [[created], [created, PromotionEnded()]])
def test_a_code_belongs_to_one_promotion_for_ever(history: list[Any]) -> None:
    other = replace(WELCOME, discount=FreeShipping())

    given(PROMOTION, history).when(create, other).refused(PromotionCodeTaken, promotion="WELCOME10")


def test_an_ended_promotion_does_not_begin_again() -> None:
    given(PROMOTION, [created, PromotionEnded()]).when(create, WELCOME).refused(PromotionCodeTaken)


@pytest.mark.parametrize("code", ["AB", "A B", "TEN%", "-TEN", "ZEHN€"])
def test_codes_that_are_hard_to_type_are_refused(code: str) -> None:
    given(PROMOTION).when(create, replace(WELCOME, code=code)).refused(InvalidPromotion, path="code")


@pytest.mark.parametrize("code", ["", "A" * 33, "A\0B", "\ud800AB"])
def test_codes_that_are_no_text_are_refused(code: str) -> None:
    given(PROMOTION).when(create, replace(WELCOME, code=code)).refused(InvalidText)


@pytest.mark.parametrize("percent", ["0", "-1", "100.01", "0.001", "NaN", "Infinity"])
def test_a_percentage_is_above_0_and_at_most_100(percent: str) -> None:
    terms = replace(WELCOME, discount=Percentage(Decimal(percent)))

    given(PROMOTION).when(create, terms).refused(InvalidPromotion, path="discount.percent")


@pytest.mark.parametrize("amount", ["0", "0.001"])
def test_an_amount_is_whole_cents_and_more_than_nothing(amount: str) -> None:
    terms = replace(WELCOME, discount=AmountOff(usd(amount)))

    given(PROMOTION).when(create, terms).refused(InvalidPromotion, path="discount.amount")


@pytest.mark.parametrize("terms", [{"discount": AmountOff(usd("-5"))}, {"minimum": usd("-1")}, {"minimum": usd("NaN")}])
def test_money_below_nothing_is_refused(terms: dict[str, Any]) -> None:
    given(PROMOTION).when(create, replace(WELCOME, **terms)).refused(InvalidMoney)


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"ends_at": SPRING}, "ends_at"),
        ({"starts_at": SPRING.replace(tzinfo=None)}, "starts_at"),
        ({"starts_at": datetime(1, 1, 1, tzinfo=UTC)}, "starts_at"),
        ({"ends_at": datetime(9999, 12, 31, tzinfo=UTC)}, "ends_at"),
        ({"limit": 0}, "limit"),
        ({"limit_per_buyer": -1}, "limit_per_buyer"),
        ({"limit": 10**12}, "limit"),
    ],
)
def test_periods_and_limits_that_cannot_be_are_refused(terms: dict[str, Any], path: str) -> None:
    given(PROMOTION).when(create, replace(WELCOME, **terms)).refused(InvalidPromotion, path=path)


def test_only_what_changes_is_recorded() -> None:
    changes = {"description": WELCOME.description, "ends_at": None, "limit": 5, "limit_per_buyer": 1}

    given(PROMOTION, [created]).when(amend, **changes).then(PromotionAmended(ends_at=None, limit=5))
    given(PROMOTION, [created, PromotionAmended(ends_at=None, limit=5)]).when(amend, **changes).then()


def test_changed_terms_are_checked_as_a_whole() -> None:
    given(PROMOTION, [created]).when(amend, starts_at=SUMMER).refused(InvalidPromotion, path="ends_at")


def test_a_limit_cannot_be_set_where_nothing_was_counted() -> None:
    boundless = replace(created, limit=None)

    given(PROMOTION, [boundless]).when(amend, limit=5).refused(PromotionCountless)


def test_ending_twice_ends_once_and_nothing_changes_any_more() -> None:
    given(PROMOTION, [created]).when(end).then(PromotionEnded())
    given(PROMOTION, [created, PromotionEnded()]).when(end).then()
    given(PROMOTION, [created, PromotionEnded()]).when(amend, limit=3).refused(PromotionNotActive)
    given(PROMOTION).when(end).refused(PromotionNotActive)


@pytest.mark.proves("B40")
def test_a_promotion_is_in_force_from_its_first_moment_to_before_its_last() -> None:
    promotion = state(created)

    assert WELCOME == in_force(promotion, "WELCOME10", SPRING)
    assert WELCOME == in_force(promotion, "WELCOME10", SUMMER - timedelta(microseconds=1))
    with pytest.raises(PromotionNotStarted) as early:
        in_force(promotion, "WELCOME10", SPRING - timedelta(microseconds=1))
    assert {"promotion": "WELCOME10", "starts_at": SPRING.isoformat()} == early.value.fields
    with pytest.raises(PromotionExpired):
        in_force(promotion, "WELCOME10", SUMMER)
    with pytest.raises(PromotionExpired):
        in_force(state(created, PromotionEnded()), "WELCOME10", SPRING)
    with pytest.raises(PromotionUnknown):
        in_force(Promotion(), "WELCOME10", SPRING)


@pytest.mark.proves("B40")
def test_the_minimum_is_met_by_the_price_of_the_goods_before_any_discount() -> None:
    check_minimum(WELCOME, usd("40.00"))
    assert is_met(replace(WELCOME, minimum=None), usd("0"))
    with pytest.raises(PromotionNotMet) as refused:
        check_minimum(WELCOME, usd("39.99"))

    expected = {"promotion": "WELCOME10", "minimum": usd("40.00"), "subtotal": usd("39.99")}
    assert expected == refused.value.fields
