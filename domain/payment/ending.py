"""Giving a payment up: what is held is let go, what was taken is paid back, whatever is under way."""

from datetime import datetime
from uuid import UUID, uuid5

from domain.kernel import is_over
from domain.payment.events import (
    PaymentEvent,
    PaymentExpired,
    PaymentVoided,
    RefundCategory,
    RefundPostponed,
    RefundRequested,
    VoidCause,
    VoidRequested,
)
from domain.payment.rules import Rules
from domain.payment.state import HELD, Payment


def cancel(payment: Payment, refund_id: UUID) -> list[PaymentEvent]:
    """No money is owed any more. What is held is let go, what was taken, or may be at this moment, is paid back.

    What is claimed at this moment is paid back as far as the shop gets to keep it.
    """
    asked = payment.requested
    later = {uuid5(claim_id, "cancelled"): claim for claim_id, claim in payment.claims}
    # It came before if any of its refunds is there: where all was claimed it made no refund of what is left, and by now
    # the claims that it waited for may be decided.
    if asked is None or payment.voids or not payment.refunds.keys().isdisjoint({refund_id, *later}):
        return []
    if payment.captures and payment.attempts:
        return [RefundRequested(refund_id, asked.amount, RefundCategory.CANCELLED)]
    if payment.status in HELD:
        void = VoidRequested(VoidCause.CANCELLED)
        return [void] if asked.amount.amount else [void, PaymentVoided(asked.order_id)]
    left = payment.refundable
    back: list[PaymentEvent] = [RefundRequested(refund_id, left, RefundCategory.CANCELLED)] if left.amount else []
    claimed = {id: claim.amount for id, claim in later.items() if claim.is_open}
    return back + [RefundPostponed(id, amount, RefundCategory.CANCELLED) for id, amount in claimed.items()]


def expire(payment: Payment, requested_at: datetime, now: datetime, rules: Rules) -> list[PaymentEvent]:
    """Gives up what took too long; decides nothing once the money is being taken or let go."""
    asked = payment.requested
    if asked is None or payment.status not in HELD or payment.captures or payment.voids:
        return []
    if not is_over(requested_at, rules.timeout, now):
        return []
    expired: list[PaymentEvent] = [PaymentExpired(asked.order_id, asked.amendment_id), VoidRequested(VoidCause.EXPIRED)]
    return expired if asked.amount.amount else [*expired, PaymentVoided(asked.order_id)]
