"""What can be done with payments and wallets, and how the gateway is worked.

await refund_payment(RefundPayment(Price("34.50", "USD")), call, payment_id, store=store, rules=rules, new_id=uuid7)
"""

from application.payment.gateway import GatewayUnanswered, PaymentGateway
from application.payment.receipts import PaymentReceipt
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

__all__ = [
    "ChooseDefaultMethod",
    "ExpirePayment",
    "GatewayUnanswered",
    "MethodReceipt",
    "PaymentGateway",
    "PaymentReceipt",
    "RemoveMethod",
    "StoreMethod",
    "WorkPayment",
    "choose_default_method",
    "expire_payment",
    "remove_method",
    "store_method",
    "work_payment",
]
