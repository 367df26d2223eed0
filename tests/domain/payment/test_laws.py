"""Laws of payment: they hold for whatever can happen to a payment or a wallet."""

from itertools import pairwise

import pytest
from hypothesis import given

from application.deadlines import PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT, Deadline, Waiting
from domain.kernel import Event
from domain.money import Money, total
from domain.payment import (
    PAYMENT,
    TAKEN,
    DisputeLost,
    Due,
    Payment,
    PaymentAuthorised,
    PaymentCaptured,
    RefundMade,
    RefundStatus,
    Status,
    Step,
)
from tests.given import facts
from tests.strategies.payment import PAYMENT_LIFE


@pytest.mark.proves("P10")
@given(PAYMENT_LIFE.histories(30))
def test_no_more_goes_back_to_the_buyer_than_was_taken_once(history: list[Event]) -> None:
    taken = [event.amount for event in history if isinstance(event, PaymentCaptured)]
    refunded = [event.amount for event in history if isinstance(event, RefundMade)]
    lost = [event.amount for event in history if isinstance(event, DisputeLost)]
    state = PAYMENT.fold(Payment(), history)

    assert len(taken) <= 1
    assert sum(isinstance(event, PaymentAuthorised) for event in history) <= 1
    if state.requested:
        zero = Money.zero(state.amount.currency)
        for back in (refunded, lost):  # a bank may take what was paid back before
            assert total(back, zero.currency) <= total(taken, zero.currency)
        assert zero <= state.refundable <= state.amount


@given(PAYMENT_LIFE.histories(30))
def test_no_refund_waits_without_a_claim_that_is_to_be_decided(history: list[Event]) -> None:
    state = PAYMENT.fold(Payment(), history)

    assert state.contested or RefundStatus.POSTPONED not in {each.status for each in state.refunds.values()}


@pytest.mark.proves("PAY-08")
@given(PAYMENT_LIFE.histories(30))
def test_a_payment_that_is_over_stays_over(history: list[Event]) -> None:
    after = {
        None: {Status.REQUESTED, Status.AUTHORISED},
        Status.REQUESTED: {Status.AUTHORISED, Status.DECLINED, Status.FAILED, Status.EXPIRED, Status.VOIDED},
        Status.AUTHORISED: {Status.CAPTURED, Status.FAILED, Status.EXPIRED, Status.VOIDED},
        Status.CAPTURED: {Status.SETTLED},
    }
    statuses = [PAYMENT.fold(Payment(), history[:end]).status for end in range(len(history) + 1)]

    for before, now in pairwise(statuses):
        assert now == before or now in after.get(before, set())
    if TAKEN.intersection(statuses):
        assert Status.VOIDED not in statuses


def waiting(deadline: Deadline, history: list[Event]) -> Waiting | None:
    row: Waiting | None = None
    for fact in facts("payment", *history):
        if type(fact.event) in deadline.events:
            row = deadline.evolve(row, fact)
    return row


@pytest.mark.proves("PAY-09")
@given(PAYMENT_LIFE.histories(30))
def test_every_payment_that_the_gateway_is_to_be_called_for_is_waited_for_and_no_other(history: list[Event]) -> None:
    state = PAYMENT.fold(Payment(), history)
    row = waiting(PAYMENT_OUTSTANDING, history)
    to_settle = waiting(PAYMENT_SETTLEMENT, history)

    assert (state.due not in (None, Due(Step.SETTLE))) == (row is not None)
    assert (state.status is Status.CAPTURED) == (to_settle is not None)
    recorded = [fact.recorded_at for fact in facts("payment", *history)]
    quiet_until = recorded[state.pause.version - 1] + state.pause.lasts if state.pause else None
    if to_settle and quiet_until:
        assert quiet_until <= to_settle.since, "nobody is asked for nothing"
    if row:
        assert row.since <= max(quiet_until or recorded[-1], recorded[-1])
