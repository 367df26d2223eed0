"""Paying back: never more than was taken, and each refund once.

Refusals
├── PaymentNotCaptured      see `payment`
├── RefundExceedsCaptured   it asks for more than is left
├── InvalidRefund           nothing, or a fraction of the smallest coin
└── TooManyRefunds
"""

from uuid import UUID

from domain.kernel import Conflict, Invalid, clean
from domain.money import CurrencyMismatch, Money
from domain.payment.events import PaymentEvent, RefundCategory, RefundFailed, RefundRequested
from domain.payment.payment import TAKEN, Payment, PaymentNotCaptured
from domain.payment.rules import Rules

# Refusals


class RefundExceedsCaptured(Conflict):
    code = "refund-exceeds-captured"

    def __init__(self, refundable: Money) -> None:
        super().__init__(
            f"Of what was taken {refundable} is left to be refunded. Ask for no more than that.",
            refundable=str(refundable.amount),
            currency=refundable.currency,
        )


class InvalidRefund(Invalid):
    code = "invalid-refund"

    def __init__(self) -> None:
        super().__init__("A refund is of a whole number of the currency's smallest coins, and of one at least.")


class TooManyRefunds(Conflict):
    code = "too-many-refunds"

    def __init__(self, most: int) -> None:
        super().__init__(f"A payment has at most {most} refunds. No more can be asked for.", most=most)


# Decisions


def refund(
    payment: Payment, refund_id: UUID, amount: Money | None, category: RefundCategory, reason: str, rules: Rules
) -> list[PaymentEvent]:
    """Asks for a refund of `amount`, or of all that is left. An id that was asked for before decides nothing."""
    reason = clean("reason", reason, most=500, least=0, lines=True)
    if refund_id in payment.refunds:
        return []
    if payment.status not in TAKEN:
        raise PaymentNotCaptured(payment.status)
    if len(payment.refunds) >= rules.most_refunds:
        raise TooManyRefunds(rules.most_refunds)
    amount = payment.refundable if amount is None else _valid(amount, payment)
    if not amount.amount or amount > payment.refundable:
        raise RefundExceedsCaptured(payment.refundable)
    return [RefundRequested(refund_id, amount, category, reason)]


def pay_back(payment: Payment, refund_id: UUID, amount: Money, category: RefundCategory) -> list[PaymentEvent]:
    """As ordering asks for it, which hears no refusal: a refund that cannot be is requested and has failed."""
    if payment.requested is None or refund_id in payment.refunds:
        return []
    requested = RefundRequested(refund_id, amount, category)
    if amount.currency == payment.amount.currency and 0 < amount.amount <= payment.refundable.amount:
        return [requested]
    failed = RefundFailed(refund_id, amount, category, "exceeds-captured", order_id=payment.requested.order_id)
    return [requested, failed]


def _valid(amount: Money, payment: Payment) -> Money:
    amount = amount.checked()
    if amount.currency != payment.amount.currency:
        raise CurrencyMismatch(payment.amount.currency, amount.currency)
    if not amount.amount or amount != amount.rounded():
        raise InvalidRefund
    return amount
