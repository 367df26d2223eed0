"""Calls of the gateway have one effect each, whoever dies, waits, fails or cancels meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.gateway.book import State
from adapters.gateway.sandbox import SandboxGateway
from application import contracts
from application.deadlines import PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT
from application.payment import PaymentGateway
from application.store import StoreUnavailable
from domain.payment import PAYMENT, Answer, Due, GatewayCallFailed, Status, Step
from tests.application.breaking import Breaking, Died
from tests.application.cashier import (
    HELD,
    ORDER,
    REFUND,
    RULES,
    Cashier,
    allocated,
    cancelled,
    paid,
    refund_due,
    requested,
)

pytestmark = pytest.mark.anyio


class Elsewhere(SandboxGateway):
    name = "elsewhere"


@pytest.mark.proves("PAY-09", "P10")
@pytest.mark.parametrize("token", ["sandbox-timeout-before", "sandbox-timeout-after", "sandbox-twice"])
async def test_whatever_becomes_of_calls_and_answers_nobody_is_charged_twice(cashier: Cashier, token: str) -> None:
    await requested(cashier, token)
    await cashier.come_to_rest()
    await cashier.hear(allocated)
    await cashier.come_to_rest()
    assert (await cashier.charged(), len(await cashier.entries())) == ("360.45", 1)
    await cashier.hear(cancelled)
    await cashier.come_to_rest()

    assert await cashier.charged() == "0.00"
    silent = token != "sandbox-twice"
    assert (await cashier.happened()).count("GatewayCallFailed") == (3 if silent else 0)


async def test_no_other_gateway_is_called_than_the_one_that_a_payment_was_made_with(cashier: Cashier) -> None:
    await requested(cashier)
    made_with, cashier.gateway = cashier.gateway, Elsewhere(cashier.ledger)
    await cashier.work()
    events = [fact.event for fact in await cashier.store.history(PAYMENT, ORDER)]
    assert isinstance(events[-1], GatewayCallFailed)
    assert "made with sandbox, not with elsewhere" == events[-1].error
    assert [] == await cashier.entries()

    cashier.gateway = made_with
    await cashier.come_to_rest()
    assert (await cashier.state()).status is Status.AUTHORISED


@pytest.mark.proves("P10")
@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("save", [1, 2])
@pytest.mark.parametrize("step", [Step.AUTHORISE, Step.CAPTURE, Step.VOID, Step.REFUND])
async def test_a_process_may_die_at_any_write(cashier: Cashier, step: Step, save: int, dies: str) -> None:
    await requested(cashier)
    if step is not Step.AUTHORISE:
        await cashier.work()
        await cashier.hear(cancelled if step is Step.VOID else allocated)
    if step is Step.REFUND:
        await cashier.work()
        await cashier.hear(refund_due("60.45"))
    due = (await cashier.state()).due
    assert due == Due(step, REFUND if step is Step.REFUND else None)
    sound = cashier.store
    cashier.store = Breaking(sound, Died(), **{dies: save})
    with pytest.raises(Died):
        await cashier.work()
    cashier.store = sound
    began = save == 2 or dies == "after"
    assert await cashier.work() is None or not began, "nobody calls while somebody may be calling"
    await cashier.come_to_rest()

    assert len(await cashier.entries()) == 1
    expected = {Step.AUTHORISE: "0", Step.CAPTURE: "360.45", Step.VOID: "0", Step.REFUND: "300.00"}
    assert await cashier.charged() == expected[step]
    assert (await cashier.happened()).count("GatewayCallFailed") == 0


@pytest.mark.proves("P10")
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_of_the_store_that_is_lost_is_nothing_to_the_gateway(cashier: Cashier, when: str) -> None:
    await requested(cashier)
    sound = cashier.store
    cashier.store = Breaking(sound, StoreUnavailable("gone"), **{when: 1})
    with pytest.raises(StoreUnavailable):
        await cashier.work()
    cashier.store = sound

    assert await cashier.entries() == [], "who does not know that the call is announced does not make it"
    await cashier.come_to_rest()
    assert [State.HELD] == [entry.state for entry in await cashier.entries()]


@pytest.mark.proves("P10")
async def test_of_many_that_work_a_payment_at_once_one_calls(cashier: Cashier) -> None:
    await requested(cashier)
    outcomes = await asyncio.gather(*(cashier.work() for _ in range(10)))

    assert sum(outcome is not None for outcome in outcomes) == 1
    assert await cashier.happened() == HELD


class Asked:
    """A gateway that says who asked for what, and waits or fails where it is told to."""

    name = "sandbox"

    def __init__(self, gateway: PaymentGateway) -> None:
        self._gateway = gateway
        self.calls: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.fails: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._gateway, name)

        async def call(*args: Any) -> Answer | None:
            self.calls.append(name)
            if name in self.gates:
                await self.gates[name].wait()
            if self.fails:
                raise self.fails
            answer: Answer | None = await method(*args)
            return answer

        return call

    @asynccontextmanager
    async def during(self, call: str, work: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
        """While the work waits for this call."""
        gate = self.gates[call] = asyncio.Event()
        working = asyncio.create_task(work)
        while call not in self.calls:
            assert not working.done()
            await asyncio.sleep(0)
        yield
        gate.set()
        await working


@pytest.fixture
def asked(cashier: Cashier) -> Asked:
    """The cashier's gateway from now on."""
    cashier.gateway = asked = Asked(cashier.gateway)
    return asked


async def test_a_first_call_is_made_and_one_after_silence_is_asked_about_first(cashier: Cashier, asked: Asked) -> None:
    await requested(cashier, "sandbox-timeout-after")
    await cashier.come_to_rest()

    assert asked.calls == ["authorise", "find"], "what had its effect is not asked for again"


async def test_money_that_is_asked_for_while_the_order_is_cancelled_is_let_go(cashier: Cashier, asked: Asked) -> None:
    await requested(cashier)
    async with asked.during("authorise", cashier.work()):
        await cashier.hear(cancelled)
    await cashier.come_to_rest()

    assert (await cashier.state()).status is Status.VOIDED
    assert contracts.PaymentAuthorised not in [type(each) for each in await cashier.told()]


async def test_money_that_is_taken_while_the_order_is_cancelled_is_paid_back(cashier: Cashier, asked: Asked) -> None:
    await requested(cashier)
    await cashier.work()
    await cashier.hear(allocated)
    async with asked.during("capture", cashier.work()):
        await cashier.hear(cancelled)
    await cashier.come_to_rest()

    assert asked.calls == ["authorise", "capture", "refund", "find"]
    told = [type(each) for each in await cashier.told()]
    assert told == [contracts.PaymentAuthorised, contracts.PaymentCaptured, contracts.PaymentRefunded]


async def test_a_silent_gateway_is_left_alone_for_a_while(cashier: Cashier) -> None:
    await requested(cashier, "sandbox-timeout-before")
    before = cashier.clock.now
    await cashier.work()
    (since,) = (await cashier.waiting(PAYMENT_OUTSTANDING)).values()

    assert timedelta(seconds=1) <= since - before < timedelta(seconds=2)
    assert await cashier.work() is None


@pytest.mark.proves("PAY-09")
async def test_a_gateway_that_fails_is_left_alone_for_longer_and_longer_and_its_words_are_not_stored(
    cashier: Cashier, asked: Asked
) -> None:
    await paid(cashier)
    asked.fails = ValueError("no JSON: token=4242")
    await cashier.refund("10.00")
    pauses = []
    with capture_logs() as logged:
        for _ in range(4):
            await cashier.work()
            (since,) = (await cashier.waiting(PAYMENT_OUTSTANDING)).values()
            pauses.append(since - cashier.clock.now)
            cashier.clock.now = since
    assert pauses == sorted(set(pauses)), "each is longer than the one before"
    events = [fact.event for fact in await cashier.store.history(PAYMENT, ORDER)]
    assert ["ValueError"] * 4 == [each.error for each in events if isinstance(each, GatewayCallFailed)]
    assert [("gateway failed", "error", True, "refund", n) for n in range(1, 5)] == [
        (each["event"], each["log_level"], each["exc_info"], each["step"], each["attempt"]) for each in logged
    ]

    asked.fails = None
    await cashier.come_to_rest()
    assert await cashier.charged() == "350.45"


async def test_while_a_refund_is_not_answered_nobody_asks_whether_the_money_was_paid_out(
    cashier: Cashier, asked: Asked
) -> None:
    asked.gates["refund"] = asyncio.Event()
    await paid(cashier)
    cashier.clock.advance(timedelta(days=3))
    await cashier.refund("10.00")
    for _ in range(3):
        await cashier.work()
        assert (await cashier.waiting(PAYMENT_SETTLEMENT))[ORDER] > cashier.clock.now
        cashier.clock.now = max((await cashier.waiting(PAYMENT_OUTSTANDING)).values())


@pytest.mark.proves("F29")
@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=3653)])
@pytest.mark.parametrize("step", [Step.AUTHORISE, Step.CAPTURE, Step.REFUND])
async def test_a_process_whose_clock_was_wrong_for_a_moment_freezes_no_payment(
    cashier: Cashier, step: Step, off: timedelta
) -> None:
    await requested(cashier)
    if step is not Step.AUTHORISE:
        await cashier.work()
        await cashier.hear(allocated)
    if step is Step.REFUND:
        await cashier.work()
        await cashier.hear(refund_due("60.45"))
    sound = cashier.store
    cashier.store = Breaking(sound, Died(), before=2)
    with pytest.raises(Died):
        await cashier.work(at=cashier.clock.now + off)
    cashier.store = sound
    cashier.clock.advance(RULES.call_ends())
    assert max((await cashier.waiting(PAYMENT_OUTSTANDING)).values()) <= cashier.clock.now

    assert await cashier.work() is not None
    due = (await cashier.state()).due
    assert due is None or due.step is not step
