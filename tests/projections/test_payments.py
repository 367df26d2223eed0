"""What is read of payments and their disputes: their state, to their buyers and to staff."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as drawn

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.payment import (
    PAYMENT,
    TAKEN,
    DisputeStatus,
    EvidenceKind,
    GatewayCallFailed,
    Payment,
    PaymentDeclined,
    PaymentFailed,
    PaymentRequested,
    RefundStatus,
    Status,
    Step,
)
from projections.disputes import DISPUTES, dispute, list_disputes
from projections.money_moved import MONEY_MOVED
from projections.payment_detail import payment_detail
from projections.payment_methods import WALLETS
from projections.payment_steps import PAYMENT_STEPS
from projections.payments import PAYMENTS, list_payments
from projections.refunds import REFUNDS
from tests.domain.payment import examples
from tests.domain.payment.examples import ALICE, CARD, DISPUTE, EVIDENCE, METHOD, ORDER, requested
from tests.given import START, STREAM, given_facts
from tests.money import usd
from tests.projections.payments import BACK, BOBS, OTHER, default, disputed, evidence, followed, seen, stored, won
from tests.strategies.payment import PAYMENT_LIFE


@pytest.mark.proves("PAY-01")
def test_a_payment_shows_how_far_it_is_and_what_the_gateway_said() -> None:
    row = seen(*BACK, examples.settled)

    assert (Status.SETTLED, Decimal("360.45"), Decimal("60.45"), Decimal(0)) == (
        row.status,
        row.captured,
        row.refunded,
        row.refunding,
    )
    assert (ORDER, ALICE, "sandbox", METHOD, "Visa", "4242") == (
        row.order_id,
        row.buyer_id,
        row.gateway,
        row.paid_with.method_id,
        row.paid_with.brand,
        row.paid_with.last_four,
    )
    assert ("sb_3", ("sb_1", "sb_2", "sb_3"), {"code": "00"}) == (
        row.transaction_id,
        row.transactions,
        row.gateway_response,
    )


def test_why_no_money_was_taken_is_shown() -> None:
    declined = seen(requested, PaymentDeclined(ORDER, "insufficient-funds"))
    assert (Status.DECLINED, "insufficient-funds") == (declined.status, declined.failure)
    poor = seen(requested, PaymentFailed(ORDER, "no-payment-method"))
    assert (Status.FAILED, "no-payment-method") == (poor.status, poor.failure)


@pytest.mark.proves("PAY-09")
def test_a_call_without_an_answer_is_shown_until_one_comes() -> None:
    silence = GatewayCallFailed(Step.AUTHORISE, 2, "no answer within 5 s", timedelta(minutes=1))
    waiting = seen(requested, examples.called(Step.AUTHORISE), silence, examples.called(Step.AUTHORISE, 2))

    assert (Step.AUTHORISE, 2, silence.error, START + timedelta(seconds=62)) == (
        waiting.unanswered.step,
        waiting.unanswered.attempt,
        waiting.unanswered.error,
        waiting.unanswered.retry_at,
    )
    for after in (examples.authorised, examples.to_void):
        assert seen(requested, silence, after).unanswered is None


@drawn(PAYMENT_LIFE.histories())
def test_what_is_shown_of_a_payment_is_its_state(history: list[Event]) -> None:
    state: Payment = PAYMENT.fold(PAYMENT.initial, history)
    row = seen(*history)

    if state.requested:
        assert (state.refunding.amount, state.disputed.amount) == (row.refunding, row.disputed)
    assert (state.status, len(history)) == (row.status, row.version)
    assert row.captured == (state.amount.amount if state.status in TAKEN else 0)
    if row.unanswered is not None:
        assert state.due
        assert state.due.step == row.unanswered.step
    if state.status in TAKEN:
        left = row.captured - row.refunded - row.refunding - row.disputed
        assert state.refundable.amount == max(left, 0)
    refunds = given_facts(REFUNDS, *history).rows
    assert {STREAM} >= {payment_id for payment_id, _ in refunds}
    became = {refund_id: row.status for (_, refund_id), row in refunds.items()}
    assert {refund_id: each.status for refund_id, each in state.refunds.items()} == became
    assert row.refunded == sum(each.amount for each in refunds.values() if each.status is RefundStatus.MADE)
    assert row.refunding == sum(each.amount for each in refunds.values() if each.status is RefundStatus.REQUESTED)
    assert row.postponed == sum(each.amount for each in refunds.values() if each.status is RefundStatus.POSTPONED)
    disputes = given_facts(DISPUTES, *history).rows
    shown = {dispute_id: row.status for (_, dispute_id), row in disputes.items()}
    assert {dispute_id: each.status for dispute_id, each in state.disputes.items()} == shown
    assert row.disputed == sum(each.amount for each in disputes.values() if each.status is not DisputeStatus.WON)


@pytest.mark.proves("PAY-12")
def test_no_read_model_knows_a_token() -> None:
    token = CARD.token
    history = [requested, *BACK, disputed, evidence]
    for projection in (PAYMENTS, REFUNDS, DISPUTES, MONEY_MOVED, PAYMENT_STEPS):
        for row in given_facts(projection, *history).rows.values():
            assert token not in msgspec.json.encode(row).decode()
    (held,) = given_facts(WALLETS, stored, default).rows.values()
    assert b"sandbox-secret" not in msgspec.json.encode(held)


@pytest.mark.anyio
async def test_payments_are_shown_to_their_buyers_and_to_staff(pool: Pool) -> None:
    bobs = PaymentRequested(UUID(int=77), "bob", usd("5.00"), "sandbox", UUID(int=78), CARD)
    await followed(pool, *BACK, disputed, (BOBS, bobs))
    async with pool.connection() as connection:
        (mine,) = (await list_payments(connection, buyer_id=ALICE)).value
        assert (STREAM, usd("360.45"), usd("60.45"), usd("100.00"), usd("200.00")) == (
            mine.payment_id,
            mine.captured,
            mine.refunded,
            mine.disputed,
            mine.refundable,
        )
        assert {} == mine.gateway_response
        first, second = (await list_payments(connection)).value
        assert [BOBS, STREAM] == [first.payment_id, second.payment_id]
        assert {"code": "00"} == second.gateway_response
        assert [second] == (await list_payments(connection, after=(first.requested_at, first.payment_id))).value
        assert [first] == (await list_payments(connection, limit=1)).value
        assert [second] == (await list_payments(connection, order_id=ORDER)).value
        assert [second] == (await list_payments(connection, transaction_id="sb_3")).value
        assert [first] == (await list_payments(connection, statuses=[Status.REQUESTED])).value
        assert [] == (await list_payments(connection, order_id=ORDER, buyer_id="bob")).value
        assert [] == (await list_payments(connection, unanswered=True)).value

        hers = (await payment_detail(connection, STREAM, buyer_id=ALICE)).value
        staffs = (await payment_detail(connection, STREAM)).value
        assert hers
        assert staffs
        assert (await payment_detail(connection, STREAM, buyer_id="bob")).value is None
        assert [(None, None)] == [(each.reason, each.requested_by) for each in hers.refunds]
        assert ["Arrived late"] == [each.reason for each in staffs.refunds]
        assert ((), [DISPUTE]) == (hers.disputes, [each.dispute_id for each in staffs.disputes])


@pytest.mark.anyio
@pytest.mark.proves("PAY-06")
async def test_a_dispute_shows_its_evidence_and_its_outcome(pool: Pool) -> None:
    await followed(pool, *examples.TAKEN, disputed, evidence, won)
    async with pool.connection() as connection:
        (card,) = (await list_disputes(connection)).value
        assert (DisputeStatus.WON, usd("100.00"), 1, "CB-1") == (
            card.status,
            card.amount,
            card.evidence_count,
            card.reference,
        )
        whole = (await dispute(connection, STREAM, DISPUTE)).value
        assert whole
        assert [(EVIDENCE, EvidenceKind.DELIVERY, "Signed for", ALICE)] == [
            (each.evidence_id, each.kind, each.text, each.submitted_by) for each in whole.evidence
        ]
        assert (await dispute(connection, OTHER, DISPUTE)).value is None
        assert [] == (await list_disputes(connection, statuses=[DisputeStatus.OPEN])).value
        assert [card] == (await list_disputes(connection, payment_id=STREAM)).value
