"""Disputes: the buyer's bank asks for the money back, and keeps it until it has decided.

Refusals
├── PaymentNotCaptured      see `state`
├── DisputeNotFound
├── DisputeExceedsPayment   more is disputed than was taken
├── InvalidDispute          of nothing, or a fraction of the smallest coin
├── DisputeIsClosed         it was decided
└── TooMuchEvidence
"""

from uuid import UUID

from domain.kernel import Conflict, Invalid, NotFound, clean
from domain.money import Money
from domain.payment.claims import Dispute, DisputeStatus
from domain.payment.events import DisputeLost, DisputeOpened, DisputeWon, EvidenceKind, EvidenceSubmitted, PaymentEvent
from domain.payment.refunds import in_coins, with_postponed
from domain.payment.rules import Rules
from domain.payment.state import TAKEN, Payment, PaymentNotCaptured

# Refusals


class DisputeNotFound(NotFound):
    code = "dispute-not-found"

    def __init__(self, dispute_id: UUID) -> None:
        super().__init__("This payment has no such dispute.", dispute_id=str(dispute_id))


class DisputeExceedsPayment(Conflict):
    code = "dispute-exceeds-payment"

    def __init__(self, left: Money) -> None:
        super().__init__(
            f"Of this payment {left} can be disputed, whether it was paid back or not. Say how much of it is.",
            left=left,
        )


class InvalidDispute(Invalid):
    code = "invalid-dispute"

    def __init__(self) -> None:
        super().__init__("A dispute is of a whole number of the currency's smallest coins, and of one at least.")


class DisputeIsClosed(Conflict):
    code = "dispute-closed"

    def __init__(self, outcome: DisputeStatus) -> None:
        super().__init__(f"The dispute was {outcome} already.", outcome=outcome.value)


class TooMuchEvidence(Conflict):
    code = "too-much-evidence"

    def __init__(self, most: int) -> None:
        super().__init__(f"A dispute takes at most {most} pieces of evidence. No more can be submitted.", most=most)


# Decisions


def open_dispute(
    payment: Payment, dispute_id: UUID, amount: Money | None, reason: str, reference: str
) -> list[PaymentEvent]:
    """Of `amount`, or of all that the shop has; banks also ask for what was paid back before.

    An id that was opened before decides nothing.
    """
    reason = clean("reason", reason, most=500, lines=True)
    reference = clean("reference", reference, most=100, least=0)
    if dispute_id in payment.disputes:
        return []
    if payment.status not in TAKEN:
        raise PaymentNotCaptured(payment.status)
    left = payment.amount - payment.disputed
    amount = payment.refundable if amount is None else in_coins(amount, payment, InvalidDispute)
    if not amount.amount or amount > left:
        raise DisputeExceedsPayment(left)
    return [DisputeOpened(payment.order_id, dispute_id, amount, reason, reference)]


def submit_evidence(
    payment: Payment, dispute_id: UUID, evidence_id: UUID, kind: EvidenceKind, text: str, rules: Rules
) -> list[PaymentEvent]:
    """A piece under an id that is there already decides nothing."""
    text = clean("text", text, most=4000, lines=True)
    dispute = _of(payment, dispute_id)
    if evidence_id in payment.evidence:
        return []
    if not dispute.is_open:
        raise DisputeIsClosed(dispute.status)
    if list(payment.evidence.values()).count(dispute_id) >= rules.most_evidence:
        raise TooMuchEvidence(rules.most_evidence)
    return [EvidenceSubmitted(dispute_id, evidence_id, kind, text)]


def close_dispute(payment: Payment, dispute_id: UUID, *, won: bool) -> list[PaymentEvent]:
    """The bank has decided; deciding the same again decides nothing."""
    dispute = _of(payment, dispute_id)
    if dispute.is_open:
        closed = DisputeWon if won else DisputeLost
        return with_postponed(payment, [closed(payment.order_id, dispute_id, dispute.amount)])
    if won is dispute.is_gone:
        raise DisputeIsClosed(dispute.status)
    return []


def _of(payment: Payment, dispute_id: UUID) -> Dispute:
    try:
        return payment.disputes[dispute_id]
    except KeyError:
        raise DisputeNotFound(dispute_id) from None
