"""What a payment's commands answer."""

from uuid import UUID

from msgspec import Struct

from application.store import Stream
from domain.money import Money
from domain.payment import Payment, PaymentEvent, PaymentNotFound, Status


class PaymentReceipt(Struct, frozen=True):
    """The payment after a command."""

    payment_id: UUID
    order_id: UUID
    status: Status
    amount: Money
    refundable: Money
    """What can still be paid back. Postponed refunds are to be paid from it, too."""


def receipt(stream: Stream[Payment, PaymentEvent]) -> PaymentReceipt:
    state = stream.state
    if state.requested is None or state.status is None:
        raise PaymentNotFound(stream.id)
    return PaymentReceipt(stream.id, state.requested.order_id, state.status, state.amount, state.refundable)
