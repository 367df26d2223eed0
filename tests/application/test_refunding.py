"""What is paid back of payments, and the payments of changes to orders."""

import asyncio

import pytest

from application import contracts
from application.deadlines import PAYMENT_OUTSTANDING
from application.payment import RefundPayment, refund_payment
from application.wire import Price
from domain.payment import PaymentNotCaptured, PaymentNotFound, RefundCategory, RefundExceedsCaptured, Status
from tests.application.cashier import (
    AMENDMENT,
    ORDER,
    OTHER_ORDER,
    REFUND,
    RULES,
    TOTAL,
    Cashier,
    cancelled,
    more_allocated,
    more_confirmed,
    more_rejected,
    paid,
    refund_due,
    requested,
)
from tests.money import usd

pytestmark = pytest.mark.anyio


# Changes to a paid order


async def test_a_change_to_an_order_has_a_payment_of_its_own(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.hear(more_confirmed)
    await cashier.work(AMENDMENT)
    await cashier.hear(more_allocated)
    await cashier.come_to_rest()

    assert await cashier.charged() == "394.95"
    assert contracts.PaymentCaptured(AMENDMENT, ORDER, usd("34.50"), AMENDMENT) in await cashier.told()


async def test_a_change_that_is_given_up_costs_nothing(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.hear(more_confirmed)
    await cashier.work(AMENDMENT)
    await cashier.hear(more_rejected)
    await cashier.come_to_rest()

    assert await cashier.charged() == "360.45"
    assert (await cashier.state(AMENDMENT)).status is Status.VOIDED


@pytest.mark.parametrize("at_once", [False, True])
async def test_cancelling_an_order_pays_back_all_its_payments(cashier: Cashier, at_once: bool) -> None:
    await paid(cashier)
    if at_once:
        await cashier.hear(more_confirmed, cancelled)
    else:
        await cashier.hear(more_confirmed)
        await cashier.work(AMENDMENT)
        await cashier.hear(more_allocated)
        await cashier.come_to_rest()
        assert await cashier.charged() == "394.95"
        await cashier.hear(cancelled)
    await cashier.come_to_rest()

    assert await cashier.charged() == "0.00"


# Paying back


async def test_ordering_has_money_paid_back_and_hears_of_it(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.hear(refund_due("60.45"))
    await cashier.come_to_rest()

    assert await cashier.charged() == "300.00"
    refunded = contracts.PaymentRefunded(ORDER, ORDER, REFUND, usd("60.45"), "returned")
    assert await cashier.told() == [
        contracts.PaymentAuthorised(ORDER, ORDER, TOTAL),
        contracts.PaymentCaptured(ORDER, ORDER, TOTAL),
        refunded,
    ]


async def test_a_second_refund_is_due_as_soon_as_the_first_is_made(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.hear(refund_due("10.00"), refund_due("20.00", OTHER_ORDER))
    for left in ("350.45", "330.45"):
        assert (await cashier.waiting(PAYMENT_OUTSTANDING))[ORDER] <= cashier.clock.now
        await cashier.work()
        assert await cashier.charged() == left

    assert await cashier.waiting(PAYMENT_OUTSTANDING) == {}


async def test_more_than_was_taken_is_never_paid_back(cashier: Cashier) -> None:
    await paid(cashier)
    await cashier.hear(refund_due("300.45"), refund_due("60.01", OTHER_ORDER))
    await cashier.come_to_rest()

    assert await cashier.charged() == "0.00"
    (*_, first, rest) = await cashier.told()
    assert contracts.PaymentRefunded(ORDER, ORDER, REFUND, usd("300.45"), "returned") == first
    assert contracts.PaymentRefunded(ORDER, ORDER, OTHER_ORDER, usd("60.00"), "returned") == rest


@pytest.mark.proves("PAY-05")
async def test_staff_pay_back_a_part_and_then_all_that_is_left(cashier: Cashier) -> None:
    await paid(cashier)
    first = await cashier.refund("60.45", key="one")
    again = await cashier.refund("60.45", key="one")
    assert first.result == again.result
    assert first.result.refundable == usd("300.00")
    rest = await cashier.refund()
    assert (rest.result.refundable, rest.result.status) == (usd("0.00"), Status.CAPTURED)
    with pytest.raises(RefundExceedsCaptured):
        await cashier.refund("0.01")
    await cashier.come_to_rest()

    assert await cashier.charged() == "0.00"


async def test_two_refunds_at_once_do_not_come_to_more_than_was_taken(cashier: Cashier) -> None:
    await paid(cashier)
    outcomes = await asyncio.gather(*(cashier.refund("200.00") for _ in range(5)), return_exceptions=True)

    assert [RefundExceedsCaptured] * 4 == [type(each) for each in outcomes if isinstance(each, Exception)]
    await cashier.come_to_rest()
    assert await cashier.charged() == "160.45"


async def test_a_refund_that_the_gateway_refuses_has_failed_and_is_not_tried_for_ever(cashier: Cashier) -> None:
    await paid(cashier, "sandbox-refund-refused")
    await cashier.refund()
    await cashier.come_to_rest()

    assert (await cashier.happened())[6:9] == ["RefundRequested", "GatewayCalled", "RefundFailed"]
    assert (await cashier.state()).refundable == TOTAL


async def test_ordering_hears_of_a_refund_that_will_not_be_made(cashier: Cashier) -> None:
    await paid(cashier, "sandbox-refund-refused")
    await cashier.hear(refund_due("60.45"))
    await cashier.come_to_rest()

    failed = contracts.RefundFailed(ORDER, ORDER, REFUND, usd("60.45"), "declined")
    assert failed == (await cashier.told())[-1], "the gateway's own word stays in payment"


async def test_no_other_context_hears_of_fraud(cashier: Cashier) -> None:
    await paid(cashier)
    cmd = RefundPayment(Price("1.00", "USD"), RefundCategory.FRAUD)
    call = cashier.call("sam")
    await refund_payment(cmd, call, ORDER, store=cashier.store, rules=RULES, currency="USD", new_id=cashier.new_id)
    await cashier.come_to_rest()

    (refunded,) = [each for each in await cashier.told() if isinstance(each, contracts.PaymentRefunded)]
    assert "other" == refunded.category


async def test_without_money_there_is_no_refund(cashier: Cashier) -> None:
    with pytest.raises(PaymentNotFound):
        await cashier.refund()
    await requested(cashier)
    with pytest.raises(PaymentNotCaptured):
        await cashier.refund()
