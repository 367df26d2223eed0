"""What the reports on money add up to."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as drawn

from adapters.followers.bookmark import Pool
from domain.kernel import Event
from domain.money import Money
from domain.payment import GatewayCallFailed, PaymentDeclined, PaymentSettled, Step
from projections.money_moved import MONEY_MOVED, Movement, refund_rate, revenue
from projections.payment_steps import payment_failures, payments_by_day
from tests.domain.payment.examples import ORDER, TOTAL, requested
from tests.given import START, given_facts
from tests.money import usd
from tests.projections.payments import BACK, BOBS, GOODWILL, OTHER, disputed, followed, seen, won
from tests.strategies.payment import PAYMENT_LIFE


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


@pytest.mark.anyio
@pytest.mark.proves("PAY-07", "PAY-09")
async def test_the_reports_say_what_came_went_and_failed(pool: Pool) -> None:
    silence = GatewayCallFailed(Step.AUTHORISE, 1, "no answer within 5 s", timedelta(seconds=1))
    euros = PaymentSettled(Money(Decimal("7.00"), "EUR"))
    await followed(
        pool,
        *BACK,
        disputed,
        won,
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
