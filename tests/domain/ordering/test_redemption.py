"""What one buyer has redeemed of one promotion."""

from uuid import UUID

import pytest

from domain.ordering import (
    REDEMPTIONS,
    PromotionRedeemed,
    PromotionUsedUp,
    RedemptionReturned,
    give_back,
    promotion_id,
    redeem,
)
from tests.domain.ordering.examples import ALICE
from tests.given import given

ID = promotion_id("WELCOME10")
FIRST, SECOND = UUID(int=1), UUID(int=2)
redeemed, returned = PromotionRedeemed(ID, ALICE, FIRST), RedemptionReturned(ID, ALICE, FIRST)


def test_an_order_redeems_once_however_often_it_asks() -> None:
    given(REDEMPTIONS).when(redeem, ID, ALICE, FIRST, code="WELCOME10", most=1).then(redeemed)
    given(REDEMPTIONS, [redeemed]).when(redeem, ID, ALICE, FIRST, code="WELCOME10", most=1).then()


@pytest.mark.proves("B40")
def test_a_buyer_redeems_no_more_often_than_one_may() -> None:
    asking = given(REDEMPTIONS, [redeemed]).when(redeem, ID, ALICE, SECOND, code="WELCOME10", most=1)
    asking.refused(PromotionUsedUp, promotion="WELCOME10", most=1)
    again = PromotionRedeemed(ID, ALICE, SECOND)
    given(REDEMPTIONS, [redeemed]).when(redeem, ID, ALICE, SECOND, code="WELCOME10", most=2).then(again)
    given(REDEMPTIONS, [redeemed]).when(redeem, ID, ALICE, SECOND, code="WELCOME10", most=None).then(again)


def test_a_redemption_is_given_back_once() -> None:
    given(REDEMPTIONS, [redeemed]).when(give_back, ID, ALICE, FIRST).then(returned)
    given(REDEMPTIONS, [redeemed, returned]).when(give_back, ID, ALICE, FIRST).then()
    given(REDEMPTIONS).when(give_back, ID, ALICE, FIRST).then()


def test_what_was_given_back_can_be_redeemed_again() -> None:
    asking = given(REDEMPTIONS, [redeemed, returned]).when(redeem, ID, ALICE, SECOND, code="WELCOME10", most=1)

    asking.then(PromotionRedeemed(ID, ALICE, SECOND))
