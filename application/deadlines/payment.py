"""Time and the gateway: a call that is due, a payment that takes too long, money that has yet to be paid out."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from application.deadlines.deadline import Deadline, Waiting, waiting
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


class Unsettled(Waiting, frozen=True):
    """A payment whose money was taken and is not known to be paid out."""

    settles_at: datetime | None = None
    """When the gateway says that it pays out."""


def _outstanding(before: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Outstanding | None:
    now = fact.recorded_at
    row = before if isinstance(before, Outstanding) else Outstanding(fact.stream, now, now)
    match fact.event:
        case payment.PaymentRequested() | payment.CaptureRequested() | payment.VoidRequested():
            row = replace(row, since=now, earliest=now, step=True)
        case (
            payment.PaymentAuthorised()
            | payment.PaymentDeclined()
            | payment.PaymentCaptured()
            | payment.PaymentVoided()
            | payment.PaymentFailed()
        ):
            row = replace(row, since=now, earliest=now, step=False)
        case payment.RefundRequested():
            row = replace(row, refunds=row.refunds + 1)
        case payment.RefundMade() | payment.RefundFailed():
            row = replace(row, refunds=row.refunds - 1)
            if not row.step:
                row = replace(row, since=now, earliest=now)
        case payment.GatewayCalled(pause=pause) | payment.GatewayCallFailed(pause=pause):
            row = replace(row, since=now + pause, earliest=now - pause)
        case _:
            pass  # nothing that the gateway is called for
    return row if row.step or row.refunds else None


def _unpaid(row: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Waiting | None:
    match fact.event:
        case payment.PaymentRequested():
            return waiting(fact)
        case payment.PaymentAuthorised():
            return row
        case _:
            return None


def _unsettled(row: Waiting | None, fact: Fact[payment.PaymentEvent]) -> Unsettled | None:
    row = row if isinstance(row, Unsettled) else None
    match fact.event:
        case payment.PaymentCaptured(settles_at=settles_at):
            return _until_settled(fact, settles_at)
        case payment.GatewayCalled(pause=pause) | payment.GatewayCallFailed(pause=pause):
            return row and _until_settled(fact, row.settles_at, pause)
        case payment.PaymentSettled():
            return None
        case _:
            return row


def _until_settled(fact: Fact[Any], settles_at: datetime | None, pause: timedelta = timedelta()) -> Unsettled:
    """From when it is paid out, or from the end of a pause that lasts longer."""
    now = fact.recorded_at
    if settles_at and settles_at >= now + pause:
        return Unsettled(fact.stream, settles_at, None, settles_at)
    return Unsettled(fact.stream, now + pause, now - pause, settles_at)


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
    row=Unsettled,
    events=(payment.PaymentCaptured, payment.GatewayCalled, payment.GatewayCallFailed, payment.PaymentSettled),
    evolve=_unsettled,
)
"""Since the money should have been paid out and no call is under way; ends in `application.payment.work_payment`."""
