"""What buyers' banks ask back: one row a dispute, with its evidence and its outcome."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain.kernel import Fact
from domain.money import Money
from domain.payment import DisputeLost, DisputeOpened, DisputeStatus, DisputeWon, EvidenceKind, EvidenceSubmitted
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, ask_one, money_of, where


class Evidence(msgspec.Struct, frozen=True):
    evidence_id: UUID
    kind: EvidenceKind
    text: str
    submitted_by: str
    submitted_at: datetime


class DisputeRow(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: UUID
    dispute_id: UUID
    order_id: UUID
    status: DisputeStatus
    amount: Decimal
    currency: str
    reason: str
    reference: str
    evidence: tuple[Evidence, ...] = ()
    opened_at: datetime
    closed_at: datetime | None = None
    version: int


class DisputeCard(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute in a list."""

    dispute_id: UUID
    payment_id: UUID
    order_id: UUID
    status: DisputeStatus
    amount: Money
    """What the bank keeps until it has decided."""
    reason: str
    """The bank's, or the buyer's."""
    reference: str
    """The bank's own."""
    evidence_count: int
    opened_at: datetime
    closed_at: datetime | None
    version: int
    """Version of the payment's stream with which it last changed."""


class DisputeView(DisputeCard, frozen=True, kw_only=True):
    """A dispute with everything about it."""

    evidence: tuple[Evidence, ...]


DisputeEvent: TypeAlias = DisputeOpened | EvidenceSubmitted | DisputeWon | DisputeLost


def keys(fact: Fact[DisputeEvent]) -> Iterator[Key]:
    yield (fact.stream, fact.event.dispute_id)


def evolve(row: DisputeRow | None, fact: Fact[DisputeEvent], key: Key) -> DisputeRow | None:
    event, at = fact.event, fact.recorded_at
    if isinstance(event, DisputeOpened):
        return DisputeRow(
            payment_id=fact.stream,
            dispute_id=event.dispute_id,
            order_id=event.order_id,
            status=DisputeStatus.OPEN,
            amount=event.amount.amount,
            currency=event.amount.currency,
            reason=event.reason,
            reference=event.reference,
            opened_at=at,
            version=fact.version,
        )
    if row is None:
        return None
    row = replace(row, version=fact.version)
    match event:
        case EvidenceSubmitted(_, evidence_id, kind, text):
            return replace(row, evidence=(*row.evidence, Evidence(evidence_id, kind, text, fact.actor, at)))
        case DisputeWon():
            return replace(row, status=DisputeStatus.WON, closed_at=at)
        case DisputeLost():
            return replace(row, status=DisputeStatus.LOST, closed_at=at)


DISPUTES = Projection(
    name="disputes",
    version=1,
    context="payment",
    row=DisputeRow,
    key=("payment_id", "dispute_id"),
    events=(DisputeOpened, EvidenceSubmitted, DisputeWon, DisputeLost),
    keys=keys,
    evolve=evolve,
    indexes=("(opened_at DESC, dispute_id DESC)", "(status, opened_at DESC, dispute_id DESC)"),
)

CARD = (
    "dispute_id, payment_id, order_id, status, reason, reference, opened_at, closed_at, version,"
    f" jsonb_array_length(evidence) AS evidence_count, {money_of('amount')}"
)
"""The columns of a `DisputeCard`."""


async def list_disputes(
    connection: AsyncConnection,
    *,
    payment_id: UUID | None = None,
    statuses: Sequence[DisputeStatus] = (),
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[DisputeCard]]:
    """Newest first, at most `limit`; `after` is `opened_at` and `dispute_id` of the last one seen. For staff."""
    given = {
        "payment_id = %(payment_id)s": payment_id,
        "status = ANY(%(statuses)s)": list(statuses) or None,
        "(opened_at, dispute_id) < (%(after_at)s, %(after_id)s)": after,
    }
    after_at, after_id = after or (None, None)
    return await ask(
        connection,
        DisputeCard,
        sql.SQL(
            "SELECT {} FROM read.disputes WHERE {} ORDER BY opened_at DESC, dispute_id DESC LIMIT %(limit)s"
        ).format(sql.SQL(CARD), where(given)),
        {
            "payment_id": payment_id,
            "statuses": [str(status) for status in statuses],
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        DISPUTES,
    )


async def dispute(connection: AsyncConnection, payment_id: UUID, dispute_id: UUID) -> Seen[DisputeView | None]:
    """With its evidence; None where the payment has no such dispute. For staff."""
    return await ask_one(
        connection,
        DisputeView,
        sql.SQL(
            "SELECT {}, evidence FROM read.disputes WHERE payment_id = %(payment_id)s AND dispute_id = %(dispute_id)s"
        ).format(sql.SQL(CARD)),
        {"payment_id": payment_id, "dispute_id": dispute_id},
        DISPUTES,
    )
