"""What the shop's staff can do with money that was taken: pay it back, and see disputes through.

A refund is requested here; the gateway is called for it later, by whoever works the payment.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import asdict

from application.commands import command, origin_of
from application.payment.receipts import PaymentReceipt, receipt
from application.store import Call, EventStore, Saved, Stream
from application.wire import Price
from domain import payment
from domain.payment import (
    PAYMENT,
    DisputeStatus,
    EvidenceKind,
    Payment,
    PaymentEvent,
    RefundCategory,
    RefundStatus,
    Rules,
)


class RefundPayment(Struct, frozen=True, forbid_unknown_fields=True):
    amount: Price | None = None
    """All that is left of what was taken, where it says nothing."""
    category: RefundCategory = RefundCategory.GOODWILL
    reason: Annotated[str, Meta(max_length=500, examples=["Arrived late"])] = ""


class RefundReceipt(PaymentReceipt, frozen=True):
    """The payment after a refund of it was asked for."""

    refund_id: UUID
    refund_status: RefundStatus


class OpenDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """As the buyer's bank tells it."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["Not received"])]
    amount: Price | None = None
    """All that the shop has of the payment, where it says nothing. Banks also ask for what was paid back before."""
    reference: Annotated[str, Meta(max_length=100, examples=["CB-2026-118"])] = ""
    """The bank's own."""


class SubmitEvidence(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4000, examples=["Signed for on the 19th"])]
    kind: EvidenceKind = EvidenceKind.OTHER


class Outcome(StrEnum):
    WON = "won"
    LOST = "lost"


class CloseDispute(Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Outcome
    """Whether the shop keeps the money."""


class DisputeReceipt(PaymentReceipt, frozen=True):
    """The payment after a command on one of its disputes."""

    dispute_id: UUID
    dispute_status: DisputeStatus


class EvidenceReceipt(DisputeReceipt, frozen=True):
    evidence_id: UUID


@command("payment")
async def refund_payment(
    cmd: RefundPayment,
    call: Call,
    payment_id: UUID,
    *,
    store: EventStore,
    rules: Rules,
    currency: str,
    new_id: Callable[[], UUID],
) -> Saved[RefundReceipt]:
    stream = await store.load(PAYMENT, payment_id, expected=call.expected)
    refund_id = origin_of(call, new_id)
    amount = cmd.amount.money(currency) if cmd.amount else None
    stream.add(payment.refund(stream.state, refund_id, amount, cmd.category, cmd.reason, rules))
    status = stream.state.refunds[refund_id].status
    result = RefundReceipt(**asdict(receipt(stream)), refund_id=refund_id, refund_status=status)
    return await store.save(stream, call=call, result=result)


@command("payment")
async def open_dispute(
    cmd: OpenDispute, call: Call, payment_id: UUID, *, store: EventStore, currency: str, new_id: Callable[[], UUID]
) -> Saved[DisputeReceipt]:
    stream = await store.load(PAYMENT, payment_id, expected=call.expected)
    dispute_id = origin_of(call, new_id)
    amount = cmd.amount.money(currency) if cmd.amount else None
    stream.add(payment.open_dispute(stream.state, dispute_id, amount, cmd.reason, cmd.reference))
    return await store.save(stream, call=call, result=_dispute_receipt(stream, dispute_id))


@command("payment")
async def submit_evidence(
    cmd: SubmitEvidence,
    call: Call,
    payment_id: UUID,
    dispute_id: UUID,
    *,
    store: EventStore,
    rules: Rules,
    new_id: Callable[[], UUID],
) -> Saved[EvidenceReceipt]:
    stream = await store.load(PAYMENT, payment_id, expected=call.expected)
    evidence_id = origin_of(call, new_id)
    stream.add(payment.submit_evidence(stream.state, dispute_id, evidence_id, cmd.kind, cmd.text, rules))
    result = EvidenceReceipt(**asdict(_dispute_receipt(stream, dispute_id)), evidence_id=evidence_id)
    return await store.save(stream, call=call, result=result)


@command("payment")
async def close_dispute(
    cmd: CloseDispute, call: Call, payment_id: UUID, dispute_id: UUID, *, store: EventStore
) -> Saved[DisputeReceipt]:
    stream = await store.load(PAYMENT, payment_id, expected=call.expected)
    stream.add(payment.close_dispute(stream.state, dispute_id, won=cmd.outcome is Outcome.WON))
    return await store.save(stream, call=call, result=_dispute_receipt(stream, dispute_id))


def _dispute_receipt(stream: Stream[Payment, PaymentEvent], dispute_id: UUID) -> DisputeReceipt:
    status = stream.state.disputes[dispute_id].status
    return DisputeReceipt(**asdict(receipt(stream)), dispute_id=dispute_id, dispute_status=status)
