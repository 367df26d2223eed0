"""One payment with what was paid back and disputed of it."""

from typing import Self
from uuid import UUID

from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from projections import disputes, payments, refunds
from projections.disputes import DISPUTES, DisputeCard
from projections.kernel import Seen
from projections.payments import PAYMENTS, PaymentView
from projections.reading import ask_one
from projections.refunds import REFUNDS, RefundView


class PaymentDetail(PaymentView, frozen=True, kw_only=True):
    refunds: tuple[RefundView, ...]
    """In the order in which they were asked for."""
    disputes: tuple[DisputeCard, ...]
    """In the order in which they were opened; for staff."""

    def for_buyer(self) -> Self:
        shown = tuple(each.for_buyer() for each in self.refunds)
        return replace(super().for_buyer(), refunds=shown, disputes=())


READS = (PAYMENTS, REFUNDS, DISPUTES)


async def payment_detail(
    connection: AsyncConnection, payment_id: UUID, *, buyer_id: str | None = None
) -> Seen[PaymentDetail | None]:
    """The payment; None where there is none or, with `buyer_id`, it is another's."""
    seen = await ask_one(
        connection,
        PaymentDetail,
        sql.SQL(
            "SELECT {payment}, (SELECT coalesce(json_agg(each ORDER BY requested_at, refund_id), '[]') FROM ("
            "SELECT {refund} FROM read.refunds AS r WHERE r.payment_id = p.payment_id) AS each) AS refunds,"
            " (SELECT coalesce(json_agg(each ORDER BY opened_at, dispute_id), '[]') FROM ("
            "SELECT {dispute} FROM read.disputes AS d WHERE d.payment_id = p.payment_id) AS each) AS disputes"
            " FROM read.payments AS p WHERE payment_id = %(payment_id)s"
            " AND (%(buyer_id)s::text IS NULL OR buyer_id = %(buyer_id)s)"
        ).format(payment=sql.SQL(payments.SHOWN), refund=sql.SQL(refunds.SHOWN), dispute=sql.SQL(disputes.CARD)),
        {"payment_id": payment_id, "buyer_id": buyer_id},
        *READS,
    )
    if buyer_id is not None and seen.value is not None:
        return Seen(seen.value.for_buyer(), seen.positions)
    return seen
