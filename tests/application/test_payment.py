"""Taking money for orders: what ordering tells becomes calls of the gateway, each with one effect."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.gateway.book import State
from application import contracts
from application.deadlines import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT
from application.payment import PaymentGateway
from application.store import EventStore, StoreUnavailable
from domain.kernel import StaleVersion
from domain.money import Money
from domain.payment import (
    PAYMENT,
    Answer,
    Due,
    GatewayCallFailed,
    Status,
    Step,
)
from tests.application.cashier import (
    ORDER,
    OTHER_ORDER,
    REFUND,
    RULES,
    TOTAL,
    Cashier,
    allocated,
    cancelled,
    confirmed,
    more_confirmed,
    more_rejected,
    paid,
    refund_due,
)

pytestmark = pytest.mark.anyio

HELD = ["PaymentRequested", "GatewayCalled", "PaymentAuthorised"]
TAKEN = [*HELD, "CaptureRequested", "GatewayCalled", "PaymentCaptured"]


@pytest.fixture
def cashier() -> Cashier:
    return Cashier()


class Dies(BaseException):
    """The process is killed."""


class Breaking:
    """An event store that fails the saves of these numbers, before or after they took effect."""

    def __init__(self, store: EventStore, error: BaseException, *, before: int = 0, after: int = 0) -> None:
        self._store = store
        self._error = error
        self._before, self._after = before, after
        self._saves = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, *streams: Any, **more: Any) -> Any:
        self._saves += 1
        if self._saves == self._before:
            raise self._error
        saved = await self._store.save(*streams, **more)
        if self._saves == self._after:
            raise self._error
        return saved


@pytest.mark.proves("PAY-08", "PAY-10")
async def test_an_order_is_paid_for_step_by_step(cashier: Cashier) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    await cashier.settle_down()
    assert await cashier.charged() == "0"
    await cashier.hear(allocated)
    await cashier.settle_down()

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
    await cashier.settle_down()

    assert await cashier.hear(*page) == []
    assert await cashier.charged() == "0"


async def test_a_page_is_decided_in_order(cashier: Cashier) -> None:
    await cashier.card()
    decided = await cashier.hear(confirmed, cancelled)

    assert ["PaymentRequested", "VoidRequested"] == [type(event).__name__ for event in decided]
    await cashier.settle_down()
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
    await cashier.card(token)
    await cashier.hear(confirmed)
    await cashier.settle_down()

    assert await cashier.told() == [contracts.PaymentFailed(ORDER, ORDER, "declined")]
    await cashier.hear(allocated, cancelled)
    assert await cashier.happened() == ["PaymentRequested", "GatewayCalled", "PaymentDeclined"]


async def test_what_cannot_be_taken_has_failed_and_nothing_stays_held(cashier: Cashier) -> None:
    await paid(cashier, "sandbox-capture-refused")
    await cashier.settle_down()

    assert await cashier.told() == [
        contracts.PaymentAuthorised(ORDER, ORDER, TOTAL),
        contracts.PaymentFailed(ORDER, ORDER, "failed"),
        contracts.PaymentVoided(ORDER, ORDER),
    ]
    assert [State.CLOSED] == [entry.state for entry in await cashier.entries()]


@pytest.mark.proves("PAY-09", "P10")
@pytest.mark.parametrize("token", ["sandbox-timeout-before", "sandbox-timeout-after", "sandbox-twice"])
async def test_whatever_becomes_of_calls_and_answers_nobody_is_charged_twice(cashier: Cashier, token: str) -> None:
    await cashier.card(token)
    await cashier.hear(confirmed)
    await cashier.settle_down()
    await cashier.hear(allocated)
    await cashier.settle_down()
    assert (await cashier.charged(), len(await cashier.entries())) == ("360.45", 1)
    await cashier.hear(cancelled)
    await cashier.settle_down()

    assert await cashier.charged() == "0.00"
    silent = token != "sandbox-twice"
    assert (await cashier.happened()).count("GatewayCallFailed") == (3 if silent else 0)


@pytest.mark.proves("P10")
@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("save", [1, 2])
@pytest.mark.parametrize("step", [Step.AUTHORISE, Step.CAPTURE, Step.VOID, Step.REFUND])
async def test_a_process_may_die_at_any_write(cashier: Cashier, step: Step, save: int, dies: str) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    if step is not Step.AUTHORISE:
        await cashier.work()
        await cashier.hear(cancelled if step is Step.VOID else allocated)
    if step is Step.REFUND:
        await cashier.work()
        await cashier.hear(refund_due("60.45"))
    due = (await cashier.state()).due
    assert due == Due(step, REFUND if step is Step.REFUND else None)
    sound = cashier.store
    cashier.store = Breaking(sound, Dies(), **{dies: save})
    with pytest.raises(Dies):
        await cashier.work()
    cashier.store = sound
    began = save == 2 or dies == "after"
    assert await cashier.work() is None or not began, "nobody calls while somebody may be calling"
    await cashier.settle_down()

    assert len(await cashier.entries()) == 1
    expected = {Step.AUTHORISE: "0", Step.CAPTURE: "360.45", Step.VOID: "0", Step.REFUND: "300.00"}
    assert await cashier.charged() == expected[step]
    assert (await cashier.happened()).count("GatewayCallFailed") == 0


@pytest.mark.proves("P10")
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_of_the_store_that_is_lost_is_nothing_to_the_gateway(cashier: Cashier, when: str) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    sound = cashier.store
    cashier.store = Breaking(sound, StoreUnavailable("gone"), **{when: 1})
    with pytest.raises(StoreUnavailable):
        await cashier.work()
    cashier.store = sound

    assert await cashier.entries() == [], "who does not know that the call is announced does not make it"
    await cashier.settle_down()
    assert [State.HELD] == [entry.state for entry in await cashier.entries()]


@pytest.mark.proves("P10")
async def test_of_many_that_work_a_payment_at_once_one_calls(cashier: Cashier) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
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


@pytest.fixture
def asked(cashier: Cashier) -> Asked:
    """The cashier's gateway from now on."""
    cashier.gateway = asked = Asked(cashier.gateway)
    return asked


async def test_a_first_call_is_made_and_one_after_silence_is_asked_about_first(cashier: Cashier, asked: Asked) -> None:
    await cashier.card("sandbox-timeout-after")
    await cashier.hear(confirmed)
    await cashier.settle_down()

    assert asked.calls == ["authorise", "find"], "what had its effect is not asked for again"


async def test_money_that_is_asked_for_while_the_order_is_cancelled_is_let_go(cashier: Cashier, asked: Asked) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    gate = asked.gates["authorise"] = asyncio.Event()
    working = asyncio.create_task(cashier.work())
    await asyncio.sleep(0.005)
    await cashier.hear(cancelled)
    gate.set()
    await working
    await cashier.settle_down()

    assert (await cashier.state()).status is Status.VOIDED
    assert contracts.PaymentAuthorised not in [type(each) for each in await cashier.told()]


async def test_money_that_is_taken_while_the_order_is_cancelled_is_paid_back(cashier: Cashier, asked: Asked) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    await cashier.work()
    await cashier.hear(allocated)
    gate = asked.gates["capture"] = asyncio.Event()
    working = asyncio.create_task(cashier.work())
    await asyncio.sleep(0.005)
    await cashier.hear(cancelled)
    gate.set()
    await working
    await cashier.settle_down()

    assert asked.calls == ["authorise", "capture", "refund", "find"]
    told = [type(each) for each in await cashier.told()]
    assert told == [contracts.PaymentAuthorised, contracts.PaymentCaptured, contracts.PaymentRefunded]


async def test_a_silent_gateway_is_left_alone_for_longer_and_longer(cashier: Cashier) -> None:
    await cashier.card("sandbox-timeout-before")
    await cashier.hear(confirmed)
    before = cashier.clock.now
    await cashier.work()
    (since,) = (await cashier.waiting(PAYMENT_OUTSTANDING)).values()

    assert timedelta(seconds=1) <= since - before < timedelta(seconds=2)
    assert await cashier.work() is None


@pytest.mark.proves("PAY-09")
async def test_a_gateway_that_fails_is_left_alone_as_a_silent_one_is_and_its_words_are_not_stored(
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
    await cashier.settle_down()
    assert await cashier.charged() == "350.45"


# Time


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


@pytest.mark.proves("PAY-11")
async def test_a_payment_whose_order_is_forgotten_expires_and_is_let_go(cashier: Cashier) -> None:
    await cashier.card()
    await cashier.hear(confirmed)
    await cashier.work()
    assert ORDER in await cashier.waiting(PAYMENT_EXPIRY)
    cashier.clock.advance(RULES.timeout - timedelta(seconds=1))
    await cashier.expire()
    assert await cashier.happened() == HELD
    cashier.clock.advance(timedelta(seconds=1))
    await cashier.expire()
    await cashier.expire()
    await cashier.settle_down()

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
