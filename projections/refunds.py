"""What is paid back: one row a refund, with its category and reason, and what became of it."""

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
from domain.payment import (
    RefundCategory,
    RefundDropped,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    RefundStatus,
    told_category,
    told_reason,
)
from projections.kernel import Key, Projection, Seen
from projections.payments import PAYMENTS
from projections.reading import ask, ask_one, money_of, where


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: UUID
    refund_id: UUID
    status: RefundStatus
    amount: Decimal
    currency: str
    category: RefundCategory
    reason: str
    error: str | None = None
    transaction_id: str | None = None
    requested_by: str
    requested_at: datetime
    decided_at: datetime | None = None


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as it is shown."""

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    status: RefundStatus
    amount: Money
    category: RefundCategory
    """To buyers `other` for `fraud`."""
    reason: str | None
    """In the words of who asked for it; for staff."""
    error: str | None
    """Why it was not made: `declined`, or to staff the gateway's code."""
    transaction_id: str | None
    """The gateway's."""
    requested_by: str | None
    """For staff."""
    requested_at: datetime
    decided_at: datetime | None
    """When it was made, failed or was dropped."""

    def for_buyer(self) -> "RefundView":
        """Without what the shop keeps to itself."""
        error = self.error and told_reason(self.error)
        return replace(self, reason=None, requested_by=None, error=error, category=told_category(self.category))


RefundEvent: TypeAlias = RefundPostponed | RefundRequested | RefundMade | RefundFailed | RefundDropped


def keys(fact: Fact[RefundEvent]) -> Iterator[Key]:
    yield (fact.stream, fact.event.refund_id)


def evolve(row: RefundRow | None, fact: Fact[RefundEvent], key: Key) -> RefundRow | None:
    match fact.event:
        case RefundPostponed():
            return _asked_for(fact, fact.event, RefundStatus.POSTPONED)
        case RefundRequested(amount=amount, reason=reason):
            row = row or _asked_for(fact, fact.event, RefundStatus.REQUESTED)
            return replace(row, status=RefundStatus.REQUESTED, amount=amount.amount, reason=reason)
        case RefundMade(transaction_id=transaction_id):
            return row and replace(
                row, status=RefundStatus.MADE, transaction_id=transaction_id, decided_at=fact.recorded_at
            )
        case RefundFailed(error=error):
            return row and replace(row, status=RefundStatus.FAILED, error=error, decided_at=fact.recorded_at)
        case RefundDropped():
            row = row or _asked_for(fact, fact.event, RefundStatus.DROPPED)
            return replace(row, status=RefundStatus.DROPPED, decided_at=fact.recorded_at)


def _asked_for(
    fact: Fact[RefundEvent], event: RefundPostponed | RefundRequested | RefundDropped, status: RefundStatus
) -> RefundRow:
    return RefundRow(
        payment_id=fact.stream,
        refund_id=event.refund_id,
        status=status,
        amount=event.amount.amount,
        currency=event.amount.currency,
        category=event.category,
        reason="",
        requested_by=fact.actor,
        requested_at=fact.recorded_at,
    )


REFUNDS = Projection(
    name="refunds",
    version=2,
    context="payment",
    row=RefundRow,
    key=("payment_id", "refund_id"),
    events=(RefundPostponed, RefundRequested, RefundMade, RefundFailed, RefundDropped),
    keys=keys,
    evolve=evolve,
    indexes=(
        "(requested_at DESC, refund_id DESC)",
        "(status, requested_at DESC, refund_id DESC)",
        "(category, requested_at DESC, refund_id DESC)",
    ),
)

READS = (REFUNDS, PAYMENTS)

SHOWN = (
    "r.refund_id, r.payment_id, p.order_id, r.status, r.category, r.reason, r.error, r.transaction_id, r.requested_by,"
    f" r.requested_at, r.decided_at, {money_of('amount', table='r')}"
)
"""The columns of a `RefundView`, of refunds `r` of payments `p`."""


async def list_refunds(
    connection: AsyncConnection,
    *,
    buyer_id: str | None = None,
    order_id: UUID | None = None,
    payment_id: UUID | None = None,
    statuses: Sequence[RefundStatus] = (),
    category: RefundCategory | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[RefundView]]:
    """Newest first, at most `limit`; `after` is `requested_at` and `refund_id` of the last one seen.

    Without `buyer_id` those of all buyers, with all that is known of them: for staff alone.
    """
    given = {
        "p.buyer_id = %(buyer_id)s": buyer_id,
        "p.order_id = %(order_id)s": order_id,
        "r.payment_id = %(payment_id)s": payment_id,
        "r.status = ANY(%(statuses)s)": list(statuses) or None,
        "r.category = ANY(%(categories)s)": _categories(category, buyer_id),
        "(r.requested_at, r.refund_id) < (%(after_at)s, %(after_id)s)": after,
    }
    after_at, after_id = after or (None, None)
    seen = await ask(
        connection,
        RefundView,
        sql.SQL(
            "SELECT {} FROM read.refunds AS r JOIN read.payments AS p USING (payment_id) WHERE {}"
            " ORDER BY r.requested_at DESC, r.refund_id DESC LIMIT %(limit)s"
        ).format(sql.SQL(SHOWN), where(given)),
        {
            "buyer_id": buyer_id,
            "order_id": order_id,
            "payment_id": payment_id,
            "statuses": [str(status) for status in statuses],
            "categories": _categories(category, buyer_id),
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        *READS,
    )
    return seen if buyer_id is None else Seen([each.for_buyer() for each in seen.value], seen.positions)


def _categories(category: RefundCategory | None, buyer_id: str | None) -> list[str] | None:
    """Those that are shown as this one; None for any."""
    if category is None:
        return None
    return [str(each) for each in RefundCategory if (each if buyer_id is None else told_category(each)) is category]


async def refund(
    connection: AsyncConnection, payment_id: UUID, refund_id: UUID, *, buyer_id: str | None = None
) -> Seen[RefundView | None]:
    """None where the payment has no such refund or, with `buyer_id`, is another's."""
    seen = await ask_one(
        connection,
        RefundView,
        sql.SQL(
            "SELECT {} FROM read.refunds AS r JOIN read.payments AS p USING (payment_id)"
            " WHERE payment_id = %(payment_id)s AND refund_id = %(refund_id)s"
            " AND (%(buyer_id)s::text IS NULL OR p.buyer_id = %(buyer_id)s)"
        ).format(sql.SQL(SHOWN)),
        {"payment_id": payment_id, "refund_id": refund_id, "buyer_id": buyer_id},
        *READS,
    )
    if buyer_id is not None and seen.value is not None:
        return Seen(seen.value.for_buyer(), seen.positions)
    return seen
