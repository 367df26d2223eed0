"""Paying back: never more than was taken, and each refund once."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.kernel import Event, InvalidText, Refusal
from domain.money import CurrencyMismatch, InvalidMoney, Money
from domain.payment import (
    PAYMENT,
    Accepted,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    Due,
    InvalidRefund,
    PaymentNotCaptured,
    RefundCategory,
    RefundDropped,
    RefundExceedsCaptured,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    Rejected,
    Rules,
    Step,
    TooManyRefunds,
    close_dispute,
    conclude,
    pay_back,
    refund,
)
from tests.domain.payment.examples import (
    AMENDMENT,
    DISPUTE,
    HELD,
    ORDER,
    REFUND,
    RULES,
    TAKEN,
    TOTAL,
    called,
    requested,
    settled,
)
from tests.given import given
from tests.money import usd

OTHER = UUID(int=50)
GOODWILL, RETURNED = RefundCategory.GOODWILL, RefundCategory.RETURNED
asked = RefundRequested(REFUND, usd("60.45"), GOODWILL, "Arrived late")
made = RefundMade(ORDER, REFUND, usd("60.45"), GOODWILL, "sbr_1")
all_asked = RefundRequested(DISPUTE, TOTAL, GOODWILL)
all_made = RefundMade(ORDER, DISPUTE, TOTAL, GOODWILL, "sbr_2")


def some(amount: str | None, rules: Rules = RULES) -> tuple[Any, ...]:
    return refund, OTHER, usd(amount) if amount else None, GOODWILL, "", rules


@pytest.mark.proves("PAY-05")
@pytest.mark.parametrize("history", [TAKEN, [*TAKEN, settled]])
def test_a_part_or_all_of_what_was_taken_is_paid_back_for_a_reason(history: list[Event]) -> None:
    given(PAYMENT, history).when(refund, REFUND, usd("60.45"), GOODWILL, " Arrived late ", RULES).then(asked)
    given(PAYMENT, history).when(refund, REFUND, None, GOODWILL, "", RULES).then(
        RefundRequested(REFUND, TOTAL, GOODWILL)
    )


@pytest.mark.parametrize("history", [[*TAKEN, asked], [*TAKEN, asked, made]])
def test_the_same_refund_again_is_the_same_refund(history: list[Event]) -> None:
    given(PAYMENT, history).when(refund, REFUND, None, RETURNED, "again", RULES).then()
    given(PAYMENT, history).when(pay_back, REFUND, TOTAL, RETURNED).then()


@pytest.mark.parametrize("history", [[*TAKEN, asked], [*TAKEN, asked, made]])
def test_no_more_is_paid_back_than_was_taken(history: list[Event]) -> None:
    left = usd("300.00")
    again = some("300.01")
    given(PAYMENT, history).when(*again).refused(RefundExceedsCaptured, refundable=left)
    again = some("300.00")
    given(PAYMENT, history).when(*again).then(RefundRequested(OTHER, left, GOODWILL))


def test_all_that_is_left_of_nothing_is_refused() -> None:
    all_of_it = RefundRequested(REFUND, TOTAL, GOODWILL)
    again = some(None)
    refused = (
        given(PAYMENT, [*TAKEN, all_of_it, replace(made, amount=TOTAL)])
        .when(*again)
        .refused(RefundExceedsCaptured, refundable=usd("0.00"), refunding=usd("0.00"), disputed=usd("0.00"))
    )
    assert str(refused) == "Nothing of it is left to be refunded."


def test_who_asks_for_more_than_is_left_is_told_what_holds_the_rest() -> None:
    opened = DisputeOpened(ORDER, DISPUTE, usd("100.00"), "Not received", "")
    nothing = usd("0.00")
    for claims, refundable, refunding, disputed in (
        ([asked, opened], usd("200.00"), usd("60.45"), usd("100.00")),
        ([replace(asked, amount=TOTAL)], nothing, TOTAL, nothing),
        ([replace(opened, amount=TOTAL)], nothing, nothing, TOTAL),
    ):
        refused = (
            given(PAYMENT, [*TAKEN, *claims])
            .when(*some("300.01"))
            .refused(RefundExceedsCaptured, refundable=refundable, refunding=refunding, disputed=disputed)
        )
        assert str(refused).endswith(" More may be left when its open refunds and disputes are decided.")


def test_what_could_not_be_paid_back_can_be_asked_for_again() -> None:
    failed = RefundFailed(ORDER, REFUND, usd("60.45"), GOODWILL, "account-closed")
    given(PAYMENT, [*TAKEN, asked, failed]).when(refund, OTHER, TOTAL, GOODWILL, "", RULES).then(
        RefundRequested(OTHER, TOTAL, GOODWILL)
    )


def test_money_that_the_bank_keeps_or_has_given_back_is_not_paid_back_again() -> None:
    opened = DisputeOpened(ORDER, DISPUTE, usd("300.00"), "Not received", "")
    for history in ([opened], [opened, DisputeLost(ORDER, DISPUTE, usd("300.00"))]):
        given(PAYMENT, [*TAKEN, *history]).when(refund, REFUND, TOTAL, GOODWILL, "", RULES).refused(
            RefundExceedsCaptured, refundable=usd("60.45")
        )
    won = [opened, DisputeWon(ORDER, DISPUTE, usd("300.00"))]
    given(PAYMENT, [*TAKEN, *won]).when(refund, REFUND, TOTAL, GOODWILL, "", RULES).then(
        RefundRequested(REFUND, TOTAL, GOODWILL)
    )


@pytest.mark.parametrize("history", [[], [requested], HELD])
def test_without_money_nothing_is_paid_back(history: list[Event]) -> None:
    given(PAYMENT, history).when(refund, REFUND, None, GOODWILL, "", RULES).refused(PaymentNotCaptured)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (usd("0"), InvalidRefund),
        (usd("0.005"), InvalidRefund),
        (usd("-1.00"), InvalidMoney),
        (Money(Decimal("NaN"), "USD"), InvalidMoney),
        (Money(Decimal(1), "EUR"), CurrencyMismatch),
    ],
)
def test_an_amount_that_cannot_be_paid_back_is_refused(amount: Money, refusal: type[Refusal]) -> None:
    given(PAYMENT, TAKEN).when(refund, REFUND, amount, GOODWILL, "", RULES).refused(refusal)


def test_a_reason_is_text_and_refunds_are_so_many() -> None:
    given(PAYMENT, TAKEN).when(refund, REFUND, None, GOODWILL, "\0", RULES).refused(InvalidText, path="reason")
    again = some("1.00", Rules(most_refunds=1))
    given(PAYMENT, [*TAKEN, asked]).when(*again).refused(TooManyRefunds, most=1)


def test_ordering_is_answered_by_events_where_nothing_can_be_paid_back() -> None:
    given(PAYMENT, TAKEN).when(pay_back, REFUND, usd("60.45"), RETURNED).then(
        RefundRequested(REFUND, usd("60.45"), RETURNED)
    )
    for history, amount in (
        ([*TAKEN, all_asked, all_made], usd("0.01")),
        (TAKEN, usd("0")),
        (HELD, usd("1.00")),
        (TAKEN, Money(Decimal(1), "EUR")),
    ):
        given(PAYMENT, history).when(pay_back, REFUND, amount, RETURNED).then(
            RefundDropped(ORDER, REFUND, amount, RETURNED)
        )
    given(PAYMENT).when(pay_back, REFUND, TOTAL, RETURNED).then()
    dropped = RefundDropped(ORDER, REFUND, TOTAL, RETURNED)
    given(PAYMENT, [*TAKEN, dropped]).when(pay_back, REFUND, TOTAL, RETURNED).then()


def test_where_more_is_to_be_paid_back_than_is_left_what_is_left_is() -> None:
    rest = RefundRequested(OTHER, usd("300.00"), RETURNED)
    given(PAYMENT, [*TAKEN, asked, made]).when(pay_back, OTHER, TOTAL, RETURNED).then(rest)


# While a part of the money is claimed


opened = DisputeOpened(ORDER, DISPUTE, usd("60.45"), "Not received", "")
won, lost = DisputeWon(ORDER, DISPUTE, usd("60.45")), DisputeLost(ORDER, DISPUTE, usd("60.45"))
postponed = RefundPostponed(OTHER, TOTAL, RETURNED)
CLAIMED: list[Event] = [*TAKEN, opened, postponed]
BEING_REFUNDED: list[Event] = [*TAKEN, asked, postponed]
TO_REFUND = Due(Step.REFUND, REFUND)


@pytest.mark.parametrize("claim", [asked, opened])
def test_what_claims_may_yet_leave_is_paid_back_when_they_are_decided(claim: Event) -> None:
    at_once = RefundRequested(OTHER, usd("300.00"), RETURNED)
    given(PAYMENT, [*TAKEN, claim]).when(pay_back, OTHER, usd("300.00"), RETURNED).then(at_once)
    after = given(PAYMENT, [*TAKEN, claim]).when(pay_back, OTHER, TOTAL, RETURNED).then(postponed)
    assert after.refundable == usd("300.00")
    assert after.due in (TO_REFUND, Due(Step.SETTLE))
    given(PAYMENT, [*TAKEN, claim, postponed]).when(pay_back, OTHER, TOTAL, RETURNED).then()


def test_a_dispute_that_is_decided_decides_on_the_refunds_that_waited_for_it() -> None:
    whole, rest = RefundRequested(OTHER, TOTAL, RETURNED), RefundRequested(OTHER, usd("300.00"), RETURNED)
    given(PAYMENT, CLAIMED).when(close_dispute, DISPUTE, won=True).then(won, whole)
    given(PAYMENT, CLAIMED).when(close_dispute, DISPUTE, won=False).then(lost, rest)


def test_a_refund_that_is_answered_decides_on_the_refunds_that_waited_for_it() -> None:
    refused = RefundFailed(ORDER, REFUND, usd("60.45"), GOODWILL, "account-closed")
    whole, rest = RefundRequested(OTHER, TOTAL, RETURNED), RefundRequested(OTHER, usd("300.00"), RETURNED)
    given(PAYMENT, BEING_REFUNDED).when(conclude, TO_REFUND, Accepted("sbr_1"), RULES).then(made, rest)
    no = Rejected("account-closed")
    given(PAYMENT, BEING_REFUNDED).when(conclude, TO_REFUND, no, RULES).then(refused, whole)


def test_where_claims_leave_nothing_what_waited_is_dropped() -> None:
    all_of_it = DisputeOpened(ORDER, DISPUTE, TOTAL, "Not received", "")
    given(PAYMENT, [*TAKEN, all_of_it, postponed]).when(close_dispute, DISPUTE, won=False).then(
        DisputeLost(ORDER, DISPUTE, TOTAL), RefundDropped(ORDER, OTHER, TOTAL, RETURNED)
    )


def test_refunds_that_waited_are_decided_in_order_as_far_as_the_money_goes() -> None:
    second = RefundPostponed(AMENDMENT, usd("310.00"), RETURNED)
    whole = RefundRequested(OTHER, TOTAL, RETURNED)
    given(PAYMENT, [*CLAIMED, second]).when(close_dispute, DISPUTE, won=True).then(won, whole)
    answered = (conclude, Due(Step.REFUND, OTHER), Rejected("account-closed"), RULES)
    given(PAYMENT, [*CLAIMED, second, won, whole]).when(*answered).then(
        RefundFailed(ORDER, OTHER, TOTAL, RETURNED, "account-closed"),
        RefundRequested(AMENDMENT, usd("310.00"), RETURNED),
    )


def test_what_waited_does_not_overtake_a_refund_that_the_gateway_was_called_for() -> None:
    part = RefundPostponed(OTHER, usd("310.00"), RETURNED)
    goodwill = RefundRequested(AMENDMENT, usd("5.00"), GOODWILL)
    history: list[Event] = [*TAKEN, opened, part, goodwill, called(Step.REFUND, refund_id=AMENDMENT)]

    after = (
        given(PAYMENT, history)
        .when(close_dispute, DISPUTE, won=True)
        .then(won, RefundRequested(OTHER, usd("310.00"), RETURNED))
    )

    assert (Due(Step.REFUND, AMENDMENT), 1) == (after.due, after.attempts)
    assert after.pause


def test_a_category_that_is_not_known_yet_is_another_one() -> None:
    assert (RETURNED, RefundCategory.OTHER) == (RefundCategory.of("returned"), RefundCategory.of("weather"))
