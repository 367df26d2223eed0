"""Payment: attempts to be paid, what is paid back and what is disputed of them, and the wallets they are paid from."""

from domain.kernel import Context
from domain.payment.answers import Accepted, Answer, Rejected
from domain.payment.calls import begin, conclude, note_silence
from domain.payment.claims import Dispute, DisputeStatus, Refund, RefundStatus
from domain.payment.disputes import (
    DisputeExceedsPayment,
    DisputeIsClosed,
    DisputeNotFound,
    InvalidDispute,
    TooMuchEvidence,
    close_dispute,
    open_dispute,
    submit_evidence,
)
from domain.payment.ending import cancel, expire
from domain.payment.events import (
    AmendmentCharged,
    CaptureRequested,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    EvidenceKind,
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
    RefundDropped,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    Step,
    VoidCause,
    VoidRequested,
)
from domain.payment.refunds import (
    InvalidRefund,
    RefundExceedsCaptured,
    RefundNotFound,
    TooManyRefunds,
    pay_back,
    refund,
)
from domain.payment.rules import Rules
from domain.payment.state import PAYMENT, TAKEN, Due, Pause, Payment, PaymentNotCaptured, PaymentNotFound, Status
from domain.payment.taking import capture, note_amendment, request
from domain.payment.told import DECLINED, told_category, told_reason
from domain.payment.wallet import (
    WALLET,
    DefaultChosen,
    InvalidMethod,
    Method,
    MethodExpired,
    MethodNotFound,
    MethodRemoved,
    MethodStored,
    TooManyMethods,
    Wallet,
    WalletEvent,
    choose_default,
    remove,
    store,
    wallet_stream,
)

CONTEXT = Context("payment", (PAYMENT, WALLET))
