"""What is read of payments, refunds, disputes and wallets, and what the reports on money add up to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given as drawn
from msgspec.structs import replace

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.money import Money
from domain.payment import (
    PAYMENT,
    TAKEN,
    WALLET,
    DefaultChosen,
    DisputeLost,
    DisputeOpened,
    DisputeStatus,
    DisputeWon,
    EvidenceKind,
    EvidenceSubmitted,
    GatewayCallFailed,
    MethodRemoved,
    MethodStored,
    Payment,
    PaymentDeclined,
    PaymentFailed,
    PaymentRequested,
    PaymentSettled,
    RefundCategory,
    RefundDropped,
    RefundFailed,
    RefundMade,
    RefundPostponed,
    RefundRequested,
    RefundStatus,
    Status,
    Step,
    wallet_stream,
)
from projections.disputes import DISPUTES, dispute, list_disputes
from projections.money_moved import MONEY_MOVED, Movement, refund_rate, revenue
from projections.payment_detail import payment_detail
from projections.payment_methods import WALLETS, StoredMethods, wallet
from projections.payment_steps import PAYMENT_STEPS, payment_failures, payments_by_day
from projections.payments import PAYMENTS, list_payments
from projections.refunds import REFUNDS, list_refunds
from tests.domain.payment import examples
from tests.domain.payment.examples import ALICE, CARD, DISPUTE, EVIDENCE, METHOD, ORDER, REFUND, TOTAL, requested, usd
from tests.given import START, STREAM, facts, given_facts
from tests.projections.logs import FactLog, follow
from tests.strategies.payment import PAYMENT_LIFE, WALLET_LIFE

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
    silence = GatewayCallFailed(Step.AUTHORISE, 2, "no answer within 5 s", START)
    waiting = seen(requested, examples.called(Step.AUTHORISE), silence, examples.called(Step.AUTHORISE, 2))

    assert (Step.AUTHORISE, 2, silence.error, START) == (
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


@drawn(PAYMENT_LIFE.histories())
def test_the_money_of_the_days_is_the_money_of_the_payments(history: list[Event]) -> None:
    row = seen(*history)
    moved = dict.fromkeys(Movement, Decimal(0))
    for each in given_facts(MONEY_MOVED, *history).rows.values():
        moved[each.movement] += each.amount

    assert (row.captured, row.refunded) == (moved[Movement.CAPTURED], moved[Movement.REFUNDED])
    assert row.disputed == moved[Movement.DISPUTED] - moved[Movement.WON]
    assert moved[Movement.LOST] + moved[Movement.WON] <= moved[Movement.DISPUTED]
    assert moved[Movement.SETTLED] <= moved[Movement.CAPTURED]


@drawn(WALLET_LIFE.histories())
def test_what_is_shown_of_a_wallet_is_its_state(history: list[Event]) -> None:
    state = WALLET.fold(WALLET.initial, history)
    row = given_facts(WALLETS, *history).row(STREAM)
    if row is None:
        assert [] == history
        return

    assert list(state.methods) == [each.method_id for each in row.methods]
    assert state.default == row.default_method_id


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
async def test_a_payment_shows_what_waits_to_be_paid_back_of_it(pool: Pool) -> None:
    waits = RefundPostponed(REFUND, TOTAL, RefundCategory.RETURNED)
    await shop(pool, *((STREAM, event) for event in (*examples.TAKEN, disputed, waits)))
    async with pool.connection() as connection:
        (shown,) = (await list_payments(connection, buyer_id=ALICE)).value
        assert (usd("0.00"), TOTAL, usd("260.45")) == (shown.refunding, shown.postponed, shown.refundable)
        detail = (await payment_detail(connection, STREAM)).value
        assert detail
        assert TOTAL == detail.postponed

    rest = RefundRequested(REFUND, usd("260.45"), RefundCategory.RETURNED)
    lost = DisputeLost(ORDER, DISPUTE, usd("100.00"))
    after = seen(*examples.TAKEN, disputed, waits, lost, rest)
    assert (Decimal("260.45"), Decimal(0)) == (after.refunding, after.postponed)


def test_a_refund_that_waits_shows_how_much_of_it_is_paid_back_in_the_end() -> None:
    waits = RefundPostponed(REFUND, TOTAL, RefundCategory.RETURNED)
    row = given_facts(REFUNDS, *examples.TAKEN, disputed, waits).row(STREAM, REFUND)
    assert (RefundStatus.POSTPONED, TOTAL.amount) == (row.status, row.amount)
    rest = RefundRequested(REFUND, usd("260.45"), RefundCategory.RETURNED)
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


async def shop(pool: Pool, *events: Any, start: datetime = START) -> None:
    log = FactLog(facts("payment", *events, start=start))
    for projection in (PAYMENTS, REFUNDS, DISPUTES, WALLETS, MONEY_MOVED, PAYMENT_STEPS):
        await follow(projection, log, pool)


@pytest.mark.anyio
async def test_payments_are_shown_to_their_buyers_and_to_staff(pool: Pool) -> None:
    bobs = PaymentRequested(UUID(int=77), "bob", usd("5.00"), "sandbox", CARD)
    await shop(pool, *((STREAM, event) for event in (*BACK, disputed)), (BOBS, bobs))
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
@pytest.mark.proves("PAY-05")
async def test_refunds_are_found_by_what_they_are_for(pool: Pool) -> None:
    fraud = RefundRequested(UUID(int=50), usd("1.00"), RefundCategory.FRAUD, "Stolen card")
    await shop(pool, *((STREAM, event) for event in (*BACK, fraud)))
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


@pytest.mark.anyio
@pytest.mark.proves("PAY-06")
async def test_a_dispute_shows_its_evidence_and_its_outcome(pool: Pool) -> None:
    await shop(pool, *((STREAM, event) for event in (*examples.TAKEN, disputed, evidence, won)))
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


@pytest.mark.anyio
@pytest.mark.proves("PAY-03")
async def test_a_wallet_is_its_buyers_alone(pool: Pool) -> None:
    mine, bobs = wallet_stream(ALICE), wallet_stream("bob")
    old = MethodStored(ALICE, OTHER, "sandbox-ok", "Amex", "0005", "2026-03")
    his = MethodStored("bob", BOBS, "sandbox-ok", "Visa", "1111", "2031-08")
    await shop(pool, (mine, stored), (mine, default), (mine, old), (bobs, his), (bobs, DefaultChosen("bob", BOBS)))
    async with pool.connection() as connection:
        hers = (await wallet(connection, ALICE, datetime(2026, 4, 1, tzinfo=UTC))).value
        assert (3, [(METHOD, True, True), (OTHER, False, False)]) == (
            hers.version,
            [(each.method_id, each.is_default, each.is_valid) for each in hers.methods],
        )
        nobodys = (await wallet(connection, "carol", START)).value
        assert (0, []) == (nobodys.version, nobodys.methods)

    methods = StoredMethods(pool)
    assert await methods.owns(ALICE, METHOD)
    assert await methods.owns("bob", BOBS)
    assert not await methods.owns("bob", METHOD)
    assert not await methods.owns("carol", METHOD)


@pytest.mark.anyio
@pytest.mark.proves("PAY-03")
async def test_a_method_that_was_removed_is_nobodys(pool: Pool) -> None:
    await shop(pool, *((wallet_stream(ALICE), event) for event in (stored, default, MethodRemoved(ALICE, METHOD))))

    assert not await StoredMethods(pool).owns(ALICE, METHOD)


@pytest.mark.anyio
@pytest.mark.proves("PAY-07", "PAY-09")
async def test_the_reports_say_what_came_went_and_failed(pool: Pool) -> None:
    silence = GatewayCallFailed(Step.AUTHORISE, 1, "no answer within 5 s", START)
    euros = PaymentSettled(Money(Decimal("7.00"), "EUR"))
    await shop(
        pool,
        *((STREAM, event) for event in (*BACK, disputed, won)),
        *((OTHER, event) for event in (requested, silence, PaymentDeclined(ORDER, "insufficient-funds"))),
        (BOBS, euros),
    )
    today = START.date()
    span: dict[str, Any] = {"first": today - timedelta(1), "last": today + timedelta(1)}
    never: dict[str, Any] = {"first": today - timedelta(9), "last": today - timedelta(8)}
    async with pool.connection() as connection:
        euro, dollars = (await revenue(connection, **span)).value
        assert ("EUR", Decimal("7.00"), 0) == (euro.settled.currency, euro.settled.amount, euro.payments)
        assert (1, TOTAL, 1, usd("60.45"), usd("100.00"), usd("100.00"), usd("300.00")) == (
            dollars.payments,
            dollars.captured,
            dollars.refunds,
            dollars.refunded,
            dollars.disputed,
            dollars.won,
            dollars.net,
        )
        assert [dollars] == (await revenue(connection, **span, after=(today, "EUR"))).value
        assert [] == (await revenue(connection, **never)).value

        (rate,) = (await refund_rate(connection, **span)).value
        assert (TOTAL, usd("60.45"), 0.1677) == (rate.captured, rate.refunded, rate.rate)
        assert [(GOODWILL, 1, usd("60.45"))] == [
            (each.category, each.refunds, each.refunded) for each in rate.categories
        ]
        assert [] == (await refund_rate(connection, **never)).value

        (day,) = (await payments_by_day(connection, **span)).value
        assert (2, 1, 1, 0.5, 1, 1, 1, 1) == (
            day.requested,
            day.authorised,
            day.not_authorised,
            day.authorisation_rate,
            day.captured,
            day.refunded,
            day.disputes_won,
            day.unanswered,
        )
        assert [] == (await payments_by_day(connection, **span, after=today)).value
        failures = (await payment_failures(connection, **span)).value
        assert {("authorise", "failed", "insufficient-funds", 1), ("authorise", "unanswered", silence.error, 1)} == {
            (each.step, each.outcome, each.reason, each.times) for each in failures
        }
