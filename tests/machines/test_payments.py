"""Payments alone: whatever ordering, staff, time and a gateway with moods do, the shop and the gateway's books agree.

Ordering is a mischief here: it allocates what was never confirmed, cancels at any moment, and says everything again.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adapters.gateway.book import Entry, State
from adapters.gateway.ledger import MemoryLedger
from application.contracts import AmendmentRejected, OrderAllocated, OrderCancelled, OrderStockConfirmed, RefundDue
from application.deadlines import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT
from application.payment import (
    CloseDispute,
    OpenDispute,
    Outcome,
    RefundPayment,
    close_dispute,
    open_dispute,
    refund_payment,
)
from application.payment.reacting import MoneyNews
from application.store import VersionConflict
from application.wire import Price
from domain.kernel import Refusal
from domain.money import Money
from domain.payment import (
    PAYMENT,
    TAKEN,
    Answer,
    DisputeStatus,
    Payment,
    PaymentCaptured,
    RefundCategory,
    RefundFailed,
    RefundMade,
    RefundStatus,
    Rejected,
    Status,
    Step,
)
from tests.application.cashier import RULES, Cashier, usd
from tests.application.market import Clock
from tests.laws import restored
from tests.machines.fulfilment import MoodyGateway

T = TypeVar("T")

ORDERS = [UUID(int=number) for number in (1, 2)]
BUYERS = {ORDERS[0]: "alice", ORDERS[1]: "bob"}
AMENDMENTS = {UUID(int=10 * order.int): order for order in ORDERS}
PAYMENTS = [*ORDERS, *AMENDMENTS]
IDS = [UUID(int=number) for number in range(100, 103)]
FUSSY = "try-later"
MOODS = ["well", "lost", "deaf", "late", "twice", "killed before", "killed after"]

orders = st.sampled_from(ORDERS)
payments = st.sampled_from(PAYMENTS)
amendments = st.sampled_from(list(AMENDMENTS))
moody = st.lists(st.sampled_from(MOODS), max_size=3)
amounts = st.sampled_from(["0.01", "10.00", "60.45", "100.00"])


class FussyGateway(MoodyGateway):
    """Refuses so many refunds, for ever under their keys."""

    fussy = 0

    def __init__(self, ledger: MemoryLedger, clock: Clock) -> None:
        super().__init__(ledger, clock)
        self.refused: set[str] = set()

    async def refund(self, key: str, transaction_id: str, amount: Money) -> Answer:
        first = await super().find(key) is None
        if first and self.fussy and key not in self.refused:
            self.fussy -= 1
            self.refused.add(key)
        return Rejected(FUSSY) if key in self.refused else await super().refund(key, transaction_id, amount)

    async def find(self, key: str) -> Answer | None:
        return Rejected(FUSSY) if key in self.refused else await super().find(key)


class Payments(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.cashier = Cashier()
        self.gateway = self.cashier.gateway = FussyGateway(self.cashier.ledger, self.cashier.clock)
        self.heard: list[MoneyNews] = []
        self.over: set[UUID] = set()
        """Orders that were cancelled, and changes that were given up, after the shop had heard of them."""

    def teardown(self) -> None:
        try:
            self.run(self.calm_down())
            self.in_the_end_all_is_settled()
        finally:
            self.gateway.close()
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def at_once(self, *work: Coroutine[Any, Any, Any]) -> None:
        """Refusals are answers, and whoever is killed is dead."""

        async def gather() -> list[Any]:
            return await asyncio.gather(*work, return_exceptions=True)

        for outcome in self.run(gather()):
            if isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
                raise outcome

    async def calm_down(self) -> None:
        await self.gateway.let_late_calls_arrive()
        self.gateway.moods.clear()
        self.gateway.fussy = 0
        for _ in range(2):
            self.cashier.clock.advance(timedelta(days=3))
            await self.cashier.settle_down()
            for payment in PAYMENTS:
                await self.decide(payment, Outcome.WON)

    async def decide(self, payment: UUID, outcome: Outcome) -> None:
        """All disputes of the payment that are open."""
        for id, dispute in (await self.cashier.state(payment)).disputes.items():
            if dispute.is_open:
                call = self.cashier.call("sam")
                await close_dispute(CloseDispute(outcome), call, payment, id, store=self.cashier.store)

    # What ordering tells

    @initialize()
    def everybody_has_a_card(self) -> None:
        for buyer in BUYERS.values():
            self.run(self.cashier.card(buyer=buyer))

    @rule(buyer=st.sampled_from(list(BUYERS.values())), token=st.sampled_from(["sandbox-declined", "sandbox-ok"]))
    def another_card_is_stored(self, buyer: str, token: str) -> None:
        self.at_once(self.cashier.card(token, buyer))

    def tell(self, *news: MoneyNews) -> None:
        self.heard += news
        self.run(self.cashier.hear(*news))

    @rule(order=orders, amount=amounts)
    def an_order_is_confirmed(self, order: UUID, amount: str) -> None:
        self.tell(OrderStockConfirmed(order, BUYERS[order], usd(amount)))

    @rule(amendment=amendments, amount=amounts | st.just("0.00"))
    def a_change_is_confirmed(self, amendment: UUID, amount: str) -> None:
        order = AMENDMENTS[amendment]
        if order not in self.over:
            self.tell(OrderStockConfirmed(order, BUYERS[order], usd(amount), amendment_id=amendment))

    @rule(payment=payments)
    def stock_is_allocated(self, payment: UUID) -> None:
        self.tell(self.allocated(payment))

    @rule(payment=payments, amount=amounts, rounds=st.integers(1, 4), moods=moody)
    def a_payment_goes_its_way(self, payment: UUID, amount: str, rounds: int, moods: list[str]) -> None:
        self.gateway.moods.extend(moods)
        self.go(payment, amount, rounds)

    def go(self, payment: UUID, amount: str, rounds: int) -> None:
        """As far as it comes in so many rounds."""
        order = AMENDMENTS.get(payment, payment)
        if order in self.over:
            return
        self.tell(OrderStockConfirmed(order, BUYERS[order], usd(amount), None, None if order == payment else payment))
        for _ in range(rounds):
            self.cashier.clock.advance(timedelta(seconds=16))
            self.at_once(self.cashier.work(payment))
            if self.run(self.cashier.state(payment)).status is Status.AUTHORISED:
                self.tell(self.allocated(payment))

    @rule(
        order=orders,
        amendment=st.booleans(),
        moods=moody,
        things=st.permutations(["work", "work", "late", "call off"]),
        at_once=st.booleans(),
    )
    def it_is_called_off_while_it_is_worked(
        self, order: UUID, amendment: bool, moods: list[str], things: list[str], at_once: bool
    ) -> None:
        payment = UUID(int=10 * order.int) if amendment else order
        if not self.run(self.cashier.state(payment)).requested:
            return
        self.gateway.moods.extend(moods)
        buyer = BUYERS[order]
        news: MoneyNews = OrderCancelled(order, buyer, "buyer", ())
        if amendment:
            news = AmendmentRejected(order, buyer, payment)
        self.heard.append(news)
        after = [self.cashier.clock.now + timedelta(seconds=seconds) for seconds in (16, 32)]
        works = [self.cashier.work(payment, at=moment) for moment in after]
        does: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "work": works.pop,
            "late": self.gateway.let_late_calls_arrive,
            "call off": lambda: self.hears(news),
        }
        doing = [does[thing]() for thing in things]
        for each in [doing] if at_once else [[one] for one in doing]:
            self.at_once(*each)
        self.over |= {payment, *self.run(self.cashier.state(payment)).amendments}

    async def hears(self, news: MoneyNews) -> None:
        """As its follower does: a page that lost a race is decided anew."""
        while True:
            try:
                await self.cashier.hear(news)
            except VersionConflict:
                continue
            return

    def allocated(self, payment: UUID) -> OrderAllocated:
        order = AMENDMENTS.get(payment, payment)
        return OrderAllocated(order, BUYERS[order], None if order == payment else payment)

    @rule(
        payment=payments,
        part=amounts | st.none(),
        by_the_bank=st.booleans(),
        called_off=st.booleans(),
        refund=st.sampled_from(IDS),
        amount=amounts,
    )
    def it_is_to_be_paid_back_while_a_part_is_claimed(
        self, payment: UUID, part: str | None, by_the_bank: bool, called_off: bool, refund: UUID, amount: str
    ) -> None:
        """What is claimed will be the shop's again, unless another rule or a mood is in the way."""
        self.go(payment, "100.00", 4)
        if by_the_bank:
            self.the_bank_disputes(payment, part)
        else:
            self.staff_pay_back(payment, part, 1)
            self.gateway.fussy = 1
        if not called_off:
            self.a_refund_is_due(payment, refund, amount)
        elif payment in AMENDMENTS:
            self.a_change_is_given_up(payment)
        else:
            self.an_order_is_cancelled(payment, False)

    @rule(order=orders, before=st.booleans())
    def an_order_is_cancelled(self, order: UUID, before: bool) -> None:
        news = OrderCancelled(order, BUYERS[order], "buyer", ())
        if before:  # in the same page
            self.tell(OrderStockConfirmed(order, BUYERS[order], usd("10.00")), self.allocated(order), news)
        else:
            self.tell(news)
        if self.run(self.cashier.state(order)).requested:
            self.over |= {order, *self.run(self.cashier.state(order)).amendments}

    @rule(amendment=amendments)
    def a_change_is_given_up(self, amendment: UUID) -> None:
        order = AMENDMENTS[amendment]
        self.tell(AmendmentRejected(order, BUYERS[order], amendment))
        if self.run(self.cashier.state(amendment)).requested:
            self.over.add(amendment)

    @rule(payment=payments, refund=st.sampled_from(IDS), amount=amounts)
    def a_refund_is_due(self, payment: UUID, refund: UUID, amount: str) -> None:
        order = AMENDMENTS.get(payment, payment)
        self.tell(RefundDue(order, BUYERS[order], payment, refund, usd(amount), "returned"))

    @rule(first=st.integers(0, 40), most=st.integers(1, 40))
    def it_is_all_told_again(self, first: int, most: int) -> None:
        """What was told before, in its order, once more: it changes nothing but what time has changed."""
        again = [
            each
            for each in self.heard[first : first + most]
            if not isinstance(each, OrderStockConfirmed) or self.known(each)
        ]
        if again:
            self.run(self.cashier.hear(*again))

    def known(self, news: OrderStockConfirmed) -> bool:
        return bool(self.run(self.cashier.state(news.amendment_id or news.order_id)).requested)

    # What staff do

    @rule(payment=payments, amount=amounts | st.none(), times=st.integers(1, 3))
    def staff_pay_back(self, payment: UUID, amount: str | None, times: int) -> None:
        cmd = RefundPayment(Price(amount, "USD") if amount else None)
        call, cashier = self.cashier.call("sam"), self.cashier
        self.at_once(
            *(
                refund_payment(
                    cmd, call, payment, store=cashier.store, rules=RULES, currency="USD", new_id=cashier.new_id
                )
                for _ in range(times)
            )
        )

    @rule(payment=payments, amount=amounts | st.none())
    def the_bank_disputes(self, payment: UUID, amount: str | None) -> None:
        cmd = OpenDispute("Not received", Price(amount, "USD") if amount else None)
        call, cashier = self.cashier.call("sam"), self.cashier
        self.at_once(
            open_dispute(cmd, call, payment, store=cashier.store, currency="USD", new_id=cashier.new_id),
        )

    @rule(payment=payments, outcome=st.sampled_from(Outcome))
    def the_bank_decides(self, payment: UUID, outcome: Outcome) -> None:
        self.at_once(self.decide(payment, outcome))

    # What time, crashes and the gateway do

    @rule(moods=st.lists(st.sampled_from(MOODS), min_size=1, max_size=6))
    def the_gateway_gets_moods(self, moods: list[str]) -> None:
        self.gateway.moods.extend(moods)

    @rule(refunds=st.integers(1, 3))
    def the_gateway_refuses_refunds(self, refunds: int) -> None:
        self.gateway.fussy = refunds

    @rule()
    def late_calls_arrive(self) -> None:
        self.run(self.gateway.let_late_calls_arrive())

    @rule(seconds=st.sampled_from([1, 2, 15, 600, 1800, 200_000]))
    def time_goes_by(self, seconds: int) -> None:
        self.cashier.clock.advance(timedelta(seconds=seconds))

    @rule(seconds=st.integers(1, 100))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.cashier.clock.advance(timedelta(seconds=-seconds))

    @rule(times=st.integers(1, 3))
    def the_tickers_come_round(self, times: int) -> None:
        """In several processes at once."""
        due = [
            id
            for deadline in (PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT)
            for id, since in self.run(self.cashier.waiting(deadline)).items()
            if since <= self.cashier.clock.now
        ]
        self.at_once(*(self.cashier.work(id) for id in due * times))
        unpaid = self.run(self.cashier.waiting(PAYMENT_EXPIRY))
        self.at_once(*(self.cashier.expire(id) for id in list(unpaid) * times))

    @rule(payment=payments, times=st.integers(1, 3), skew=st.integers(-30, 30))
    def somebody_looks_whether_a_call_is_due(self, payment: UUID, times: int, skew: int) -> None:
        """With a clock of their own."""
        if self.run(self.cashier.state(payment)).requested:
            now = self.cashier.clock.now + timedelta(seconds=skew)
            self.at_once(*(self.cashier.work(payment, at=now) for _ in range(times)))

    # What holds at any moment

    def known_payments(self) -> dict[UUID, Payment]:
        states = {id: self.run(self.cashier.state(id)) for id in PAYMENTS}
        return {id: state for id, state in states.items() if state.requested}

    def entry_of(self, payment: UUID) -> Entry | None:
        return self.run(self.cashier.ledger.entry(self.gateway.transaction_of(f"{payment}:{Step.AUTHORISE}")))

    @invariant()
    def the_shop_believes_nothing_that_the_books_do_not_say(self) -> None:
        for id, state in self.known_payments().items():
            if not state.amount.amount:
                continue
            entry = self.entry_of(id)
            if state.status in TAKEN:
                assert entry is not None
                assert entry.state is State.TAKEN
                refunded = [each for each in state.refunds.values() if each.is_gone]
                asked = [each for each in state.refunds.values() if each.is_open]
                assert total(refunded) <= entry.refunded <= total(refunded + asked)
            elif state.status is Status.AUTHORISED and not state.voids and not state.captures:
                assert entry is not None
                assert entry.state is State.HELD
            elif state.due is None:
                assert entry is None or entry.state is State.CLOSED

    @invariant()
    def nobody_is_charged_twice_or_for_more_than_was_asked(self) -> None:
        known = self.known_payments()
        books = self.run(self.cashier.ledger.entries())
        assert len(books) <= sum(bool(state.amount.amount) for state in known.values())
        for id, state in known.items():
            if entry := self.entry_of(id):
                assert 0 <= entry.charged <= state.amount.amount

    @invariant()
    def each_fact_of_money_is_told_once(self) -> None:
        for id in self.known_payments():
            facts = self.run(self.cashier.store.history(PAYMENT, id, limit=10_000))
            assert sum(isinstance(fact.event, PaymentCaptured) for fact in facts) <= 1
            refunds = [fact.event.refund_id for fact in facts if isinstance(fact.event, RefundMade)]
            assert len(refunds) == len(set(refunds))
            assert PAYMENT.fold(Payment(), restored(PAYMENT, [fact.event for fact in facts])) == self.run(
                self.cashier.state(id)
            )

    # What holds when all have had the time that they need

    def in_the_end_all_is_settled(self) -> None:
        for id, state in self.known_payments().items():
            assert state.due is None, f"payment {id} waits for ever"
            waiting = {RefundStatus.POSTPONED, RefundStatus.REQUESTED, DisputeStatus.OPEN}
            assert waiting.isdisjoint(each.status for _, each in state.claims), f"a refund of {id} waits for ever"
            if not state.amount.amount:
                continue
            entry = self.entry_of(id)
            believed = state.amount.amount - total([each for each in state.refunds.values() if each.is_gone])
            assert (believed if state.status in TAKEN else 0) == (entry.charged if entry else 0)
            assert entry is None or entry.state is not State.HELD, "nothing is held for ever"
            if id in self.over and state.status in TAKEN:
                kept = total(self.refused(id))
                assert state.refundable.amount <= kept, (
                    "all but what the bank has, or the gateway refuses, is paid back"
                )

    def refused(self, payment: UUID) -> list[RefundFailed]:
        """Refunds of what was called off that the gateway refused: they are not asked for again by themselves."""
        facts = self.run(self.cashier.store.history(PAYMENT, payment, limit=10_000))
        failed = [fact.event for fact in facts if isinstance(fact.event, RefundFailed)]
        return [each for each in failed if each.error == FUSSY and each.category is RefundCategory.CANCELLED]


def total(claims: list[Any]) -> Decimal:
    return sum((claim.amount.amount for claim in claims), Decimal(0))


TestPayments = pytest.mark.proves("P10", "PAY-09")(pytest.mark.timeout(1800)(Payments.TestCase))
TestPayments.settings = settings(
    max_examples=5_000 if os.environ.get("STORELINE_SOAK") else 250, stateful_step_count=30, deadline=None
)
