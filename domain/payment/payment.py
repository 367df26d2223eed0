"""One attempt to be paid for an order, or for a change to it.

    Requested → Authorised → Captured → Settled      Declined, Failed: the gateway refused
        └────────────┴→ Voided                       Expired: too late, and then let go like Voided

At any moment at most one call of the gateway is due. It follows from the state, whatever came in which order. How it is
made is in `calls`, paying back in `refunds`, disputes in `disputes`. Decisions that other contexts ask for
are total: what comes too late decides nothing.

Refusals
├── PaymentNotFound      no such payment, or not the caller's
└── PaymentNotCaptured   what is asked for needs money that was taken
"""

from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, NotFound, members
from domain.money import Money, total
from domain.payment.events import (
    AmendmentCharged,
    CaptureRequested,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    EvidenceSubmitted,
    GatewayCalled,
    GatewayCallFailed,
    Instrument,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentExpired,
    PaymentFailed,
    PaymentRequested,
    PaymentSettled,
    PaymentVoided,
    RefundCategory,
    RefundFailed,
    RefundMade,
    RefundRequested,
    Step,
    VoidCause,
    VoidRequested,
)
from domain.payment.rules import Rules

# State


class Status(StrEnum):
    REQUESTED = "requested"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    SETTLED = "settled"
    VOIDED = "voided"
    DECLINED = "declined"
    FAILED = "failed"
    EXPIRED = "expired"


TAKEN = frozenset({Status.CAPTURED, Status.SETTLED})
"""The shop has the money."""
_OPEN = frozenset({Status.REQUESTED, Status.AUTHORISED})
"""The shop may still take the money."""


class Progress(StrEnum):
    """Of a refund or a dispute."""

    OPEN = "open"
    REFUNDED = "refunded"
    """The buyer has the money."""
    KEPT = "kept"
    """The shop has the money."""


class Refund(msgspec.Struct, frozen=True):
    amount: Money
    category: RefundCategory
    progress: Progress = Progress.OPEN


class Dispute(msgspec.Struct, frozen=True):
    amount: Money
    progress: Progress = Progress.OPEN


class Due(msgspec.Struct, frozen=True):
    """What the gateway is to be called for next."""

    step: Step
    refund_id: UUID | None = None


class Payment(msgspec.Struct, frozen=True):
    requested: PaymentRequested | None = None
    """None for a payment that does not exist yet."""
    status: Status | None = None
    transaction_id: str = ""
    """The gateway's, of the last step that changed the money."""
    settles_at: datetime | None = None
    captures: bool = False
    """Whether the money is to be taken, and is not yet."""
    voids: bool = False
    """Whether the money is to be let go, and is not yet."""
    refunds: dict[UUID, Refund] = {}
    disputes: dict[UUID, Dispute] = {}
    evidence: dict[UUID, UUID] = {}
    """Each piece to its dispute."""
    amendments: tuple[UUID, ...] = ()
    """Payments of changes to the order."""
    attempts: int = 0
    """Calls of the gateway for what is due."""
    unanswered: int = 0
    """The last of them of which it is known that no answer came."""
    quiet_until: datetime | None = None
    """When it may be called next."""

    @property
    def amount(self) -> Money:
        if self.requested is None:
            raise AssertionError("unreachable: a payment without a request has no amount")
        return self.requested.amount

    @property
    def refundable(self) -> Money:
        """What was taken and neither is, nor may yet be, the buyer's again."""
        if self.status not in TAKEN:
            return Money.zero(self.amount.currency)
        claims: list[Refund | Dispute] = [*self.refunds.values(), *self.disputes.values()]
        gone = (each.amount for each in claims if each.progress is not Progress.KEPT)
        return self.amount - total(gone, self.amount.currency)

    @property
    def due(self) -> Due | None:
        """What the gateway is to be called for next; None where nothing is left to do."""
        if self.voids:
            return Due(Step.VOID)
        if self.status is Status.REQUESTED:
            return Due(Step.AUTHORISE)
        if self.captures:
            return Due(Step.CAPTURE)
        for refund_id, refund in self.refunds.items():
            if refund.progress is Progress.OPEN:
                return Due(Step.REFUND, refund_id)
        return Due(Step.SETTLE) if self.status is Status.CAPTURED else None


def evolve(payment: Payment, event: PaymentEvent) -> Payment:
    """Apply a fact. No rule lives here: history must always replay."""
    after = _applied(payment, event)
    return after if after.due == payment.due else replace(after, attempts=0, unanswered=0, quiet_until=None)


def _applied(payment: Payment, event: PaymentEvent) -> Payment:
    match event:
        case PaymentRequested():
            return replace(payment, requested=event, status=Status.REQUESTED)
        case AmendmentCharged(payment_id):
            return replace(payment, amendments=(*payment.amendments, payment_id))
        case GatewayCalled(attempt=attempt, until=until):
            return replace(payment, attempts=attempt, quiet_until=until)
        case GatewayCallFailed(attempt=attempt, retry_at=retry_at):
            return replace(payment, unanswered=attempt, quiet_until=retry_at)
        case PaymentAuthorised(transaction_id=transaction_id):
            return replace(payment, status=Status.AUTHORISED, transaction_id=transaction_id)
        case PaymentDeclined():
            return replace(payment, status=Status.DECLINED)
        case CaptureRequested():
            return replace(payment, captures=True)
        case PaymentCaptured(transaction_id=transaction_id, settles_at=settles_at):
            return replace(
                payment, status=Status.CAPTURED, captures=False, transaction_id=transaction_id, settles_at=settles_at
            )
        case PaymentSettled():
            return replace(payment, status=Status.SETTLED)
        case VoidRequested():
            return replace(payment, voids=True, captures=False)
        case PaymentVoided():
            return replace(payment, voids=False, status=Status.VOIDED if payment.status in _OPEN else payment.status)
        case PaymentExpired():
            return replace(payment, status=Status.EXPIRED)
        case PaymentFailed():
            return replace(payment, status=Status.FAILED)
        case RefundRequested(refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category))
        case RefundMade(_, refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, Progress.REFUNDED))
        case RefundFailed(refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, Progress.KEPT))
        case DisputeOpened(dispute_id=dispute_id, amount=amount):
            return _disputed(payment, dispute_id, Dispute(amount))
        case EvidenceSubmitted(dispute_id, evidence_id):
            return replace(payment, evidence=payment.evidence | {evidence_id: dispute_id})
        case DisputeWon(_, dispute_id, amount):
            return _disputed(payment, dispute_id, Dispute(amount, Progress.KEPT))
        case DisputeLost(_, dispute_id, amount):
            return _disputed(payment, dispute_id, Dispute(amount, Progress.REFUNDED))
        case _:
            assert_never(event)


def _refunding(payment: Payment, refund_id: UUID, refund: Refund) -> Payment:
    return replace(payment, refunds=payment.refunds | {refund_id: refund})


def _disputed(payment: Payment, dispute_id: UUID, dispute: Dispute) -> Payment:
    return replace(payment, disputes=payment.disputes | {dispute_id: dispute})


# Refusals


class PaymentNotFound(NotFound):
    code = "payment-not-found"

    def __init__(self, payment_id: UUID) -> None:
        super().__init__("There is no such payment.", payment_id=str(payment_id))


class PaymentNotCaptured(Conflict):
    code = "payment-not-captured"

    def __init__(self, status: Status | None) -> None:
        super().__init__(
            f"The payment is {status}: no money was taken, so none can be refunded or disputed.",
            status=str(status),
        )


PAYMENT: Aggregate[Payment, PaymentEvent] = Aggregate(
    name="payment.payment",
    initial=Payment(),
    evolve=evolve,
    events=members(PaymentEvent),
    missing=PaymentNotFound,
)


# Decisions that ordering asks for


def request(
    payment: Payment,
    *,
    order_id: UUID,
    buyer_id: str,
    amount: Money,
    gateway: str,
    instrument: Instrument | None,
    amendment_id: UUID | None = None,
) -> list[PaymentEvent]:
    """Asks for money. Without an instrument the payment fails, unless there is nothing to pay."""
    if payment.requested:
        return []
    requested = PaymentRequested(order_id, buyer_id, amount, gateway, instrument, amendment_id)
    if not amount.amount:
        return [requested, PaymentAuthorised(order_id, amount, "", amendment_id=amendment_id)]
    if instrument is None:
        return [requested, PaymentFailed(order_id, "no-payment-method", amendment_id=amendment_id)]
    return [requested]


def note_amendment(payment: Payment, payment_id: UUID) -> list[PaymentEvent]:
    """A change to the order is paid for by another payment, which shares this one's fate."""
    return [] if payment_id in payment.amendments else [AmendmentCharged(payment_id)]


def capture(payment: Payment, now: datetime) -> list[PaymentEvent]:
    """The goods are the buyer's: the money that is held is to be taken."""
    asked = payment.requested
    if asked is None or payment.status is not Status.AUTHORISED or payment.captures or payment.voids:
        return []
    if not asked.amount.amount:
        captured = PaymentCaptured(asked.order_id, asked.amount, "", now, amendment_id=asked.amendment_id)
        return [CaptureRequested(), captured, PaymentSettled(asked.amount)]
    return [CaptureRequested()]


def cancel(payment: Payment, refund_id: UUID) -> list[PaymentEvent]:
    """No money is owed any more. What is held is let go, what was taken, or may be at this moment, is paid back."""
    asked = payment.requested
    if asked is None or payment.voids or refund_id in payment.refunds:
        return []
    if payment.captures and payment.attempts:
        return [RefundRequested(refund_id, asked.amount, RefundCategory.CANCELLED)]
    if payment.status in _OPEN:
        void = VoidRequested(VoidCause.CANCELLED)
        return [void] if asked.amount.amount else [void, PaymentVoided(asked.order_id)]
    if payment.status in TAKEN and payment.refundable.amount:
        return [RefundRequested(refund_id, payment.refundable, RefundCategory.CANCELLED)]
    return []


# Decisions of time


def expire(payment: Payment, requested_at: datetime, now: datetime, rules: Rules) -> list[PaymentEvent]:
    """Gives up what took too long; decides nothing once the money is being taken or let go."""
    asked = payment.requested
    if asked is None or payment.status not in _OPEN or payment.captures or payment.voids:
        return []
    if now - requested_at < rules.timeout:
        return []
    expired: list[PaymentEvent] = [PaymentExpired(asked.order_id, asked.amendment_id), VoidRequested(VoidCause.EXPIRED)]
    return expired if asked.amount.amount else [*expired, PaymentVoided(asked.order_id)]
