"""Which of payment's events others learn of. The gateway's own words stay here: others tell buyers what they hear."""

from typing import assert_never

from application import contracts
from application.contracts import Contract
from domain import payment
from domain.kernel import Fact


def contracts_of(fact: Fact[payment.PaymentEvent | payment.WalletEvent]) -> tuple[Contract, ...]:
    id = fact.stream
    match fact.event:
        case payment.PaymentAuthorised(order_id, amount, amendment_id=amendment_id):
            return (contracts.PaymentAuthorised(id, order_id, amount, amendment_id),)
        case payment.PaymentCaptured(order_id, amount, amendment_id=amendment_id):
            return (contracts.PaymentCaptured(id, order_id, amount, amendment_id),)
        case payment.PaymentDeclined(order_id, amendment_id=amendment_id):
            return (contracts.PaymentFailed(id, order_id, payment.DECLINED, amendment_id),)
        case payment.PaymentFailed(order_id, reason, amendment_id=amendment_id):
            return (contracts.PaymentFailed(id, order_id, reason, amendment_id),)
        case payment.PaymentExpired(order_id, amendment_id):
            return (contracts.PaymentFailed(id, order_id, "expired", amendment_id),)
        case payment.PaymentVoided(order_id):
            return (contracts.PaymentVoided(id, order_id),)
        case payment.RefundMade(order_id, refund_id, amount, category):
            return (contracts.PaymentRefunded(id, order_id, refund_id, amount, payment.told_category(category).value),)
        case payment.RefundFailed(order_id, refund_id, amount, error=error):
            return (contracts.RefundFailed(id, order_id, refund_id, amount, payment.told_reason(error)),)
        case payment.RefundDropped(order_id, refund_id, amount):
            return (contracts.RefundFailed(id, order_id, refund_id, amount, contracts.NOTHING_LEFT),)
        case payment.DisputeOpened(order_id, dispute_id, amount):
            return (contracts.DisputeOpened(id, order_id, dispute_id, amount),)
        case payment.DisputeWon(order_id, dispute_id, amount):
            return (contracts.DisputeClosed(id, order_id, dispute_id, amount, won=True),)
        case payment.DisputeLost(order_id, dispute_id, amount):
            return (contracts.DisputeClosed(id, order_id, dispute_id, amount, won=False),)
        # What is asked of the gateway, and how often, is between the two of them.
        case (
            payment.PaymentRequested()
            | payment.AmendmentCharged()
            | payment.CaptureRequested()
            | payment.VoidRequested()
            | payment.RefundRequested()
            | payment.RefundPostponed()
            | payment.GatewayCalled()
            | payment.GatewayCallFailed()
            | payment.PaymentSettled()
            | payment.EvidenceSubmitted()
        ):
            return ()
        # A wallet is its owner's.
        case payment.MethodStored() | payment.MethodRemoved() | payment.DefaultChosen():
            return ()
        case _:
            assert_never(fact.event)
