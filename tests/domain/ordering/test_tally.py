"""How often a promotion with a limit in all was redeemed."""

import pytest

from domain.ordering import (
    TALLY,
    PromotionRedeemed,
    PromotionSpent,
    RedemptionCounted,
    RedemptionReturned,
    count,
    promotion_id,
)
from tests.domain.ordering.examples import ALICE, ORIGIN
from tests.given import given

ID = promotion_id("LAST")
redeemed, returned = PromotionRedeemed(ID, ALICE, ORIGIN), RedemptionReturned(ID, ALICE, ORIGIN)
counted = RedemptionCounted(ID, ORIGIN)


@pytest.mark.proves("B40")
def test_the_last_redemption_is_taken_once() -> None:
    given(TALLY, [counted]).when(count, [redeemed], code="LAST", most=2).then(counted)
    given(TALLY, [counted, counted]).when(count, [redeemed], code="LAST", most=2).refused(
        PromotionSpent, promotion="LAST"
    )


def test_what_was_given_back_can_be_taken_again() -> None:
    given(TALLY, [counted] * 2).when(count, [redeemed], code="LAST", most=2 + 1).then(counted)


def test_a_limit_that_was_lowered_below_what_is_taken_is_spent() -> None:
    given(TALLY, [counted] * 2).when(count, [redeemed], code="LAST", most=1).refused(PromotionSpent)


def test_what_is_given_back_is_counted_without_end() -> None:
    given(TALLY, [counted] * 2).when(count, [returned]).then(counted)


def test_who_redeems_nothing_is_never_told_that_all_is_spent() -> None:
    given(TALLY, [counted] * 2).when(count, [], code="LAST", most=1).then()
