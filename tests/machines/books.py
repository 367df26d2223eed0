"""Payments and the gateway's books: what holds between them at any moment, and once all have had their time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis.stateful import invariant

from adapters.gateway.book import Entry, State
from adapters.gateway.ledger import MemoryLedger
from application.payment import CloseDispute, Outcome, close_dispute
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
from tests.application.cashier import Cashier
from tests.application.market import Clock
from tests.laws import restored
from tests.machines.fulfilment import Killed, MoodyGateway
from tests.machines.machine import Machine

ORDERS = [UUID(int=number) for number in (1, 2)]
AMENDMENTS = {UUID(int=10 * order.int): order for order in ORDERS}
PAYMENTS = [*ORDERS, *AMENDMENTS]
FUSSY = "try-later"


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


class Books(Machine):
    """A shop's payments and a gateway with moods. What happens to them is up to a machine of its own."""

    answers = (Refusal, Killed)

    def __init__(self) -> None:
        super().__init__()
        self.cashier = Cashier()
        self.gateway = self.cashier.gateway = FussyGateway(self.cashier.ledger, self.cashier.clock)
        self.over: set[UUID] = set()
        """Orders that were cancelled, and changes that were given up, after the shop had heard of them."""

    def teardown(self) -> None:
        try:
            self.run(self.calm_down())
            self.in_the_end_all_is_at_rest()
        finally:
            self.gateway.close()
            super().teardown()

    async def calm_down(self) -> None:
        await self.gateway.let_late_calls_arrive()
        self.gateway.moods.clear()
        self.gateway.fussy = 0
        began = self.cashier.clock.now
        for _ in range(2):
            self.cashier.clock.advance(timedelta(days=3))
            await self.cashier.come_to_rest()
            for payment in PAYMENTS:
                await self.decide(payment, Outcome.WON)
        assert self.cashier.clock.now - began < timedelta(days=30), "a payment was frozen"

    async def decide(self, payment: UUID, outcome: Outcome) -> None:
        """All disputes of the payment that are open."""
        for id, dispute in (await self.cashier.state(payment)).disputes.items():
            if dispute.is_open:
                call = self.cashier.call("sam")
                await close_dispute(CloseDispute(outcome), call, payment, id, store=self.cashier.store)

    # What holds at any moment

    def known_payments(self) -> dict[UUID, Payment]:
        states = {id: self.run(self.cashier.state(id)) for id in PAYMENTS}
        return {id: state for id, state in states.items() if state.requested}

    def entry_of(self, state: Payment) -> Entry | None:
        return self.run(self.cashier.ledger.entry(self.gateway.transaction_of(f"{state.key}:{Step.AUTHORISE}")))

    @invariant()
    def the_shop_believes_nothing_that_the_books_do_not_say(self) -> None:
        for state in self.known_payments().values():
            if not state.amount.amount:
                continue
            entry = self.entry_of(state)
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
        for state in known.values():
            if entry := self.entry_of(state):
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

    def in_the_end_all_is_at_rest(self) -> None:
        for id, state in self.known_payments().items():
            assert state.due is None, f"payment {id} waits for ever"
            waiting = {RefundStatus.POSTPONED, RefundStatus.REQUESTED, DisputeStatus.OPEN}
            assert waiting.isdisjoint(each.status for _, each in state.claims), f"a refund of {id} waits for ever"
            if not state.amount.amount:
                continue
            entry = self.entry_of(state)
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
