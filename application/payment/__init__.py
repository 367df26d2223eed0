"""What can be done with payments and wallets, and how the gateway is worked.

await refund_payment(RefundPayment(Price("34.50", "USD")), call, payment_id, store=store, rules=rules, new_id=uuid7)
"""

from application.payment.gateway import GatewayUnanswered, PaymentGateway
from application.payment.receipts import PaymentReceipt
from application.payment.refunding import (
    CloseDispute,
    DisputeReceipt,
    EvidenceReceipt,
    OpenDispute,
    Outcome,
    RefundPayment,
    RefundReceipt,
    SubmitEvidence,
    close_dispute,
    open_dispute,
    refund_payment,
    submit_evidence,
)
from application.payment.wallets import (
    ChooseDefaultMethod,
    MethodReceipt,
    RemoveMethod,
    StoreMethod,
    choose_default_method,
    remove_method,
    store_method,
)
from application.payment.working import ExpirePayment, WorkPayment, expire_payment, work_payment
