"""Disputes: the buyer's bank asks for the money back, and keeps it until it has decided.

Refusals
├── PaymentNotCaptured      see `payment`
├── DisputeNotFound
├── DisputeExceedsPayment   more is disputed than the shop has of the payment
├── DisputeIsClosed         it was decided
└── TooMuchEvidence
"""

from typing import assert_never
from uuid import UUID

from domain.kernel import Conflict, NotFound, clean
from domain.money import CurrencyMismatch, Money
from domain.payment.events import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    EvidenceKind,
    EvidenceSubmitted,
    PaymentEvent,
)
from domain.payment.payment import TAKEN, Dispute, Payment, PaymentNotCaptured, Progress
from domain.payment.rules import Rules

# Refusals


class DisputeNotFound(NotFound):
    code = "dispute-not-found"

    def __init__(self, dispute_id: UUID) -> None:
        super().__init__("This payment has no such dispute.", dispute_id=str(dispute_id))


class DisputeExceedsPayment(Conflict):
    code = "dispute-exceeds-payment"

    def __init__(self, left: Money) -> None:
        super().__init__(
            f"The shop has {left} of this payment. No more can be disputed.",
            left=str(left.amount),
            currency=left.currency,
        )


class DisputeIsClosed(Conflict):
    code = "dispute-closed"

    def __init__(self, won: bool) -> None:
        super().__init__(f"The dispute was {'won' if won else 'lost'} already.", won=won)


class TooMuchEvidence(Conflict):
    code = "too-much-evidence"

    def __init__(self, most: int) -> None:
        super().__init__(f"A dispute takes at most {most} pieces of evidence. No more can be submitted.", most=most)


# Decisions


def open_dispute(
    payment: Payment, dispute_id: UUID, amount: Money | None, reason: str, reference: str
) -> list[PaymentEvent]:
    """Of `amount`, or of all that the shop has. An id that was opened before decides nothing."""
    reason = clean("reason", reason, most=500, lines=True)
    reference = clean("reference", reference, most=100, least=0)
    if dispute_id in payment.disputes:
        return []
    if payment.requested is None or payment.status not in TAKEN:
        raise PaymentNotCaptured(payment.status)
    left = payment.refundable
    amount = left if amount is None else amount.checked()
    if amount.currency != left.currency:
        raise CurrencyMismatch(left.currency, amount.currency)
    if not amount.amount or amount > left:
        raise DisputeExceedsPayment(left)
    return [DisputeOpened(payment.requested.order_id, dispute_id, amount, reason, reference)]


def submit_evidence(
    payment: Payment, dispute_id: UUID, evidence_id: UUID, kind: EvidenceKind, text: str, rules: Rules
) -> list[PaymentEvent]:
    """A piece under an id that is there already decides nothing."""
    text = clean("text", text, most=4000, lines=True)
    dispute = _of(payment, dispute_id)
    if evidence_id in payment.evidence:
        return []
    if dispute.progress is not Progress.OPEN:
        raise DisputeIsClosed(dispute.progress is Progress.KEPT)
    if list(payment.evidence.values()).count(dispute_id) >= rules.most_evidence:
        raise TooMuchEvidence(rules.most_evidence)
    return [EvidenceSubmitted(dispute_id, evidence_id, kind, text)]


def close_dispute(payment: Payment, dispute_id: UUID, *, won: bool) -> list[PaymentEvent]:
    """The bank has decided; deciding the same again decides nothing."""
    dispute = _of(payment, dispute_id)
    if payment.requested is None:
        raise AssertionError("unreachable: a payment with a dispute was requested")
    closed = DisputeWon if won else DisputeLost
    match dispute.progress:
        case Progress.OPEN:
            return [closed(payment.requested.order_id, dispute_id, dispute.amount)]
        case Progress.KEPT | Progress.REFUNDED as progress:
            if won is not (progress is Progress.KEPT):
                raise DisputeIsClosed(not won)
            return []
        case _:
            assert_never(dispute.progress)


def _of(payment: Payment, dispute_id: UUID) -> Dispute:
    try:
        return payment.disputes[dispute_id]
    except KeyError:
        raise DisputeNotFound(dispute_id) from None
