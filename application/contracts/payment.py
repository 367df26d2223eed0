"""What payment tells: how each attempt to be paid went, and what was paid back. Never the token of a method."""

from uuid import UUID

from application.contracts.message import Contract
from domain.money import Money


class PaymentAuthorised(Contract, frozen=True, tag="payment.payment_authorised.v1"):
    """The money is held, not taken yet."""

    payment_id: UUID
    order_id: UUID
    amount: Money
    amendment_id: UUID | None = None
    """The change to the order that is paid for; null for the order as it was placed."""


class PaymentCaptured(Contract, frozen=True, tag="payment.payment_captured.v1"):
    """The money is taken. eShop: OrderPaymentSucceeded."""

    payment_id: UUID
    order_id: UUID
    amount: Money
    amendment_id: UUID | None = None


class PaymentFailed(Contract, frozen=True, tag="payment.payment_failed.v1"):
    """No money will be taken by this attempt. eShop: OrderPaymentFailed."""

    payment_id: UUID
    order_id: UUID
    reason: str
    """`declined`, `no-payment-method`, `expired`, `failed`, or one that was not known yet."""
    amendment_id: UUID | None = None


class PaymentVoided(Contract, frozen=True, tag="payment.payment_voided.v1"):
    """The money that was held is let go."""

    payment_id: UUID
    order_id: UUID


class PaymentRefunded(Contract, frozen=True, tag="payment.payment_refunded.v1"):
    """Money was paid back."""

    payment_id: UUID
    order_id: UUID
    refund_id: UUID
    amount: Money
    category: str
    """`cancelled`, `returned`, `amended`, `goodwill`, `duplicate`, `other`, or one that was not known yet."""


NOTHING_LEFT = "nothing-left"
"""Why a refund is not made where all that its payment took is back with the buyer, or on its way there."""


class RefundFailed(Contract, frozen=True, tag="payment.refund_failed.v1"):
    """A refund that was asked for will not be made. The shop still has the money, unless nothing was left of it."""

    payment_id: UUID
    order_id: UUID
    refund_id: UUID
    amount: Money
    reason: str
    """`nothing-left`: the buyer has the money otherwise. `not-captured`, or `declined` by the gateway: another refund
    may be asked for."""


class DisputeOpened(Contract, frozen=True, tag="payment.dispute_opened.v1"):
    """The buyer's bank asks for the money back."""

    payment_id: UUID
    order_id: UUID
    dispute_id: UUID
    amount: Money


class DisputeClosed(Contract, frozen=True, tag="payment.dispute_closed.v1"):
    """A dispute was decided."""

    payment_id: UUID
    order_id: UUID
    dispute_id: UUID
    amount: Money
    won: bool
    """Whether the shop keeps the money."""


PaymentContract = (
    PaymentAuthorised
    | PaymentCaptured
    | PaymentFailed
    | PaymentVoided
    | PaymentRefunded
    | RefundFailed
    | DisputeOpened
    | DisputeClosed
)
