"""Payments over HTTP. Somebody else's payment answers exactly like one that does not exist."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta

from api.commands import perform
from api.gate import Buyer, PageSize, Query
from api.history import Entry, HistoryQuery, history
from api.paging import Page, paged
from api.queries import Sent, answer, known, look
from api.requests import Request
from application.payment import (
    CloseDispute,
    DisputeReceipt,
    EvidenceReceipt,
    OpenDispute,
    Outcome,
    RefundPayment,
    RefundReceipt,
    SubmitEvidence,
)
from application.wire import Price
from domain.payment import (
    PAYMENT,
    DisputeNotFound,
    DisputeStatus,
    EvidenceKind,
    PaymentNotFound,
    RefundCategory,
    RefundNotFound,
    RefundStatus,
    Status,
)
from projections import disputes, payments, refunds
from projections.disputes import DisputeCard, DisputeView
from projections.payment_detail import PaymentDetail, payment_detail
from projections.payments import PaymentView
from projections.refunds import RefundView


class Payments(Query, frozen=True):
    """Newest first."""

    order_id: UUID | None = None
    status: tuple[Status, ...] = ()
    transaction: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    """Any of the gateway's transactions: of the payment, or of a refund of it."""
    unanswered: bool = False
    """Only those that wait for an answer of the gateway."""
    buyer: Buyer | None = None
    """Whose payments; for staff."""
    limit: PageSize = 20
    cursor: str | None = None


class Refunds(Query, frozen=True):
    """Newest first."""

    order_id: UUID | None = None
    payment_id: UUID | None = None
    status: tuple[RefundStatus, ...] = ()
    category: RefundCategory | None = None
    buyer: Buyer | None = None
    """Whose refunds; for staff."""
    limit: PageSize = 20
    cursor: str | None = None


class Disputes(Query, frozen=True):
    """Newest first."""

    payment_id: UUID | None = None
    status: tuple[DisputeStatus, ...] = ()
    limit: PageSize = 20
    cursor: str | None = None


def refund_made(receipt: RefundReceipt) -> UUID:
    return receipt.refund_id


def dispute_made(receipt: DisputeReceipt) -> UUID:
    return receipt.dispute_id


@get("/", answers=Page[PaymentView])
async def list_payments(request: Request, asked: NamedDependency[Payments]) -> Sent:
    """List the caller's payments; staff see everybody's"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda each: (each.requested_at, each.payment_id),
        payments.list_payments,
        buyer_id=request.whose(asked.buyer, "money"),
        order_id=asked.order_id,
        statuses=asked.status,
        transaction_id=asked.transaction,
        unanswered=asked.unanswered,
    )
    return answer(request, seen)


@get("/{payment_id:uuid}", answers=PaymentDetail)
async def get_payment(request: Request, payment_id: FromPath[UUID]) -> Sent:
    """Get a payment"""
    seen = known(await look(request, payment_detail, payment_id, buyer_id=request.sees), PaymentNotFound(payment_id))
    return answer(request, seen, version=seen.value.version, mixed=True)


@get("/{payment_id:uuid}/history")
async def get_payment_history(
    request: Request, payment_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get every step of a payment, who took it, and what the gateway answered"""
    return await history(request, asked, PAYMENT, payment_id)


@post(
    "/{payment_id:uuid}/refunds",
    creates=True,
    example=RefundPayment(Price("1.00", "USD"), RefundCategory.GOODWILL, "Arrived late"),
)
async def refund_payment(
    request: Request, payment_id: FromPath[UUID], data: JSONBody[RefundPayment]
) -> Response[RefundReceipt]:
    """Pay back some of what was taken, or all that is left of it"""
    use_case = request.commands.payment.refund_payment
    return await perform(request, use_case, data, payment_id, stream=payment_id, created=refund_made)


@get("/refunds", answers=Page[RefundView])
async def list_refunds(request: Request, asked: NamedDependency[Refunds]) -> Sent:
    """List the caller's refunds; staff see everybody's"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda each: (each.requested_at, each.refund_id),
        refunds.list_refunds,
        buyer_id=request.whose(asked.buyer, "money"),
        order_id=asked.order_id,
        payment_id=asked.payment_id,
        statuses=asked.status,
        category=asked.category,
    )
    return answer(request, seen)


@get("/{payment_id:uuid}/refunds/{refund_id:uuid}", answers=RefundView)
async def get_refund(request: Request, payment_id: FromPath[UUID], refund_id: FromPath[UUID]) -> Sent:
    """Get a refund"""
    found = await look(request, refunds.refund, payment_id, refund_id, buyer_id=request.sees)
    return answer(request, known(found, RefundNotFound(refund_id)))


@post(
    "/{payment_id:uuid}/disputes",
    creates=True,
    example=OpenDispute("Not received", Price("1.00", "USD"), "CB-2026-118"),
)
async def open_dispute(
    request: Request, payment_id: FromPath[UUID], data: JSONBody[OpenDispute]
) -> Response[DisputeReceipt]:
    """Record that the buyer's bank asks for money back"""
    use_case = request.commands.payment.open_dispute
    return await perform(request, use_case, data, payment_id, stream=payment_id, created=dispute_made)


@post(
    "/{payment_id:uuid}/disputes/{dispute_id:uuid}/evidence",
    status_code=200,
    example=SubmitEvidence("Signed for on the 19th", EvidenceKind.DELIVERY),
)
async def submit_evidence(
    request: Request, payment_id: FromPath[UUID], dispute_id: FromPath[UUID], data: JSONBody[SubmitEvidence]
) -> Response[EvidenceReceipt]:
    """Submit a piece of evidence in a dispute"""
    return await perform(request, request.commands.payment.submit_evidence, data, payment_id, dispute_id)


@post(
    "/{payment_id:uuid}/disputes/{dispute_id:uuid}/outcome",
    status_code=200,
    example=CloseDispute(Outcome.WON),
)
async def close_dispute(
    request: Request, payment_id: FromPath[UUID], dispute_id: FromPath[UUID], data: JSONBody[CloseDispute]
) -> Response[DisputeReceipt]:
    """Record how the bank decided a dispute"""
    return await perform(request, request.commands.payment.close_dispute, data, payment_id, dispute_id)


@get("/disputes", answers=Page[DisputeCard])
async def list_disputes(request: Request, asked: NamedDependency[Disputes]) -> Sent:
    """List disputes"""
    seen = await paged(
        request,
        asked,
        tuple[datetime, UUID],
        lambda each: (each.opened_at, each.dispute_id),
        disputes.list_disputes,
        payment_id=asked.payment_id,
        statuses=asked.status,
    )
    return answer(request, seen)


@get("/{payment_id:uuid}/disputes/{dispute_id:uuid}", answers=DisputeView)
async def get_dispute(request: Request, payment_id: FromPath[UUID], dispute_id: FromPath[UUID]) -> Sent:
    """Get a dispute with its evidence"""
    seen = known(await look(request, disputes.dispute, payment_id, dispute_id), DisputeNotFound(dispute_id))
    return answer(request, seen)


ROUTER = Router(
    "/v1/payments",
    route_handlers=[
        *(list_payments, get_payment, get_payment_history, refund_payment, list_refunds, get_refund),
        *(open_dispute, submit_evidence, close_dispute, list_disputes, get_dispute),
    ],
)
