"""Being paid: money is asked for, held, and taken once the goods are the buyer's."""

from uuid import UUID

from domain.money import Money
from domain.payment.events import (
    AmendmentCharged,
    CaptureRequested,
    Instrument,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentEvent,
    PaymentFailed,
    PaymentRequested,
    PaymentSettled,
)
from domain.payment.state import Payment, Status


def request(
    payment: Payment,
    *,
    order_id: UUID,
    buyer_id: str,
    amount: Money,
    gateway: str,
    key: UUID,
    instrument: Instrument | None,
    amendment_id: UUID | None = None,
) -> list[PaymentEvent]:
    """Asks for money. Without an instrument the payment fails, unless there is nothing to pay."""
    if payment.requested:
        return []
    requested = PaymentRequested(order_id, buyer_id, amount, gateway, key, instrument, amendment_id)
    if not amount.amount:
        return [requested, PaymentAuthorised(order_id, amount, "", amendment_id=amendment_id)]
    if instrument is None:
        return [requested, PaymentFailed(order_id, "no-payment-method", amendment_id=amendment_id)]
    return [requested]


def note_amendment(payment: Payment, payment_id: UUID) -> list[PaymentEvent]:
    """A change to the order is paid for by another payment, which shares this one's fate."""
    return [] if payment_id in payment.amendments else [AmendmentCharged(payment_id)]


def capture(payment: Payment) -> list[PaymentEvent]:
    """The goods are the buyer's: the money that is held is to be taken."""
    asked = payment.requested
    if asked is None or payment.status is not Status.AUTHORISED or payment.captures or payment.voids:
        return []
    if not asked.amount.amount:
        captured = PaymentCaptured(asked.order_id, asked.amount, "", amendment_id=asked.amendment_id)
        return [CaptureRequested(), captured, PaymentSettled(asked.amount)]
    return [CaptureRequested()]
