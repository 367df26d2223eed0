"""Paying back: never more than was taken, and each refund once.

What ordering asks for while a part of the money is claimed may have to wait: see `pay_back`.

Refusals
├── PaymentNotCaptured      see `state`
├── RefundNotFound          no such refund, or not the caller's
├── RefundExceedsCaptured   it asks for more than is left
├── InvalidRefund           nothing, or a fraction of the smallest coin
└── TooManyRefunds
"""

from uuid import UUID

from domain.kernel import Conflict, Invalid, NotFound, clean
from domain.money import CurrencyMismatch, Money
from domain.payment.claims import Refund, RefundStatus
from domain.payment.events import PaymentEvent, RefundCategory, RefundDropped, RefundPostponed, RefundRequested
from domain.payment.rules import Rules
from domain.payment.state import PAYMENT, TAKEN, Payment, PaymentNotCaptured

# Refusals


class RefundNotFound(NotFound):
    code = "refund-not-found"

    def __init__(self, refund_id: UUID) -> None:
        super().__init__("This payment has no such refund.", refund_id=str(refund_id))


class RefundExceedsCaptured(Conflict):
    code = "refund-exceeds-captured"

    def __init__(self, payment: Payment) -> None:
        left = payment.refundable
        says = f"Of what was taken {left} is left to be refunded. Ask for no more than that."
        if not left.amount:
            says = "Nothing of it is left to be refunded."
        if payment.contested:
            says += " More may be left when its open refunds and disputes are decided."
        super().__init__(says, refundable=left, refunding=payment.refunding, disputed=payment.disputed)


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
    amount = payment.refundable if amount is None else in_coins(amount, payment, InvalidRefund)
    if not amount.amount or amount > payment.refundable:
        raise RefundExceedsCaptured(payment)
    return [RefundRequested(refund_id, amount, category, reason)]


def pay_back(payment: Payment, refund_id: UUID, amount: Money, category: RefundCategory) -> list[PaymentEvent]:
    """As ordering asks for it, which hears no refusal: a refund that nothing is left for is dropped.

    Where claims have yet to be decided that may leave enough, it is postponed until they are. In the end as much of it
    is paid back as there is.
    """
    if payment.requested is None or refund_id in payment.refunds:
        return []
    return _decide(payment, refund_id, Refund(amount, category))


def with_postponed(payment: Payment, decided: list[PaymentEvent]) -> list[PaymentEvent]:
    """`decided`, which decides on a claim, and what comes of it for the refunds that wait, in their order."""
    payment = PAYMENT.fold(payment, decided)
    for refund_id, refund in payment.refunds.items():
        if refund.status is RefundStatus.POSTPONED:
            more = _decide(payment, refund_id, refund)
            payment, decided = PAYMENT.fold(payment, more), [*decided, *more]
    return decided


def in_coins(amount: Money, payment: Payment, refusal: type[Invalid]) -> Money:
    """A claim's amount, checked; raises `refusal` for nothing, and for a fraction of the smallest coin."""
    amount = amount.checked()
    if amount.currency != payment.amount.currency:
        raise CurrencyMismatch(payment.amount.currency, amount.currency)
    if not amount.amount or amount != amount.rounded():
        raise refusal
    return amount


def _decide(payment: Payment, refund_id: UUID, refund: Refund) -> list[PaymentEvent]:
    """Nothing where it is postponed, and stays so."""
    amount, category, left = refund.amount, refund.category, payment.refundable
    if amount.currency == left.currency and amount.amount > 0:
        if amount > left and payment.contested:
            return [] if refund_id in payment.refunds else [RefundPostponed(refund_id, amount, category)]
        if left.amount:
            return [RefundRequested(refund_id, min(amount, left), category)]
    return [RefundDropped(payment.order_id, refund_id, amount, category)]
