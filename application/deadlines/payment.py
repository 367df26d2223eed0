"""Time and the gateway: a call that is due, a payment that takes too long, money that has yet to be paid out."""

from msgspec.structs import replace

from application.deadlines.deadline import Deadline, Waiting
from domain import payment
from domain.kernel import Fact, members


class Outstanding(Waiting, frozen=True):
    """A payment for which the gateway is to be called. After a call it waits from the moment on at which somebody else
    may call, which lies in the future by the clock of the store.

    It counts what is to be done, and keeps no `Payment` that could tell what is due: a row is JSON, whose objects have
    no order, and of all refunds the first is due. A law holds that both agree.
    """

    step: bool = False
    """Whether the call is for the payment itself."""
    refunds: int = 0
    """How many refunds there are to be made besides."""


def _outstanding(waiting: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Outstanding | None:
    now = fact.recorded_at
    row = waiting if isinstance(waiting, Outstanding) else Outstanding(fact.stream, now)
    match fact.event:
        case payment.PaymentRequested() | payment.CaptureRequested() | payment.VoidRequested():
            row = replace(row, since=now, step=True)
        case (
            payment.PaymentAuthorised()
            | payment.PaymentDeclined()
            | payment.PaymentCaptured()
            | payment.PaymentVoided()
            | payment.PaymentFailed()
        ):
            row = replace(row, since=now, step=False)
        case payment.RefundRequested():
            row = replace(row, refunds=row.refunds + 1)
        case payment.RefundMade() | payment.RefundFailed():
            row = replace(row, since=row.since if row.step else now, refunds=row.refunds - 1)
        case payment.GatewayCalled(pause=pause) | payment.GatewayCallFailed(pause=pause):
            row = replace(row, since=now + pause)
        case _:
            pass  # nothing that the gateway is called for
    return row if row.step or row.refunds else None


def _unpaid(waiting: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Waiting | None:
    match fact.event:
        case payment.PaymentRequested():
            return Waiting(fact.stream, fact.recorded_at)
        case payment.PaymentAuthorised():
            return waiting
        case _:
            return None


def _unsettled(waiting: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Waiting | None:
    match fact.event:
        case payment.PaymentCaptured(settles_at=settles_at):
            return Waiting(fact.stream, settles_at or fact.recorded_at)
        case payment.GatewayCalled(pause=pause) | payment.GatewayCallFailed(pause=pause):
            return waiting and replace(waiting, since=max(waiting.since, fact.recorded_at + pause))
        case payment.PaymentSettled():
            return None
        case _:
            return waiting


PAYMENT_OUTSTANDING = Deadline(
    name="payment_outstanding",
    context="payment",
    events=members(payment.PaymentEvent),
    row=Outstanding,
    evolve=_outstanding,
)
"""Since the gateway is to be called; ends in `application.payment.work_payment`."""

PAYMENT_EXPIRY = Deadline(
    name="payment_expiry",
    context="payment",
    events=(
        payment.PaymentRequested,
        payment.PaymentAuthorised,
        payment.PaymentDeclined,
        payment.PaymentFailed,
        payment.CaptureRequested,
        payment.VoidRequested,
    ),
    evolve=_unpaid,
)
"""Since it was requested, until its money is asked for or let go; ends in `application.payment.expire_payment`."""

PAYMENT_SETTLEMENT = Deadline(
    name="payment_settlement",
    context="payment",
    events=(payment.PaymentCaptured, payment.GatewayCalled, payment.GatewayCallFailed, payment.PaymentSettled),
    evolve=_unsettled,
)
"""Since the money should have been paid out and no call is under way; ends in `application.payment.work_payment`."""
