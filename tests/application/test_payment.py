"""Taking money for orders: what ordering tells becomes payments, and what becomes of them is told."""

from datetime import timedelta

import pytest

from adapters.gateway.book import State
from application import contracts
from application.deadlines import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT
from domain.kernel import StaleVersion
from domain.money import Money
from domain.payment import Due, Status, Step
from tests.application.cashier import (
    HELD,
    ORDER,
    OTHER_ORDER,
    RULES,
    TAKEN,
    TOTAL,
    Cashier,
    allocated,
    cancelled,
    confirmed,
    more_confirmed,
    more_rejected,
    paid,
    refund_due,
    requested,
)

pytestmark = pytest.mark.anyio


@pytest.mark.proves("PAY-08", "PAY-10")
async def test_an_order_is_paid_for_step_by_step(cashier: Cashier) -> None:
    await requested(cashier)
    await cashier.come_to_rest()
    assert await cashier.charged() == "0"
    await cashier.hear(allocated)
    await cashier.come_to_rest()

    assert await cashier.happened() == [*TAKEN, "GatewayCalled", "PaymentSettled"]
    assert await cashier.charged() == "360.45"
    assert await cashier.told() == [
        contracts.PaymentAuthorised(ORDER, ORDER, TOTAL),
        contracts.PaymentCaptured(ORDER, ORDER, TOTAL),
    ]


async def test_news_that_come_again_in_full_pages_change_nothing(cashier: Cashier) -> None:
    await cashier.card()
    page = (confirmed, allocated, more_confirmed, more_rejected, refund_due("1.00"), cancelled)
    await cashier.hear(*page)
    assert await cashier.hear(*page) == []
    await cashier.come_to_rest()

    assert await cashier.hear(*page) == []
    assert await cashier.charged() == "0"


async def test_a_page_is_decided_in_order(cashier: Cashier) -> None:
    await cashier.card()
    decided = await cashier.hear(confirmed, cancelled)

    assert ["PaymentRequested", "VoidRequested"] == [type(event).__name__ for event in decided]
    await cashier.come_to_rest()
    assert [State.CLOSED] == [entry.state for entry in await cashier.entries()]
    assert await cashier.told() == [contracts.PaymentVoided(ORDER, ORDER)]


async def test_a_buyer_pays_with_the_method_that_the_order_names_or_with_their_default(cashier: Cashier) -> None:
    first = (await cashier.card("sandbox-ok")).result
    second = (await cashier.card("sandbox-slow")).result
    named = contracts.OrderStockConfirmed(OTHER_ORDER, "alice", TOTAL, second.method_id)
    await cashier.hear(confirmed, named)

    states = [await cashier.state(id) for id in (ORDER, OTHER_ORDER)]
    chosen = [state.requested.instrument for state in states if state.requested]
    assert [first.method_id, second.method_id] == [each.method_id for each in chosen if each]


async def test_who_has_nothing_to_pay_with_is_told_so(cashier: Cashier) -> None:
    await cashier.card(buyer="bob")
    await cashier.hear(confirmed)

    assert await cashier.told() == [contracts.PaymentFailed(ORDER, ORDER, "no-payment-method")]
    assert await cashier.waiting(PAYMENT_OUTSTANDING) == {}
    assert await cashier.entries() == []


async def test_what_costs_nothing_is_paid_without_the_gateway(cashier: Cashier) -> None:
    nothing = contracts.OrderStockConfirmed(ORDER, "alice", Money.zero("USD"))
    await cashier.hear(nothing, allocated)

    assert (await cashier.state()).status is Status.SETTLED
    assert [contracts.PaymentAuthorised, contracts.PaymentCaptured] == [type(each) for each in await cashier.told()]
    assert await cashier.entries() == []


@pytest.mark.parametrize("token", ["sandbox-declined", "sandbox-expired-card", "unheard-of"])
async def test_a_declined_payment_is_told_to_ordering(cashier: Cashier, token: str) -> None:
    await requested(cashier, token)
    await cashier.come_to_rest()

    assert await cashier.told() == [contracts.PaymentFailed(ORDER, ORDER, "declined")]
    await cashier.hear(allocated, cancelled)
    assert await cashier.happened() == ["PaymentRequested", "GatewayCalled", "PaymentDeclined"]


async def test_what_cannot_be_taken_has_failed_and_nothing_stays_held(cashier: Cashier) -> None:
    await paid(cashier, "sandbox-capture-refused")
    await cashier.come_to_rest()

    assert await cashier.told() == [
        contracts.PaymentAuthorised(ORDER, ORDER, TOTAL),
        contracts.PaymentFailed(ORDER, ORDER, "failed"),
        contracts.PaymentVoided(ORDER, ORDER),
    ]
    assert [State.CLOSED] == [entry.state for entry in await cashier.entries()]


@pytest.mark.proves("PAY-11")
async def test_a_payment_whose_order_is_forgotten_expires_and_is_let_go(cashier: Cashier) -> None:
    await requested(cashier)
    await cashier.work()
    assert ORDER in await cashier.waiting(PAYMENT_EXPIRY)
    cashier.clock.advance(RULES.timeout - timedelta(seconds=1))
    await cashier.expire()
    assert await cashier.happened() == HELD
    cashier.clock.advance(timedelta(seconds=1))
    await cashier.expire()
    await cashier.expire()
    await cashier.come_to_rest()

    assert await cashier.told() == [
        contracts.PaymentAuthorised(ORDER, ORDER, TOTAL),
        contracts.PaymentFailed(ORDER, ORDER, "expired"),
        contracts.PaymentVoided(ORDER, ORDER),
    ]
    assert [State.CLOSED] == [entry.state for entry in await cashier.entries()]
    assert await cashier.waiting(PAYMENT_EXPIRY) == {}
    await cashier.hear(allocated)
    assert (await cashier.state()).due is None


async def test_whether_money_was_paid_out_is_asked_when_it_should_have_been(cashier: Cashier) -> None:
    await paid(cashier)
    (since,) = (await cashier.waiting(PAYMENT_SETTLEMENT)).values()
    assert since == cashier.clock.now + timedelta(days=2)
    assert await cashier.work() is None
    assert (await cashier.state()).due == Due(Step.SETTLE)
    cashier.clock.advance(timedelta(days=2))
    await cashier.tick()

    assert (await cashier.state()).status is Status.SETTLED
    assert await cashier.waiting(PAYMENT_SETTLEMENT) == {}


async def test_an_expected_version_is_checked(cashier: Cashier) -> None:
    await paid(cashier)
    with pytest.raises(StaleVersion):
        await cashier.refund(expected=1)
