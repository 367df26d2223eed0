"""Disputes: opened, argued, and decided once."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from domain.kernel import Event, InvalidText, Refusal
from domain.money import CurrencyMismatch, InvalidMoney, Money
from domain.payment import (
    PAYMENT,
    DisputeExceedsPayment,
    DisputeIsClosed,
    DisputeLost,
    DisputeNotFound,
    DisputeOpened,
    DisputeWon,
    EvidenceKind,
    EvidenceSubmitted,
    InvalidDispute,
    PaymentNotCaptured,
    RefundCategory,
    RefundRequested,
    Rules,
    TooMuchEvidence,
    close_dispute,
    open_dispute,
    submit_evidence,
)
from tests.domain.payment.examples import (
    DISPUTE,
    EVIDENCE,
    HELD,
    ORDER,
    REFUND,
    RULES,
    TAKEN,
    TOTAL,
    requested,
    settled,
)
from tests.given import given
from tests.money import usd

opened = DisputeOpened(ORDER, DISPUTE, TOTAL, "Not received", "CB-1")
evidence = EvidenceSubmitted(DISPUTE, EVIDENCE, EvidenceKind.DELIVERY, "Signed for on the 19th")
won, lost = DisputeWon(ORDER, DISPUTE, TOTAL), DisputeLost(ORDER, DISPUTE, TOTAL)
ARGUED = (submit_evidence, DISPUTE, EVIDENCE, EvidenceKind.DELIVERY, "Signed for on the 19th", RULES)


@pytest.mark.proves("PAY-06")
@pytest.mark.parametrize("history", [TAKEN, [*TAKEN, settled]])
def test_a_dispute_is_opened_argued_and_decided(history: list[Event]) -> None:
    given(PAYMENT, history).when(open_dispute, DISPUTE, None, "Not received", "CB-1").then(opened)
    given(PAYMENT, [*history, opened]).when(*ARGUED).then(evidence)
    given(PAYMENT, [*history, opened, evidence]).when(close_dispute, DISPUTE, won=True).then(won)
    given(PAYMENT, [*history, opened, evidence]).when(close_dispute, DISPUTE, won=False).then(lost)


def test_what_was_done_with_a_dispute_is_done_once() -> None:
    given(PAYMENT, [*TAKEN, opened]).when(open_dispute, DISPUTE, usd("1.00"), "Again", "").then()
    given(PAYMENT, [*TAKEN, opened, evidence]).when(*ARGUED).then()
    given(PAYMENT, [*TAKEN, opened, evidence, lost]).when(*ARGUED).then()
    given(PAYMENT, [*TAKEN, opened, won]).when(close_dispute, DISPUTE, won=True).then()
    given(PAYMENT, [*TAKEN, opened, lost]).when(close_dispute, DISPUTE, won=False).then()


@pytest.mark.parametrize(("decided", "outcome"), [(won, "won"), (lost, "lost")])
def test_a_decided_dispute_is_neither_argued_nor_decided_otherwise(decided: Event, outcome: str) -> None:
    history = [*TAKEN, opened, decided]
    otherwise = (close_dispute, DISPUTE)
    given(PAYMENT, history).when(*ARGUED).refused(DisputeIsClosed, outcome=outcome)
    given(PAYMENT, history).when(*otherwise, won=outcome == "lost").refused(DisputeIsClosed, outcome=outcome)


@pytest.mark.parametrize("history", [[], [requested], HELD])
def test_what_was_not_paid_is_not_disputed(history: list[Event]) -> None:
    given(PAYMENT, history).when(open_dispute, DISPUTE, None, "Not received", "").refused(PaymentNotCaptured)


def test_no_more_is_disputed_than_was_taken() -> None:
    asking = (open_dispute, REFUND, usd("300.01"), "Not received", "")
    some = DisputeOpened(ORDER, DISPUTE, usd("60.45"), "Not received", "")
    given(PAYMENT, [*TAKEN, some]).when(*asking).refused(DisputeExceedsPayment, left=usd("300.00"))
    given(PAYMENT, [*TAKEN, opened]).when(open_dispute, REFUND, None, "Not received", "").refused(DisputeExceedsPayment)
    given(PAYMENT, [*TAKEN, opened, won]).when(open_dispute, REFUND, TOTAL, "Again", "").then(
        DisputeOpened(ORDER, REFUND, TOTAL, "Again", "")
    )


def test_a_bank_may_ask_back_what_was_paid_back_before() -> None:
    back = RefundRequested(REFUND, TOTAL, RefundCategory.GOODWILL)
    disputed = replace(opened, amount=usd("60.45"))
    again = (open_dispute, DISPUTE, usd("60.45"), "Not received", "CB-1")
    after = given(PAYMENT, [*TAKEN, back]).when(*again).then(disputed)
    assert after.refundable == usd("0.00")
    whatever_is_left = (open_dispute, DISPUTE, None, "Not received", "CB-1")
    given(PAYMENT, [*TAKEN, back]).when(*whatever_is_left).refused(DisputeExceedsPayment, left=usd("360.45"))


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (usd("0"), InvalidDispute),
        (usd("0.0001"), InvalidDispute),
        (usd("-1.00"), InvalidMoney),
        (Money(Decimal(1), "EUR"), CurrencyMismatch),
    ],
)
def test_an_amount_that_no_bank_asks_for_is_refused(amount: Money, refusal: type[Refusal]) -> None:
    given(PAYMENT, TAKEN).when(open_dispute, DISPUTE, amount, "Not received", "").refused(refusal)


def test_evidence_belongs_to_a_dispute_and_there_is_so_much_of_it() -> None:
    given(PAYMENT, TAKEN).when(*ARGUED).refused(DisputeNotFound, dispute_id=str(DISPUTE))
    given(PAYMENT, TAKEN).when(close_dispute, DISPUTE, won=True).refused(DisputeNotFound)
    little = (submit_evidence, DISPUTE, REFUND, EvidenceKind.OTHER, "And this", Rules(most_evidence=1))
    given(PAYMENT, [*TAKEN, opened, evidence]).when(*little).refused(TooMuchEvidence, most=1)


def test_words_are_text() -> None:
    given(PAYMENT, TAKEN).when(open_dispute, DISPUTE, None, " ", "").refused(InvalidText, path="reason")
    given(PAYMENT, TAKEN).when(open_dispute, DISPUTE, None, "Why", "\0").refused(InvalidText, path="reference")
    said = (submit_evidence, DISPUTE, EVIDENCE, EvidenceKind.OTHER, "", RULES)
    given(PAYMENT, [*TAKEN, opened]).when(*said).refused(InvalidText, path="text")
