"""Payments and refunds are found by indexes, however many there are."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from domain.payment import RefundCategory, RefundStatus, Step
from domain.payment import Status as PaymentStatus
from projections.payments import PAYMENTS, PaymentRow, Unanswered, list_payments
from projections.refunds import REFUNDS, RefundRow, list_refunds
from tests.projections.plans import START, Explained, serve

pytestmark = pytest.mark.anyio

PAYMENTS_MADE = 20_000


def payments() -> Iterator[PaymentRow]:
    random = Random(3)
    statuses = list(PaymentStatus)
    for number in range(PAYMENTS_MADE):
        at = START + timedelta(minutes=number)
        yield PaymentRow(
            payment_id=UUID(int=number),
            order_id=UUID(int=number),
            amendment_id=None,
            buyer_id=f"buyer-{random.randrange(2_000)}",
            status=random.choices(statuses, [2, 1, 1, 970, 5, 6, 5, 6])[0],
            amount=Decimal(1),
            currency="USD",
            captured=Decimal(0),
            refunded=Decimal(0),
            refunding=Decimal(0),
            postponed=Decimal(0),
            disputed=Decimal(0),
            gateway="sandbox",
            paid_with=None,
            transactions=(f"tx-{number}",),
            unanswered=Unanswered(Step.AUTHORISE, 1, "no answer", at) if number % 1000 == 0 else None,
            requested_at=at,
            updated_at=at,
            version=1,
        )


def refunds() -> Iterator[RefundRow]:
    random = Random(4)
    for number in range(0, PAYMENTS_MADE, 10):
        yield RefundRow(
            payment_id=UUID(int=number),
            refund_id=UUID(int=number),
            status=random.choices(list(RefundStatus), [2, 2, 94, 1, 1])[0],
            amount=Decimal(1),
            currency="USD",
            category=random.choices(list(RefundCategory), [50, 40, 5, 2, 1, 1, 1])[0],
            reason="",
            requested_by="sam",
            requested_at=START + timedelta(minutes=number),
        )


@pytest.mark.proves("PAY-02")
async def test_payments_and_refunds_are_found_by_indexes(pool: Pool, reads: Explained) -> None:
    await serve(pool, PAYMENTS, list(payments()))
    await serve(pool, REFUNDS, list(refunds()))
    connection: Any = reads
    by = partial(reads.went_by, PAYMENTS)

    await list_payments(connection, buyer_id="buyer-77")
    assert await by("(buyer_id, requested_at DESC, payment_id DESC)")
    await list_payments(connection, statuses=[PaymentStatus.REQUESTED])
    assert await by("(status, requested_at DESC, payment_id DESC)")
    await list_payments(connection)
    assert await by("(requested_at DESC, payment_id DESC)")
    await list_payments(connection, order_id=UUID(int=77))
    assert await by("(order_id)")
    await list_payments(connection, transaction_id="tx-77")
    assert await by("gin (transactions)")
    await list_payments(connection, unanswered=True)
    assert await by("(requested_at DESC, payment_id DESC) WHERE (unanswered IS NOT NULL)")
    await list_refunds(connection)
    assert await reads.went_by(REFUNDS, "(requested_at DESC, refund_id DESC)")
    await list_refunds(connection, statuses=[RefundStatus.FAILED])
    assert await reads.went_by(REFUNDS, "(status, requested_at DESC, refund_id DESC)")
    await list_refunds(connection, category=RefundCategory.FRAUD)
    assert await reads.went_by(REFUNDS, "(category, requested_at DESC, refund_id DESC)")
    await list_refunds(connection, payment_id=UUID(int=70))
    assert await reads.went_by(REFUNDS, "(payment_id, refund_id)")
