"""What is read of refunds: what they are for, and what became of them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.payment import (
    DisputeLost,
    RefundCategory,
    RefundDropped,
    RefundFailed,
    RefundPostponed,
    RefundRequested,
    RefundStatus,
)
from projections.payment_detail import payment_detail
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import list_payments
from projections.refunds import REFUNDS, list_refunds
from tests.domain.payment import examples
from tests.domain.payment.examples import ALICE, DISPUTE, ORDER, REFUND, TOTAL
from tests.given import STREAM, given_facts
from tests.money import usd
from tests.projections.payments import BACK, GOODWILL, OTHER, disputed, followed, seen, to_refund

waits = RefundPostponed(REFUND, TOTAL, RefundCategory.RETURNED)
rest = RefundRequested(REFUND, usd("260.45"), RefundCategory.RETURNED)


@pytest.mark.anyio
async def test_a_payment_shows_what_waits_to_be_paid_back_of_it(pool: Pool) -> None:
    await followed(pool, *examples.TAKEN, disputed, waits)
    async with pool.connection() as connection:
        (shown,) = (await list_payments(connection, buyer_id=ALICE)).value
        assert (usd("0.00"), TOTAL, usd("260.45")) == (shown.refunding, shown.postponed, shown.refundable)
        detail = (await payment_detail(connection, STREAM)).value
        assert detail
        assert TOTAL == detail.postponed

    lost = DisputeLost(ORDER, DISPUTE, usd("100.00"))
    after = seen(*examples.TAKEN, disputed, waits, lost, rest)
    assert (Decimal("260.45"), Decimal(0)) == (after.refunding, after.postponed)


def test_a_refund_that_waits_shows_how_much_of_it_is_paid_back_in_the_end() -> None:
    row = given_facts(REFUNDS, *examples.TAKEN, disputed, waits).row(STREAM, REFUND)
    assert (RefundStatus.POSTPONED, TOTAL.amount) == (row.status, row.amount)
    later = given_facts(REFUNDS, *examples.TAKEN, disputed, waits, rest).row(STREAM, REFUND)
    assert replace(row, status=RefundStatus.REQUESTED, amount=Decimal("260.45")) == later


@pytest.mark.parametrize("before", [[], [RefundPostponed(REFUND, TOTAL, RefundCategory.CANCELLED)]])
def test_a_refund_that_nobody_misses_is_not_listed_as_failed(before: list[Event]) -> None:
    dropped = RefundDropped(ORDER, REFUND, TOTAL, RefundCategory.CANCELLED)
    row = given_facts(REFUNDS, *examples.TAKEN, disputed, *before, dropped).row(STREAM, REFUND)
    assert (RefundStatus.DROPPED, TOTAL.amount, None) == (row.status, row.amount, row.error)
    assert row.decided_at
    paid = seen(*examples.TAKEN, disputed, *before, dropped)
    assert (Decimal(0), Decimal(0)) == (paid.postponed, paid.refunding)
    assert {} == given_facts(PAYMENT_STEPS, *before, dropped).rows, "the gateway was not asked"


def test_a_refund_shows_its_reason_and_what_became_of_it() -> None:
    failed = RefundFailed(ORDER, REFUND, usd("60.45"), GOODWILL, "account-closed")
    row = given_facts(REFUNDS, *examples.TAKEN, to_refund, failed).row(STREAM, REFUND)

    assert (RefundStatus.FAILED, GOODWILL, "Arrived late", "account-closed", ALICE) == (
        row.status,
        row.category,
        row.reason,
        row.error,
        row.requested_by,
    )


@pytest.mark.anyio
@pytest.mark.proves("PAY-05")
async def test_refunds_are_found_by_what_they_are_for(pool: Pool) -> None:
    fraud = RefundRequested(UUID(int=50), usd("1.00"), RefundCategory.FRAUD, "Stolen card")
    await followed(pool, *BACK, fraud)
    async with pool.connection() as connection:
        first, second = (await list_refunds(connection)).value
        assert [RefundStatus.REQUESTED, RefundStatus.MADE] == [first.status, second.status]
        assert (ORDER, usd("60.45"), "sb_3") == (second.order_id, second.amount, second.transaction_id)
        for found, asked in (
            ([first], {"category": RefundCategory.FRAUD}),
            ([second], {"statuses": [RefundStatus.MADE]}),
            ([second], {"after": (first.requested_at, first.refund_id)}),
            ([first, second], {"order_id": ORDER}),
            ([first, second], {"payment_id": STREAM}),
            ([], {"payment_id": OTHER}),
            ([], {"buyer_id": "bob"}),
        ):
            asked_for: dict[str, Any] = asked
            assert found == (await list_refunds(connection, **asked_for)).value
        hers = (await list_refunds(connection, buyer_id=ALICE)).value
        assert [(None, None), (None, None)] == [(each.reason, each.requested_by) for each in hers]
