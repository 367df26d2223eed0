"""Returns: what each buyer wants to send back, what came, what was paid back for it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain import ordering
from domain.kernel import Fact
from domain.money import Money
from domain.ordering import ReturnReason, ReturnStatus
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask, ask_one, where


class ReturnedGoods(msgspec.Struct, frozen=True):
    product_id: UUID
    quantity: int
    """What the buyer wants to send back."""
    reason: ReturnReason
    restocked: int = 0
    """What came and can be sold again."""
    written_off: int = 0
    """What came and cannot."""
    amount: Money | None = None
    """What is paid back for it; null as long as nothing came."""


class ReturnRow(msgspec.Struct, frozen=True, kw_only=True):
    return_id: UUID
    order_id: UUID
    buyer_id: str
    status: ReturnStatus
    lines: tuple[ReturnedGoods, ...]
    comment: str
    """In the buyer's words; may be empty."""
    reject_comment: str | None = None
    """Why it was rejected."""
    amount: Money | None = None
    """What is paid back in all; null as long as nothing came, and less than its lines come to where the buyer has some
    of that already."""
    refunded: Money | None = None
    """What of it was paid back."""
    refunds_under_way: int = 0
    """One for each payment that it comes from."""
    owed: Money | None = None
    """What of it could not be paid back: it is for staff to pay, as long as the shop has it."""
    failure: str | None = None
    """Why not: `nothing-left` where the buyer has the money otherwise; for staff the payment's refunds say more."""
    requested_at: datetime
    decided_at: datetime | None = None
    """When it came, or was rejected."""
    refunded_at: datetime | None = None
    updated_at: datetime
    version: int
    """Version of the return's stream: its ETag."""


def evolve(row: ReturnRow | None, fact: Fact[ordering.ReturnEvent], key: Key) -> ReturnRow | None:
    at, event = fact.recorded_at, fact.event
    if isinstance(event, ordering.ReturnRequested):
        return ReturnRow(
            return_id=fact.stream,
            order_id=event.order_id,
            buyer_id=event.buyer_id,
            status=ReturnStatus.REQUESTED,
            lines=tuple(ReturnedGoods(line.product_id, line.quantity, line.reason) for line in event.lines),
            comment=event.comment,
            requested_at=at,
            updated_at=at,
            version=fact.version,
        )
    if row is None:
        return None
    row = replace(row, updated_at=at, version=fact.version)
    match event:
        case ordering.ReturnReceived(lines=came, amount=amount, refunds=refunds):
            row = replace(row, lines=_received(row.lines, came), amount=amount, decided_at=at)
            return _under_way(replace(row, status=ReturnStatus.RECEIVED), len(refunds))
        case ordering.ReturnRejected(comment=comment):
            return replace(row, status=ReturnStatus.REJECTED, reject_comment=comment, decided_at=at)
        case ordering.ReturnRefunded(amount=part, again=again, by_hand=by_hand):
            row = replace(row, refunded=row.refunded + part if row.refunded else part, refunded_at=at)
            return _owed_less(row, part, failure=None) if by_hand else _answered(row, len(again))
        case ordering.ReturnRefundFailed(reason=ordering.NOTHING_LEFT, again=again):
            return _answered(row if again else replace(row, failure=row.failure or event.reason), len(again))
        case ordering.ReturnRefundFailed(amount=part, reason=reason):
            owed = row.owed + part if row.owed else part
            return _answered(replace(row, status=ReturnStatus.REFUND_FAILED, owed=owed, failure=reason), 0)
        case ordering.ReturnRefundDropped(amount=part):
            return _owed_less(row, part, failure=ordering.NOTHING_LEFT)
        case _:
            assert_never(event)


def _owed_less(row: ReturnRow, amount: Money, *, failure: str | None) -> ReturnRow:
    """`failure`: what it shows once nothing is owed."""
    if row.owed and row.owed > amount:
        return replace(row, owed=row.owed - amount)
    status = ReturnStatus.RECEIVED if row.refunds_under_way else ReturnStatus.REFUNDED
    return replace(row, status=status, owed=None, failure=failure)


def _answered(row: ReturnRow, again: int) -> ReturnRow:
    """One refund less is under way, and so many are more."""
    return _under_way(row, max(0, row.refunds_under_way - 1) + again)


def _under_way(row: ReturnRow, under_way: int) -> ReturnRow:
    done = row.status is ReturnStatus.RECEIVED and not under_way
    return replace(row, status=ReturnStatus.REFUNDED if done else row.status, refunds_under_way=under_way)


def _received(lines: Iterable[ReturnedGoods], came: Iterable[ordering.ReceivedLine]) -> tuple[ReturnedGoods, ...]:
    """What came of a product stands on its first line, where it was asked for with several reasons."""
    left = {line.product_id: line for line in came}
    received = []
    for line in lines:
        got = left.pop(line.product_id, None)
        received.append(
            replace(line, restocked=got.restocked, written_off=got.written_off, amount=got.amount) if got else line
        )
    return tuple(received)


RETURNS = Projection(
    name="returns",
    version=7,
    context="ordering",
    row=ReturnRow,
    key=("return_id",),
    events=ordering.RETURN.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        "(buyer_id, requested_at DESC, return_id DESC)",
        "(status, requested_at DESC, return_id DESC)",
        "(requested_at DESC, return_id DESC)",
        "(order_id)",
    ),
)


async def return_detail(
    connection: AsyncConnection, return_id: UUID, *, buyer_id: str | None = None
) -> Seen[ReturnRow | None]:
    """The return; None where there is none or, with `buyer_id`, it is another's."""
    return await ask_one(
        connection,
        ReturnRow,
        "SELECT * FROM read.returns WHERE return_id = %(return_id)s"
        " AND (%(buyer_id)s::text IS NULL OR buyer_id = %(buyer_id)s)",
        {"return_id": return_id, "buyer_id": buyer_id},
        RETURNS,
    )


async def list_returns(
    connection: AsyncConnection,
    *,
    buyer_id: str | None = None,
    order_id: UUID | None = None,
    statuses: Iterable[ReturnStatus] = (),
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> Seen[list[ReturnRow]]:
    """Newest first, at most `limit`; `after` is `requested_at` and `return_id` of the last one seen.

    Without `buyer_id` the returns of all buyers: for staff alone.
    """
    wanted = [str(status) for status in statuses]
    given = {
        "buyer_id = %(buyer_id)s": buyer_id,
        "order_id = %(order_id)s": order_id,
        "status = ANY(%(statuses)s)": wanted or None,
        "(requested_at, return_id) < (%(after_at)s, %(after_id)s)": after,
    }
    after_at, after_id = after or (None, None)
    return await ask(
        connection,
        ReturnRow,
        sql.SQL(
            "SELECT * FROM read.returns WHERE {} ORDER BY requested_at DESC, return_id DESC LIMIT %(limit)s"
        ).format(where(given)),
        {
            "buyer_id": buyer_id,
            "order_id": order_id,
            "statuses": wanted,
            "after_at": after_at,
            "after_id": after_id,
            "limit": limit,
        },
        RETURNS,
    )
