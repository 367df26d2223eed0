"""Payments to read: Alice's, with a refund and a dispute, and her wallet."""

from typing import Any
from uuid import UUID

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.payment import (
    DefaultChosen,
    DisputeOpened,
    DisputeWon,
    EvidenceKind,
    EvidenceSubmitted,
    MethodStored,
    RefundCategory,
    RefundMade,
    RefundRequested,
)
from projections.disputes import DISPUTES
from projections.money_moved import MONEY_MOVED
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS
from projections.refunds import REFUNDS
from tests.domain.payment import examples
from tests.domain.payment.examples import ALICE, DISPUTE, EVIDENCE, METHOD, ORDER, REFUND
from tests.given import STREAM, facts, given_facts
from tests.money import usd
from tests.projections.logs import FactLog, follow

GOODWILL = RefundCategory.GOODWILL
to_refund = RefundRequested(REFUND, usd("60.45"), GOODWILL, "Arrived late")
refunded = RefundMade(ORDER, REFUND, usd("60.45"), GOODWILL, "sb_3", {"code": "00"})
disputed = DisputeOpened(ORDER, DISPUTE, usd("100.00"), "Not received", "CB-1")
evidence = EvidenceSubmitted(DISPUTE, EVIDENCE, EvidenceKind.DELIVERY, "Signed for")
won = DisputeWon(ORDER, DISPUTE, usd("100.00"))
stored = MethodStored(ALICE, METHOD, "sandbox-secret", "Visa", "4242", "2031-08")
default = DefaultChosen(ALICE, METHOD)
BACK: list[Event] = [*examples.TAKEN, to_refund, refunded]
BOBS, OTHER = UUID(int=99), UUID(int=98)


def seen(*events: Event) -> Any:
    return given_facts(PAYMENTS, *events).row(STREAM)


async def followed(pool: Pool, *events: Any) -> None:
    """Brings the read models of payment to the end of a log of these events."""
    log = FactLog(facts("payment", *events))
    for projection in (PAYMENTS, REFUNDS, DISPUTES, WALLETS, MONEY_MOVED, PAYMENT_STEPS):
        await follow(projection, log, pool)
