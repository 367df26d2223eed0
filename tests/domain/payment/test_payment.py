"""What becomes of a payment, by what ordering asks, what the gateway answers, and the time that passes."""

from datetime import timedelta
from uuid import uuid5

import pytest
from msgspec.structs import replace

from domain.kernel import Event
from domain.money import Money
from domain.payment import (
    PAYMENT,
    Accepted,
    AmendmentCharged,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    Due,
    GatewayCalled,
    GatewayCallFailed,
    Pause,
    Payment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentExpired,
    PaymentFailed,
    PaymentRequested,
    PaymentSettled,
    PaymentVoided,
    RefundCategory,
    RefundDropped,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    Rejected,
    Status,
    Step,
    VoidCause,
    VoidRequested,
    begin,
    cancel,
    capture,
    close_dispute,
    conclude,
    expire,
    note_amendment,
    note_silence,
    pay_back,
    request,
)
from tests.domain.payment.examples import (
    ALICE,
    AMENDMENT,
    CAPTURE,
    CARD,
    HELD,
    KEY,
    LATER,
    NOW,
    ORDER,
    REFUND,
    RULES,
    TAKEN,
    TOTAL,
    accepted,
    authorised,
    called,
    captured,
    requested,
    settled,
    to_capture,
    to_void,
)
from tests.given import given
from tests.money import usd

declined = PaymentDeclined(ORDER, "insufficient-funds")
FREE = Money.zero("USD")
TO_AUTHORISE, TO_CAPTURE, TO_VOID, TO_SETTLE = (
    Due(step) for step in (Step.AUTHORISE, Step.CAPTURE, Step.VOID, Step.SETTLE)
)


def asking(**more: object) -> dict[str, object]:
    return {
        "order_id": ORDER,
        "buyer_id": ALICE,
        "amount": TOTAL,
        "gateway": "sandbox",
        "key": KEY,
        "instrument": CARD,
    } | more


def state(*history: Event) -> Payment:
    return PAYMENT.fold(PAYMENT.initial, history)


# What ordering asks for


@pytest.mark.proves("PAY-01", "PAY-08", "PAY-10")
def test_a_payment_is_requested_authorised_captured_and_settled() -> None:
    given(PAYMENT).when(request, **asking()).then(requested)
    given(PAYMENT, [requested]).when(begin, None, NOW, RULES).then(called(Step.AUTHORISE))
    given(PAYMENT, HELD[:2]).when(conclude, TO_AUTHORISE, accepted, RULES).then(authorised)
    given(PAYMENT, HELD).when(capture).then(to_capture)
    given(PAYMENT, [*HELD, to_capture]).when(begin, None, NOW, RULES).then(called(Step.CAPTURE))
    answer = Accepted(CAPTURE, settles_at=LATER)
    given(PAYMENT, TAKEN[:-1]).when(conclude, TO_CAPTURE, answer, RULES).then(captured)
    paid_out = Accepted(CAPTURE, settled=True)
    after = given(PAYMENT, TAKEN).when(conclude, TO_SETTLE, paid_out, RULES).then(settled)

    assert (Status.SETTLED, None) == (after.status, after.due)


def test_what_ordering_asks_for_twice_is_done_once() -> None:
    given(PAYMENT, [requested]).when(request, **asking()).then()
    given(PAYMENT, [*HELD, to_capture]).when(capture).then()
    given(PAYMENT, TAKEN).when(capture).then()
    given(PAYMENT, [*HELD, to_void]).when(cancel, REFUND).then()


def test_without_a_method_a_payment_fails_at_once() -> None:
    failed = PaymentFailed(ORDER, "no-payment-method")
    given(PAYMENT).when(request, **asking(instrument=None)).then(replace(requested, instrument=None), failed)


def test_where_there_is_nothing_to_pay_the_gateway_is_not_called() -> None:
    nothing = PaymentRequested(ORDER, ALICE, FREE, "sandbox", KEY)
    held = PaymentAuthorised(ORDER, FREE, "")
    asked = given(PAYMENT).when(request, **asking(amount=FREE, instrument=None)).then(nothing, held)
    assert asked.due is None
    taken = (to_capture, PaymentCaptured(ORDER, FREE, ""), PaymentSettled(FREE))
    assert given(PAYMENT, [nothing, held]).when(capture).then(*taken).due is None
    voided = (to_void, PaymentVoided(ORDER))
    assert given(PAYMENT, [nothing, held]).when(cancel, REFUND).then(*voided).due is None
    given(PAYMENT, [nothing, held, *taken]).when(cancel, REFUND).then()
    expired = (PaymentExpired(ORDER), VoidRequested(VoidCause.EXPIRED), PaymentVoided(ORDER))
    given(PAYMENT, [nothing, held]).when(expire, NOW, NOW + RULES.timeout, RULES).then(*expired)


def test_a_change_to_the_order_is_noted_with_its_first_payment_once() -> None:
    noted = AmendmentCharged(AMENDMENT)
    given(PAYMENT, TAKEN).when(note_amendment, AMENDMENT).then(noted)
    given(PAYMENT, [*TAKEN, noted]).when(note_amendment, AMENDMENT).then()


@pytest.mark.parametrize("history", [[], HELD[:1], HELD[:2], [*HELD, to_void]])
def test_only_money_that_is_held_is_taken(history: list[Event]) -> None:
    given(PAYMENT, history).when(capture).then()


# Cancelling


@pytest.mark.parametrize("history", [[requested], HELD[:2], HELD, [*HELD, to_capture]])
def test_cancelling_lets_go_what_is_held_or_may_be(history: list[Event]) -> None:
    after = given(PAYMENT, history).when(cancel, REFUND).then(to_void)
    assert after.due == TO_VOID
    assert PAYMENT.evolve(after, PaymentVoided(ORDER)).due is None


def test_money_that_may_be_taken_at_this_moment_is_taken_and_paid_back() -> None:
    history = TAKEN[:-1]
    back = RefundRequested(REFUND, TOTAL, RefundCategory.CANCELLED)
    after = given(PAYMENT, history).when(cancel, REFUND).then(back)
    assert after.due == TO_CAPTURE
    after = given(PAYMENT, [*history, back]).when(conclude, TO_CAPTURE, Accepted(CAPTURE), RULES)
    assert after.then(replace(captured, settles_at=None)).due == Due(Step.REFUND, REFUND)


def test_a_refund_of_money_that_could_not_be_taken_has_failed() -> None:
    back = RefundRequested(REFUND, TOTAL, RefundCategory.CANCELLED)
    vain = pay_back(state(*TAKEN[:-1]), AMENDMENT, TOTAL, RefundCategory.RETURNED)
    given(PAYMENT, [*TAKEN[:-1], *vain, back]).when(conclude, TO_CAPTURE, Rejected("expired"), RULES).then(
        PaymentFailed(ORDER, "failed", "expired"),
        RefundFailed(ORDER, REFUND, TOTAL, RefundCategory.CANCELLED, "not-captured"),
        VoidRequested(VoidCause.FAILED),
    )


@pytest.mark.parametrize("history", [TAKEN, [*TAKEN, settled]])
def test_cancelling_pays_back_what_was_taken_and_is_not_paid_back_yet(history: list[Event]) -> None:
    some = RefundRequested(AMENDMENT, usd("60.45"), RefundCategory.GOODWILL)
    made = RefundMade(ORDER, AMENDMENT, usd("60.45"), RefundCategory.GOODWILL, "sbr_1")
    given(PAYMENT, [*history, some, made]).when(cancel, REFUND).then(
        RefundRequested(REFUND, usd("300.00"), RefundCategory.CANCELLED)
    )
    vain = RefundFailed(ORDER, REFUND, TOTAL, RefundCategory.CANCELLED, "account-closed")
    given(PAYMENT, [*history, vain]).when(cancel, REFUND).then()


@pytest.mark.parametrize(
    "ending",
    [
        [declined],
        [PaymentFailed(ORDER, "no-payment-method")],
        [PaymentExpired(ORDER), VoidRequested(VoidCause.EXPIRED)],
        [to_void, PaymentVoided(ORDER)],
    ],
)
def test_what_is_over_is_not_cancelled(ending: list[Event]) -> None:
    given(PAYMENT, [requested, *ending]).when(cancel, REFUND).then()


GOODWILL = RefundRequested(AMENDMENT, usd("60.45"), RefundCategory.GOODWILL)
DISPUTED = DisputeOpened(ORDER, AMENDMENT, usd("60.45"), "Not received", "")
LATER_BACK = uuid5(AMENDMENT, "cancelled")


@pytest.mark.parametrize("claim", [GOODWILL, DISPUTED])
def test_cancelling_waits_for_money_that_is_claimed(claim: Event) -> None:
    back = RefundRequested(REFUND, usd("300.00"), RefundCategory.CANCELLED)
    later = RefundPostponed(LATER_BACK, usd("60.45"), RefundCategory.CANCELLED)
    given(PAYMENT, [*TAKEN, claim]).when(cancel, REFUND).then(back, later)
    given(PAYMENT, [*TAKEN, claim, later]).when(cancel, REFUND).then()


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_won_of_a_cancelled_order_is_paid_back(whole: bool) -> None:
    disputed = replace(DISPUTED, amount=TOTAL if whole else DISPUTED.amount)
    history = [*TAKEN, disputed, *cancel(state(*TAKEN, disputed), REFUND)]
    won = DisputeWon(ORDER, AMENDMENT, disputed.amount)
    back = RefundRequested(LATER_BACK, disputed.amount, RefundCategory.CANCELLED)
    given(PAYMENT, history).when(close_dispute, AMENDMENT, won=True).then(won, back)


def test_what_is_lost_of_a_cancelled_order_is_not_paid_back() -> None:
    disputed = replace(DISPUTED, amount=TOTAL)
    history = [*TAKEN, disputed, *cancel(state(*TAKEN, disputed), REFUND)]
    given(PAYMENT, history).when(close_dispute, AMENDMENT, won=False).then(
        DisputeLost(ORDER, AMENDMENT, TOTAL),
        RefundDropped(ORDER, LATER_BACK, TOTAL, RefundCategory.CANCELLED),
    )


def test_a_refund_that_is_refused_when_the_order_is_cancelled_is_asked_for_once_more() -> None:
    history = [*TAKEN, GOODWILL, *cancel(state(*TAKEN, GOODWILL), REFUND)]
    answered = (conclude, Due(Step.REFUND, AMENDMENT), Rejected("account-closed"), RULES)
    given(PAYMENT, history).when(*answered).then(
        RefundFailed(ORDER, AMENDMENT, usd("60.45"), RefundCategory.GOODWILL, "account-closed"),
        RefundRequested(LATER_BACK, usd("60.45"), RefundCategory.CANCELLED),
    )


# Around a call


def test_while_a_call_may_be_under_way_nobody_else_calls() -> None:
    assert LATER == NOW + RULES.call_ends()
    given(PAYMENT, HELD[:2]).when(begin, NOW, LATER - timedelta(seconds=1), RULES).then()
    given(PAYMENT, HELD[:2]).when(begin, NOW, LATER, RULES).then(called(Step.AUTHORISE, 2))


def test_a_pause_that_begins_in_the_future_is_over_where_that_is_further_away_than_it_lasts() -> None:
    second, years = timedelta(seconds=1), timedelta(days=3653)
    given(PAYMENT, [requested]).when(begin, None, NOW + years, RULES).then(called(Step.AUTHORISE))
    given(PAYMENT, HELD[:2]).when(begin, NOW, NOW - RULES.call_ends() + second, RULES).then()
    for long in (RULES.call_ends(), years):
        given(PAYMENT, HELD[:2]).when(begin, NOW, NOW - long, RULES).then(called(Step.AUTHORISE, 2))
    assert state(*HELD[:2]).pause == Pause(2, RULES.call_ends())


@pytest.mark.proves("PAY-09")
def test_a_call_without_an_answer_is_tried_again_ever_more_seldom() -> None:
    pauses = [RULES.pause(attempt).total_seconds() for attempt in (1, 2, 3, 10, 11, 10_000)]
    assert pauses == [1, 2, 4, 512, 600, 600]
    silence = GatewayCallFailed(Step.AUTHORISE, 1, "no answer", timedelta(seconds=1))
    given(PAYMENT, HELD[:2]).when(note_silence, TO_AUTHORISE, 1, "no answer", RULES).then(silence)
    given(PAYMENT, [*HELD[:2], silence]).when(begin, NOW, NOW, RULES).then()
    again = NOW + timedelta(seconds=1)
    given(PAYMENT, [*HELD[:2], silence]).when(begin, NOW, again, RULES).then(called(Step.AUTHORISE, 2))


def test_silence_that_is_told_of_too_late_decides_nothing() -> None:
    silence = GatewayCallFailed(Step.AUTHORISE, 1, "no answer", RULES.call_ends())
    given(PAYMENT, [*HELD[:2], silence]).when(note_silence, TO_AUTHORISE, 1, "no answer", RULES).then()
    second = called(Step.AUTHORISE, 2)
    given(PAYMENT, [*HELD[:2], second]).when(note_silence, TO_AUTHORISE, 1, "no answer", RULES).then()
    given(PAYMENT, HELD).when(note_silence, TO_AUTHORISE, 1, "no answer", RULES).then()
    given(PAYMENT, [*HELD[:2], to_void]).when(note_silence, TO_AUTHORISE, 1, "no answer", RULES).then()


def test_the_next_step_is_called_for_at_once_and_counts_its_own_attempts() -> None:
    after = state(*HELD[:2], to_void)
    assert (0, None) == (after.attempts, after.pause)
    given(PAYMENT, [*HELD[:2], to_void]).when(begin, None, NOW, RULES).then(called(Step.VOID))


@pytest.mark.parametrize("answer", [accepted, Rejected("insufficient-funds")])
def test_an_answer_that_comes_after_the_cancelling_decides_nothing(answer: Accepted | Rejected) -> None:
    given(PAYMENT, [*HELD[:2], to_void]).when(conclude, TO_AUTHORISE, answer, RULES).then()


def test_an_answer_that_two_hear_counts_once() -> None:
    given(PAYMENT, HELD).when(conclude, TO_AUTHORISE, accepted, RULES).then()
    given(PAYMENT, TAKEN).when(conclude, TO_CAPTURE, accepted, RULES).then()


def test_what_the_gateway_refuses_to_hold_is_declined() -> None:
    answer = Rejected("insufficient-funds", {"code": "51"})
    after = (
        given(PAYMENT, HELD[:2])
        .when(conclude, TO_AUTHORISE, answer, RULES)
        .then(replace(declined, response={"code": "51"}))
    )

    assert (Status.DECLINED, None) == (after.status, after.due)


def test_what_the_gateway_refuses_to_take_has_failed_and_is_let_go() -> None:
    after = (
        given(PAYMENT, TAKEN[:-1])
        .when(conclude, TO_CAPTURE, Rejected("expired"), RULES)
        .then(PaymentFailed(ORDER, "failed", "expired"), VoidRequested(VoidCause.FAILED))
    )

    assert (Status.FAILED, TO_VOID) == (after.status, after.due)
    failed = [*TAKEN[:-1], PaymentFailed(ORDER, "failed", "expired"), VoidRequested(VoidCause.FAILED)]
    ended = given(PAYMENT, failed).when(conclude, TO_VOID, accepted, RULES).then(PaymentVoided(ORDER))
    assert (Status.FAILED, None) == (ended.status, ended.due)


def test_a_hold_is_let_go_however_often_the_gateway_refuses_to() -> None:
    history = [*HELD, to_void, called(Step.VOID)]
    refused = GatewayCallFailed(Step.VOID, 1, "busy", timedelta(seconds=1))
    given(PAYMENT, history).when(conclude, TO_VOID, Rejected("busy"), RULES).then(refused)
    voided = PaymentVoided(ORDER, {"code": "00"})
    after = given(PAYMENT, history).when(conclude, TO_VOID, Accepted("", response={"code": "00"}), RULES)
    assert after.then(voided).status is Status.VOIDED


def test_a_refund_is_made_or_has_failed_and_the_next_one_is_due() -> None:
    second = AMENDMENT
    asked = [RefundRequested(each, usd("10.00"), RefundCategory.RETURNED) for each in (REFUND, second)]
    history = [*TAKEN, *asked, called(Step.REFUND, 1, REFUND)]
    made = RefundMade(ORDER, REFUND, usd("10.00"), RefundCategory.RETURNED, "sbr_1")
    due = Due(Step.REFUND, REFUND)
    after = given(PAYMENT, history).when(conclude, due, Accepted("sbr_1"), RULES).then(made)
    assert after.due == Due(Step.REFUND, second)
    failed = RefundFailed(ORDER, REFUND, usd("10.00"), RefundCategory.RETURNED, "account-closed")
    after = given(PAYMENT, history).when(conclude, due, Rejected("account-closed"), RULES).then(failed)
    assert after.refundable == usd("350.45")
    given(PAYMENT, [*history, made]).when(conclude, due, Accepted("sbr_1"), RULES).then()


def test_whether_money_was_paid_out_is_asked_from_the_expected_day_on_until_it_was() -> None:
    given(PAYMENT, TAKEN).when(begin, None, NOW, RULES).then()
    asked = GatewayCalled(Step.SETTLE, 1, RULES.longest_pause)
    given(PAYMENT, TAKEN).when(begin, None, LATER, RULES).then(asked)
    given(PAYMENT, [*TAKEN, asked]).when(begin, LATER, LATER, RULES).then()
    assert [10, 20, 1280, 1440, 1440] == [
        RULES.pause_for_settlement(attempt) / timedelta(minutes=1) for attempt in (1, 2, 8, 9, 10_000)
    ]
    given(PAYMENT, [*TAKEN, asked]).when(conclude, TO_SETTLE, Accepted(CAPTURE), RULES).then()
    given(PAYMENT, [*TAKEN, asked]).when(note_silence, TO_SETTLE, 1, "no answer", RULES).then()


# Time


@pytest.mark.proves("PAY-11")
@pytest.mark.parametrize("history", [[requested], HELD[:2], HELD])
def test_a_payment_whose_money_is_not_asked_for_in_time_expires_and_is_let_go(history: list[Event]) -> None:
    expired = (PaymentExpired(ORDER), VoidRequested(VoidCause.EXPIRED))
    almost = NOW + RULES.timeout - timedelta(seconds=1)
    given(PAYMENT, history).when(expire, NOW, almost, RULES).then()
    after = given(PAYMENT, history).when(expire, NOW, NOW + RULES.timeout, RULES).then(*expired)
    assert (Status.EXPIRED, TO_VOID) == (after.status, after.due)


@pytest.mark.parametrize(
    "history", [[*HELD, to_capture], TAKEN, [*HELD, to_void], [requested, PaymentDeclined(ORDER, "no")]]
)
def test_what_is_being_taken_or_is_over_does_not_expire(history: list[Event]) -> None:
    given(PAYMENT, history).when(expire, NOW, NOW + RULES.timeout * 2, RULES).then()


def test_a_payment_that_does_not_exist_is_nothing_to_anybody() -> None:
    for decision in (capture, cancel):
        given(PAYMENT).when(decision, *(() if decision is capture else (REFUND,))).then()
    given(PAYMENT).when(expire, NOW, NOW, RULES).then()
    given(PAYMENT).when(begin, None, NOW, RULES).then()
    given(PAYMENT).when(conclude, TO_AUTHORISE, accepted, RULES).then()
