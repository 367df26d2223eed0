"""One attempt to be paid for an order, or for a change to it.

    Requested → Authorised → Captured → Settled      Declined, Failed: the gateway refused
        └────────────┴→ Voided                       Expired: too late, and then let go like Voided

At any moment at most one call of the gateway is due. It follows from the state, whatever came in which order.

Decisions are in `taking`, `ending`, `refunds` and `disputes`; around a call, in `calls`. Those that other contexts ask
for are total: what comes too late decides nothing.

Refusals
├── PaymentNotFound      no such payment, or not the caller's
└── PaymentNotCaptured   what is asked for needs money that was taken
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.kernel import Aggregate, Conflict, NotFound, members
from domain.money import Money, total
from domain.payment.claims import Dispute, DisputeStatus, Refund, RefundStatus
from domain.payment.events import (
    AmendmentCharged,
    CaptureRequested,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    EvidenceSubmitted,
    GatewayCalled,
    GatewayCallFailed,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentEvent,
    PaymentExpired,
    PaymentFailed,
    PaymentRequested,
    PaymentSettled,
    PaymentVoided,
    RefundDropped,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    Step,
    VoidRequested,
)

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
HELD = frozenset({Status.REQUESTED, Status.AUTHORISED})
"""The shop may still take the money."""


class Due(msgspec.Struct, frozen=True):
    """What the gateway is to be called for next."""

    step: Step
    refund_id: UUID | None = None


class Pause(msgspec.Struct, frozen=True):
    """Nobody calls meanwhile. It is counted by the store's clock alone."""

    version: int
    """Of the payment, when it began."""
    lasts: timedelta


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
    pause: Pause | None = None
    """While somebody may be calling, and before a call that was not answered is asked about."""
    version: int = 0
    """How many facts there are of it."""

    @property
    def amount(self) -> Money:
        if self.requested is None:
            raise AssertionError("unreachable: a payment without a request has no amount")
        return self.requested.amount

    @property
    def order_id(self) -> UUID:
        if self.requested is None:
            raise AssertionError("unreachable: a payment without a request is for no order")
        return self.requested.order_id

    @property
    def key(self) -> UUID:
        if self.requested is None:
            raise AssertionError("unreachable: a payment without a request has no key")
        return self.requested.key

    @property
    def claims(self) -> list[tuple[UUID, Refund | Dispute]]:
        return [*self.refunds.items(), *self.disputes.items()]

    @property
    def refunding(self) -> Money:
        """What is being paid back."""
        return total((each.amount for each in self.refunds.values() if each.is_open), self.amount.currency)

    @property
    def disputed(self) -> Money:
        """What a bank keeps, or has given back to the buyer."""
        claimed = (each.amount for each in self.disputes.values() if each.is_open or each.is_gone)
        return total(claimed, self.amount.currency)

    @property
    def refundable(self) -> Money:
        """What can be promised to the buyer: all that was taken but what claims have taken, or may. Postponed refunds
        are to be paid from it, too."""
        nothing = Money.zero(self.amount.currency)
        if self.status not in TAKEN:
            return nothing
        gone = (claim.amount for _, claim in self.claims if claim.is_open or claim.is_gone)
        return max(nothing, self.amount - total(gone, self.amount.currency))

    @property
    def contested(self) -> bool:
        """Whether more may become refundable: the gateway, or a bank, has yet to decide on a claim."""
        return self.status in TAKEN and any(claim.is_open for _, claim in self.claims)

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
            if refund.is_open:
                return Due(Step.REFUND, refund_id)
        return Due(Step.SETTLE) if self.status is Status.CAPTURED else None


def evolve(payment: Payment, event: PaymentEvent) -> Payment:
    """Apply a fact. No rule lives here: history must always replay."""
    after = replace(_applied(payment, event), version=payment.version + 1)
    return after if after.due == payment.due else replace(after, attempts=0, unanswered=0, pause=None)


def _applied(payment: Payment, event: PaymentEvent) -> Payment:
    match event:
        case PaymentRequested():
            return replace(payment, requested=event, status=Status.REQUESTED)
        case AmendmentCharged(payment_id):
            return replace(payment, amendments=(*payment.amendments, payment_id))
        case GatewayCalled(attempt=attempt, pause=lasts):
            return replace(payment, attempts=attempt, pause=Pause(payment.version + 1, lasts))
        case GatewayCallFailed(attempt=attempt, pause=lasts):
            return replace(payment, unanswered=attempt, pause=Pause(payment.version + 1, lasts))
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
            return replace(payment, voids=False, status=Status.VOIDED if payment.status in HELD else payment.status)
        case PaymentExpired():
            return replace(payment, status=Status.EXPIRED)
        case PaymentFailed():
            return replace(payment, status=Status.FAILED)
        case RefundRequested(refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category))
        case RefundPostponed(refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, RefundStatus.POSTPONED))
        case RefundMade(_, refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, RefundStatus.MADE))
        case RefundFailed(_, refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, RefundStatus.FAILED))
        case RefundDropped(_, refund_id, amount, category):
            return _refunding(payment, refund_id, Refund(amount, category, RefundStatus.DROPPED))
        case DisputeOpened(dispute_id=dispute_id, amount=amount):
            return _disputed(payment, dispute_id, Dispute(amount))
        case EvidenceSubmitted(dispute_id, evidence_id):
            return replace(payment, evidence=payment.evidence | {evidence_id: dispute_id})
        case DisputeWon(_, dispute_id, amount):
            return _disputed(payment, dispute_id, Dispute(amount, DisputeStatus.WON))
        case DisputeLost(_, dispute_id, amount):
            return _disputed(payment, dispute_id, Dispute(amount, DisputeStatus.LOST))
        case _:
            assert_never(event)


def _refunding(payment: Payment, refund_id: UUID, refund: Refund) -> Payment:
    # It goes to the end: one that waited must not overtake another that the gateway was called for already.
    others = {id: each for id, each in payment.refunds.items() if id != refund_id}
    return replace(payment, refunds=others | {refund_id: refund})


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
