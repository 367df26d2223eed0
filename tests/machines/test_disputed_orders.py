"""The whole life of orders whose money banks ask back at any time, in the world of `test_changes`."""

import os
from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from application import payment as payments
from application.payment import CloseDispute, OpenDispute, Outcome
from application.wire import Price
from domain.money import Money, total
from domain.ordering import AmendmentRequested, DisputeDecided, DisputeHeard, OrderAmended, OrderShipped
from domain.payment import TAKEN
from projections.kernel import Projection
from projections.order_detail import ORDER_DETAIL
from projections.returns import RETURNS
from tests.machines.test_changes import ORDERED, Changes, payments_of
from tests.machines.test_fulfilment import Fulfilment

FORBIDDEN = (OrderShipped, AmendmentRequested, OrderAmended)
"""What does not happen to an order whose money is disputed, or charged back."""
outcomes = st.sampled_from(Outcome)
NOTHING = Money.zero("USD")


class DisputedOrders(Changes):
    @initialize(target=Fulfilment.orders, units=st.integers(4, 9), shipped=st.booleans(), refuses=st.booleans())
    def open(self, units: int, shipped: bool, refuses: bool) -> Any:  # type: ignore[override]
        """The gateway may pay nothing back to some cards."""
        self.card = "sandbox-refund-refused" if refuses else self.card
        return super().open(units, shipped)

    # What banks do

    @rule(data=st.data(), part=st.booleans())
    def a_bank_asks_for_money(self, data: st.DataObject, part: bool) -> None:
        taken = sorted(id for id, each in self.run(self.world.payments()).items() if each.status in TAKEN)
        assume(taken)
        self.ask_back(data.draw(st.sampled_from(taken)), part=part)

    @rule(data=st.data(), outcome=outcomes)
    def a_bank_decides(self, data: st.DataObject, outcome: Outcome) -> None:
        claims = self.open_disputes()
        assume(claims)
        self.decide(*data.draw(st.sampled_from(claims)), outcome)

    @rule(
        order_id=Fulfilment.orders,
        product=ORDERED,
        quantity=st.integers(1, 4),
        pages=st.integers(0, 6),
        part=st.booleans(),
        outcome=st.none() | outcomes,
    )
    def a_bank_asks_while_a_change_is_under_way(
        self, order_id: UUID, product: UUID, quantity: int, pages: int, part: bool, outcome: Outcome | None
    ) -> None:
        self.change(order_id, product, quantity, pages)
        self.ask_back(order_id, part=part)
        self.everybody_does_a_page(20)
        if outcome:
            for claim in self.open_disputes():
                self.decide(*claim, outcome)
            self.everybody_does_a_page(20)
        self.ship(order_id)
        self.change(order_id, product, quantity % 4 + 1, pages)

    @rule(order_id=Fulfilment.orders, product=ORDERED, most=st.integers(1, 20))
    def a_bank_asks_while_all_pull(self, order_id: UUID, product: UUID, most: int) -> None:
        self.at_once(
            self.asking(order_id, part=False),
            self.world.follow("hear-payment", most),
            self.desk.set_line(order_id, product, 3),
            self.world.ship(order_id),
        )

    @rule(order_id=Fulfilment.orders, product=ORDERED, refused=st.booleans(), part=st.booleans())
    def a_bank_takes_what_is_paid_back_besides(self, order_id: UUID, product: UUID, refused: bool, part: bool) -> None:
        """Before the gateway answered to the refund, or after it."""
        self.send_back(order_id, product, 1, 1)
        for return_id in self.returns:
            self.at_once(self.desk.receive(return_id, product, 1, 0))
        for _ in range(3 if refused else 0):
            self.everybody_does_a_page(20)
        self.ask_back(order_id, part=part)
        for claim in self.open_disputes():
            self.decide(*claim, Outcome.LOST)

    def ask_back(self, payment_id: UUID, *, part: bool) -> None:
        """A dollar, or all that the shop has: what was paid back before is not asked for again here."""
        state = self.run(self.world.payments()).get(payment_id)
        if state and state.refundable.amount > 1:
            self.at_once(self.asking(payment_id, part=part))

    async def asking(self, payment_id: UUID, *, part: bool) -> Any:
        cmd = OpenDispute("Not received", Price("1.00", "USD") if part else None)
        world = self.world
        call = world.call("sam", staff=True)
        return await payments.open_dispute(
            cmd, call, payment_id, store=world.store, currency="USD", new_id=world.new_id
        )

    def decide(self, payment_id: UUID, dispute_id: UUID, outcome: Outcome) -> None:
        call = self.world.call("sam", staff=True)
        self.run(payments.close_dispute(CloseDispute(outcome), call, payment_id, dispute_id, store=self.world.store))

    def open_disputes(self) -> list[tuple[UUID, UUID]]:
        return [
            (payment_id, dispute_id)
            for payment_id, state in sorted(self.run(self.world.payments()).items())
            for dispute_id, dispute in state.disputes.items()
            if dispute.is_open
        ]

    # What must hold at every moment

    @invariant()
    def nothing_is_shipped_or_changed_while_its_money_is_disputed_or_charged_back(self) -> None:
        against: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for fact in self.run(self.world.facts("ordering")):
            match fact.event:
                case DisputeDecided(dispute_id=dispute_id, won=True):
                    against[fact.stream].discard(dispute_id)
                case DisputeHeard(dispute_id=dispute_id) | DisputeDecided(dispute_id=dispute_id):
                    against[fact.stream].add(dispute_id)
                case event:
                    assert not (against[fact.stream] and isinstance(event, FORBIDDEN)), event

    # What must hold once everything has had its time

    def in_the_end_all_is_at_rest(self) -> None:
        for number, claim in enumerate(self.open_disputes()):
            self.decide(*claim, Outcome.WON if number % 2 else Outcome.LOST)
        self.run(self.world.calm_down())
        super().in_the_end_all_is_at_rest()
        orders = self.run(self.world.orders())
        for state in self.run(self.world.payments()).values():
            heard = {id: orders[state.order_id].disputes[id].won for id in state.disputes}
            assert heard == {id: not dispute.is_gone for id, dispute in state.disputes.items()}
        self.orders_show_the_money_of_their_payments()

    def owed(self) -> Counter[UUID]:
        shown = ((id, row.owed) for id, row in self.rows(ORDER_DETAIL).items())
        return Counter({id: owed.amount for id, owed in shown if owed})

    def rows(self, projection: Projection[Any]) -> dict[UUID, Any]:
        rows: dict[UUID, Any] = {}
        for fact in self.run(self.world.facts(projection.context)):
            if type(fact.event) in projection.events:
                rows[fact.stream] = projection.evolve(rows.get(fact.stream), fact, (fact.stream,))
        return rows

    def orders_show_the_money_of_their_payments(self) -> None:
        known = self.run(self.world.payments())
        returns = self.rows(RETURNS).values()
        orders = self.run(self.world.orders())
        for id, row in self.rows(ORDER_DETAIL).items():
            taken = [each for each in payments_of(id, known) if each.status in TAKEN]
            refunded = [refund.amount for each in taken for refund in each.refunds.values() if refund.is_gone]
            assert row
            assert total((each.amount for each in taken), "USD") == (row.paid or NOTHING)
            assert total(refunded, "USD") == (row.refunded or NOTHING)
            assert total((each.disputed for each in taken), "USD") == (row.disputed or NOTHING)
            owed = total((each.owed for each in returns if each.order_id == id and each.owed), "USD")
            assert owed == total(orders[id].owed.values(), "USD")
            assert owed <= (row.owed or NOTHING) <= total((each.refundable for each in taken), "USD")


TestDisputedOrders = pytest.mark.proves("P10", "P11", "PAY-06")(pytest.mark.timeout(1800)(DisputedOrders.TestCase))
TestDisputedOrders.settings = settings(
    max_examples=2_000 if os.environ.get("STORELINE_SOAK") else 60, stateful_step_count=40, deadline=None
)
