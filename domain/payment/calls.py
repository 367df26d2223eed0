"""Around a call of the gateway. It is announced before it is made, and its outcome recorded when it is known.

So a call is asked about, and never made again blindly, by whoever finds it without an outcome.
"""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from domain.kernel import is_over
from domain.payment.answers import Accepted, Answer, Rejected
from domain.payment.claims import Refund
from domain.payment.events import (
    GatewayCalled,
    GatewayCallFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentFailed,
    PaymentSettled,
    PaymentVoided,
    RefundFailed,
    RefundMade,
    Step,
    VoidCause,
    VoidRequested,
)
from domain.payment.refunds import with_postponed
from domain.payment.rules import Rules
from domain.payment.state import Due, Payment


def begin(payment: Payment, paused_at: datetime | None, now: datetime, rules: Rules) -> list[PaymentEvent]:
    """Announces the call that is due. Nothing while another call may be under way, or it is too early.

    `paused_at`: when the fact was recorded with which the payment's pause began; None where there is no pause.
    """
    due = payment.due
    if due is None or (payment.pause and paused_at and not is_over(paused_at, payment.pause.lasts, now)):
        return []
    if due.step is Step.SETTLE:
        if payment.settles_at and now < payment.settles_at:
            return []
        attempt = payment.attempts + 1
        return [GatewayCalled(due.step, attempt, rules.pause_for_settlement(attempt))]
    return [GatewayCalled(due.step, payment.attempts + 1, rules.call_ends(), due.refund_id)]


def note_silence(payment: Payment, due: Due, attempt: int, error: str, rules: Rules) -> list[PaymentEvent]:
    """This attempt was not answered. Nothing where it is due no longer, or another attempt was begun since."""
    if payment.due != due or payment.attempts != attempt or payment.unanswered == attempt or due.step is Step.SETTLE:
        return []
    return [GatewayCallFailed(due.step, attempt, error, rules.pause(attempt), due.refund_id)]


def conclude(payment: Payment, due: Due, answer: Answer, rules: Rules) -> list[PaymentEvent]:
    """What the gateway's answer means. Nothing where the call is due no longer: somebody else heard the answer, or the
    money is to be let go now, whatever became of that call.
    """
    asked = payment.requested
    if asked is None or payment.due != due:
        return []
    order_id, amount, amendment_id = asked.order_id, asked.amount, asked.amendment_id
    match due.step, answer:
        case Step.AUTHORISE, Accepted(transaction_id, response=response):
            return [PaymentAuthorised(order_id, amount, transaction_id, response, amendment_id)]
        case Step.AUTHORISE, Rejected(reason, response):
            return [PaymentDeclined(order_id, reason, response, amendment_id)]
        case Step.CAPTURE, Accepted(transaction_id, settles_at=settles_at, response=response):
            return [PaymentCaptured(order_id, amount, transaction_id, settles_at, response, amendment_id)]
        case Step.CAPTURE, Rejected(reason, response):
            failed = PaymentFailed(order_id, "failed", reason, response, amendment_id)
            vain = (
                RefundFailed(order_id, refund_id, refund.amount, refund.category, "not-captured")
                for refund_id, refund in payment.refunds.items()
                if refund.is_open
            )
            return [failed, *vain, VoidRequested(VoidCause.FAILED)]
        case Step.VOID, Accepted(response=response):
            return [PaymentVoided(order_id, response)]
        case Step.VOID, Rejected(reason):
            return note_silence(payment, due, payment.attempts, reason, rules)
        case Step.REFUND, _ if due.refund_id:
            refunded = _refunded(order_id, due.refund_id, payment.refunds[due.refund_id], answer)
            return with_postponed(payment, refunded)
        case Step.SETTLE, Accepted(settled=True, response=response):
            return [PaymentSettled(amount, response)]
        case _:
            return []


def _refunded(order_id: UUID, refund_id: UUID, refund: Refund, answer: Answer) -> list[PaymentEvent]:
    match answer:
        case Accepted(transaction_id, response=response):
            return [RefundMade(order_id, refund_id, refund.amount, refund.category, transaction_id, response)]
        case Rejected(reason, response):
            return [RefundFailed(order_id, refund_id, refund.amount, refund.category, reason, response)]
        case _:
            assert_never(answer)
