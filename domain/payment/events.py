"""What happens to a payment, from its request to its settlement, and what is paid back of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.kernel import Event, Personal, Secret
from domain.money import Money


class Instrument(msgspec.Struct, frozen=True):
    """What is paid with, as it was when the payment was requested."""

    method_id: UUID
    token: Secret[str]
    brand: str
    last_four: Personal[str]


class Step(StrEnum):
    """What a gateway is called for."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    SETTLE = "settle"
    """Nothing is done there: it is asked whether the money has arrived."""


class VoidCause(StrEnum):
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


class RefundCategory(StrEnum):
    CANCELLED = "cancelled"
    RETURNED = "returned"
    AMENDED = "amended"
    GOODWILL = "goodwill"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    OTHER = "other"

    @classmethod
    def of(cls, name: str) -> "RefundCategory":
        """As others name it; `OTHER` for a name that is not known here."""
        return cls(name) if name in list(cls) else cls.OTHER


class EvidenceKind(StrEnum):
    RECEIPT = "receipt"
    DELIVERY = "delivery"
    CORRESPONDENCE = "correspondence"
    TERMS = "terms"
    OTHER = "other"


Response: TypeAlias = dict[str, str]
"""What the gateway said besides, in its own words. Never a token or a number of a card."""


class PaymentRequested(Event, frozen=True, tag="payment.PaymentRequested"):
    order_id: UUID
    buyer_id: str
    amount: Money
    gateway: str
    key: UUID
    """Begins the keys of all calls of the gateway for it. No other request has it, not even one for the same order in a
    shop that was taken back to a backup: the gateway remembers what that has forgotten."""
    instrument: Instrument | None = None
    """None where the buyer has nothing to pay with, and where there is nothing to pay."""
    amendment_id: UUID | None = None
    """The change to the order that is paid for; None for the order as it was placed."""


class AmendmentCharged(Event, frozen=True, tag="payment.AmendmentCharged"):
    """In the payment of the order as it was placed: a change to the order has a payment of its own."""

    payment_id: UUID


class GatewayCalled(Event, frozen=True, tag="payment.GatewayCalled"):
    """Recorded before each call: a call without an outcome is asked about, never just made again."""

    step: Step
    attempt: int
    """Of this step, from 1."""
    pause: timedelta
    """So long nobody else calls. It is counted from when this was recorded: whoever calls may have a wrong clock."""
    refund_id: UUID | None = None


class GatewayCallFailed(Event, frozen=True, tag="payment.GatewayCallFailed"):
    """No answer came: nobody knows whether the call took effect."""

    step: Step
    attempt: int
    error: str
    pause: timedelta
    """So long nobody calls again, counted from when this was recorded."""
    refund_id: UUID | None = None


class PaymentAuthorised(Event, frozen=True, tag="payment.PaymentAuthorised"):
    """The money is held, not taken yet."""

    order_id: UUID
    amount: Money
    transaction_id: str
    """Of the gateway."""
    response: Response = msgspec.field(default_factory=dict)
    amendment_id: UUID | None = None


class PaymentDeclined(Event, frozen=True, tag="payment.PaymentDeclined"):
    """The gateway holds no money for this payment."""

    order_id: UUID
    reason: str
    """The gateway's code."""
    response: Response = msgspec.field(default_factory=dict)
    amendment_id: UUID | None = None


class CaptureRequested(Event, frozen=True, tag="payment.CaptureRequested"):
    """The goods are the buyer's: the money that is held is to be taken."""


class PaymentCaptured(Event, frozen=True, tag="payment.PaymentCaptured"):
    """The money is taken."""

    order_id: UUID
    amount: Money
    transaction_id: str
    settles_at: datetime | None = None
    """When the gateway is expected to have paid it out to the shop; None where it does not say."""
    response: Response = msgspec.field(default_factory=dict)
    amendment_id: UUID | None = None


class PaymentSettled(Event, frozen=True, tag="payment.PaymentSettled"):
    """The gateway has paid the money out to the shop."""

    amount: Money
    response: Response = msgspec.field(default_factory=dict)


class VoidRequested(Event, frozen=True, tag="payment.VoidRequested"):
    """No money will be taken: what is held is to be let go, and the gateway to hold none from now on."""

    cause: VoidCause


class PaymentVoided(Event, frozen=True, tag="payment.PaymentVoided"):
    order_id: UUID
    response: Response = msgspec.field(default_factory=dict)


class PaymentExpired(Event, frozen=True, tag="payment.PaymentExpired"):
    """It took too long until the money was asked for."""

    order_id: UUID
    amendment_id: UUID | None = None


class PaymentFailed(Event, frozen=True, tag="payment.PaymentFailed"):
    """No money can be taken: there is nothing to pay with, or the gateway refused to take what it had held."""

    order_id: UUID
    reason: str
    """`no-payment-method` or `failed`."""
    detail: str = ""
    """The gateway's code."""
    response: Response = msgspec.field(default_factory=dict)
    amendment_id: UUID | None = None


class RefundRequested(Event, frozen=True, tag="payment.RefundRequested"):
    refund_id: UUID
    amount: Money
    category: RefundCategory
    reason: Personal[str] = ""
    """In the words of who asked for it."""


class RefundPostponed(Event, frozen=True, tag="payment.RefundPostponed"):
    """So much may not be there to be paid back: a bank, or the gateway, has yet to decide on a part of the money."""

    refund_id: UUID
    amount: Money
    category: RefundCategory


class RefundMade(Event, frozen=True, tag="payment.RefundMade"):
    order_id: UUID
    refund_id: UUID
    amount: Money
    category: RefundCategory
    transaction_id: str
    response: Response = msgspec.field(default_factory=dict)


class RefundFailed(Event, frozen=True, tag="payment.RefundFailed"):
    """This refund will not be made; another may be requested."""

    order_id: UUID
    refund_id: UUID
    amount: Money
    category: RefundCategory
    error: str
    """The gateway's code, or `not-captured`: it was not asked."""
    response: Response = msgspec.field(default_factory=dict)


class RefundDropped(Event, frozen=True, tag="payment.RefundDropped"):
    """Nothing of the payment is left for this refund: the buyer has the money otherwise, or will. Nobody misses it."""

    order_id: UUID
    refund_id: UUID
    amount: Money
    category: RefundCategory


class DisputeOpened(Event, frozen=True, tag="payment.DisputeOpened"):
    """The buyer's bank asks for the money back, and keeps it meanwhile."""

    order_id: UUID
    dispute_id: UUID
    amount: Money
    reason: Personal[str]
    reference: str
    """The bank's own."""


class EvidenceSubmitted(Event, frozen=True, tag="payment.EvidenceSubmitted"):
    dispute_id: UUID
    evidence_id: UUID
    kind: EvidenceKind
    text: Personal[str]


class DisputeWon(Event, frozen=True, tag="payment.DisputeWon"):
    """The shop keeps the money."""

    order_id: UUID
    dispute_id: UUID
    amount: Money


class DisputeLost(Event, frozen=True, tag="payment.DisputeLost"):
    """The buyer keeps the money."""

    order_id: UUID
    dispute_id: UUID
    amount: Money


PaymentEvent: TypeAlias = (
    PaymentRequested
    | AmendmentCharged
    | GatewayCalled
    | GatewayCallFailed
    | PaymentAuthorised
    | PaymentDeclined
    | CaptureRequested
    | PaymentCaptured
    | PaymentSettled
    | VoidRequested
    | PaymentVoided
    | PaymentExpired
    | PaymentFailed
    | RefundRequested
    | RefundPostponed
    | RefundMade
    | RefundFailed
    | RefundDropped
    | DisputeOpened
    | EvidenceSubmitted
    | DisputeWon
    | DisputeLost
)
