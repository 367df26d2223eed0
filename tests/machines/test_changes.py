"""The whole life of orders that are changed, sent back and paid back besides, in the world of `test_fulfilment`."""

import os
from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, multiple, precondition, rule

from application import ordering
from application.ordering import (
    EditReceipt,
    OrderReceipt,
    ReceiveReturn,
    RejectReturn,
    RequestReturn,
    ReturnedGoods,
    ReturnLine,
    SetLine,
)
from application.store import Saved
from domain.inventory import ReservationReturned
from domain.kernel import Refusal
from domain.ordering import PENDING, RETURN, ReturnClosed, ReturnReceived, ReturnStatus, Status
from domain.payment import Payment
from tests.machines.fulfilment import ORDER_RULES, World, believed
from tests.machines.test_fulfilment import DEADLINES, PRODUCTS, Fulfilment

ORDERED = st.sampled_from(PRODUCTS[:2])


class Desk:
    """What buyers and staff do with an order after it was placed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._staff = partial(world.call, "sam", staff=True)

    async def set_line(self, order_id: UUID, product: UUID, quantity: int) -> Saved[EditReceipt]:
        world = self._world
        return await ordering.set_line(
            SetLine(quantity),
            self._staff(),
            order_id,
            product,
            store=world.store,
            till=world.till,
            new_id=world.new_id,
        )

    async def deliver(self, order_id: UUID) -> Saved[OrderReceipt]:
        return await ordering.deliver_order(ordering.DeliverOrder(), self._staff(), order_id, store=self._world.store)

    async def send_back(self, order_id: UUID, product: UUID, quantity: int) -> UUID:
        cmd = RequestReturn(order_id, (ReturnLine(product, quantity),))
        world = self._world
        saved = await ordering.request_return(cmd, self._staff(), store=world.store, new_id=world.new_id)
        return saved.result.return_id

    async def receive(self, return_id: UUID, product: UUID, restocked: int, written_off: int) -> Any:
        cmd = ReceiveReturn((ReturnedGoods(product, restocked, written_off),))
        return await ordering.receive_return(cmd, self._staff(), return_id, store=self._world.store)

    async def reject(self, return_id: UUID) -> Any:
        return await ordering.reject_return(
            RejectReturn("It was used"), self._staff(), return_id, store=self._world.store
        )


class Changes(Fulfilment):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.world)
        self.returns: dict[UUID, tuple[UUID, int]] = {}
        """What of which product."""

    # What people do

    @initialize(target=Fulfilment.orders, units=st.integers(4, 9), shipped=st.booleans())
    def open(self, units: int, shipped: bool) -> Any:  # type: ignore[override]
        """There are orders to be changed and to be sent back from the beginning."""
        super().open(units)
        first, second, _ = PRODUCTS
        bought = [
            *self.at_once(self.world.place("alice", (first, 2), (second, 1))),
            *self.at_once(self.world.place("bob", (first, 1), (second, 1))),
        ]
        self.all_goes_well_for_a_while()
        orders = [each.result.order_id for each in bought]
        if shipped:
            self.ship(orders[1])
        return multiple(*orders)

    @rule(order_id=Fulfilment.orders, product=ORDERED, quantity=st.integers(1, 4), pages=st.integers(0, 6))
    def change(self, order_id: UUID, product: UUID, quantity: int, pages: int) -> None:
        """And some way on, so that whatever comes next meets the change there; with the last page it is done."""
        self.at_once(self.desk.set_line(order_id, product, quantity))
        for _ in range(pages):
            self.everybody_does_a_page(20)

    @rule(order_id=Fulfilment.orders, product=ORDERED)
    def take_out(self, order_id: UUID, product: UUID) -> None:
        self.at_once(self.desk.set_line(order_id, product, 0))

    @rule(order_id=Fulfilment.orders, product=ORDERED, quantity=st.integers(1, 4))
    def all_pull_at_once(self, order_id: UUID, product: UUID, quantity: int) -> None:
        self.at_once(
            self.desk.set_line(order_id, product, quantity),
            self.desk.set_line(order_id, product, 0),
            self.world.cancel(order_id),
            self.world.ship(order_id),
        )

    @rule(order_id=Fulfilment.orders)
    def deliver(self, order_id: UUID) -> None:
        self.at_once(self.desk.deliver(order_id))

    @rule(order_id=Fulfilment.orders, product=ORDERED, quantity=st.integers(1, 2), times=st.integers(1, 3))
    def send_back(self, order_id: UUID, product: UUID, quantity: int, times: int) -> None:
        self.ship(order_id)
        for outcome in self.at_once(*(self.desk.send_back(order_id, product, quantity) for _ in range(times))):
            if not isinstance(outcome, Refusal):
                self.returns[outcome] = (product, quantity)

    @precondition(lambda self: self.returns)
    @rule(data=st.data(), rejected=st.integers(0, 3))
    def receive_twice(self, data: st.DataObject, rejected: int) -> None:
        return_id = data.draw(st.sampled_from(sorted(self.returns)))
        product, asked = self.returns[return_id]
        restocked = data.draw(st.integers(0, asked))
        came = (return_id, product, restocked, data.draw(st.integers(restocked == 0, asked - restocked)))
        also = [] if rejected else [self.desk.reject(return_id)]
        self.at_once(self.desk.receive(*came), self.desk.receive(*came), *also)

    # What must hold at every moment

    @invariant()
    def no_stock_is_made_or_lost(self) -> None:
        back: Counter[UUID] = Counter()
        for fact in self.run(self.world.facts("inventory")):
            if isinstance(fact.event, ReservationReturned):
                for item in fact.event.restocked:
                    back[item.product_id] += item.quantity
        received, self.received = self.received, self.received + back
        try:
            super().no_stock_is_made_or_lost()
        finally:
            self.received = received

    @invariant()
    def no_goods_leave_without_money(self) -> None:
        payments = self.run(self.world.payments())
        books = self.run(self.world.ledger.entries())
        came_back = self.came_back()
        for id, order in self.run(self.world.orders()).items():
            if order.status in {Status.PAID, Status.SHIPPED}:
                assert order.total
                made = (books.get(each.transaction_id) for each in payments_of(id, payments))
                charged = sum((entry.charged for entry in made if entry), Decimal(0))
                assert charged >= order.total.amount - came_back[id]

    @invariant()
    def no_more_comes_back_than_was_shipped(self) -> None:
        for order in self.run(self.world.orders()).values():
            for line in order.lines:
                open_still = sum(
                    item.quantity
                    for items in order.returning.values()
                    for item in items
                    if item.product_id == line.product_id
                )
                assert 0 <= order.returned.get(line.product_id, 0) + open_still <= line.quantity
            if not any(dispute.won is False for dispute in order.disputes.values()):
                assert all(taken.left.amount >= 0 for taken in order.taken.values())

    # What must hold once everything has had its time

    def in_the_end_all_is_at_rest(self) -> None:
        payments = self.run(self.world.payments())
        reservations = self.run(self.world.reservations())
        came_back, owed = self.came_back(), self.owed()
        for id, order in self.run(self.world.orders()).items():
            assert order.status not in PENDING, "it is stuck"
            assert order.amendment is None, "a change is stuck"
            assert order.total
            late = {payment_id for payment_id, taken in order.taken.items() if taken.late}
            paid = lost = too_late = Decimal(0)
            for payment_id, payment in payments.items():
                if payment.order_id == id:
                    paid += believed(payment)
                    lost += charged_back(payment) if payment_id not in late else 0
                    too_late += charged_back(payment) if payment_id in late else 0
            kept = order.status in {Status.PAID, Status.SHIPPED}
            due = max(lost, order.total.amount - came_back[id] if kept else Decimal(0))
            assert paid == due + too_late + owed[id], "something is kept for nothing"
            if order.status is not Status.PAID and id in reservations:
                assert () == reservations[id].reserved + reservations[id].allocated, "it is held for nobody"
            if order.status is Status.PAID:
                held = Counter({item.product_id: item.quantity for item in reservations[id].allocated})
                assert held == Counter({line.product_id: line.quantity for line in order.lines})
        for fact in self.run(self.world.facts("ordering")):
            if isinstance(fact.event, ReturnReceived):
                came = self.run(self.world.store.load(RETURN, fact.stream)).state
                assert came.status is (ReturnStatus.REFUND_FAILED if came.owed else ReturnStatus.REFUNDED)
        for state in payments.values():
            assert state.due is None, "the gateway has yet to be called"
        assert self.run(self.world.charged()) == sum(map(believed, payments.values()))
        assert not any(self.run(self.world.waiting(name)) for name in DEADLINES)

    def owed(self) -> Counter[UUID]:
        """What could not be paid back of each order. This gateway refuses no refund."""
        return Counter()

    def came_back(self) -> Counter[UUID]:
        """What was paid for all that came back of each order."""
        amounts: Counter[UUID] = Counter()
        for fact in self.run(self.world.facts("ordering")):
            if isinstance(fact.event, ReturnClosed):
                amounts[fact.stream] += sum((line.amount.amount for line in fact.event.lines), Decimal(0))  # type: ignore[assignment]
        return amounts


def charged_back(state: Payment) -> Decimal:
    """What a bank gave the buyer, of which the gateway's books say nothing."""
    return sum((dispute.amount.amount for dispute in state.disputes.values() if dispute.is_gone), Decimal(0))


def payments_of(order_id: UUID, payments: dict[UUID, Payment]) -> list[Payment]:
    return [each for each in payments.values() if each.requested and each.requested.order_id == order_id]


@pytest.mark.anyio
async def test_a_refund_that_the_gateway_refuses_stays_owed_and_is_shown_by_the_return() -> None:
    world, (product, *_) = World(PRODUCTS), PRODUCTS
    desk = Desk(world)
    await world.receive(product, 9)
    await world.store_card("alice", "sandbox-refund-refused")
    order_id = (await world.place("alice", (product, 4))).result.order_id
    world.clock.advance(ORDER_RULES.grace_period)
    await world.until_nothing_happens()
    await world.ship(order_id)
    for _ in range(2):
        return_id = await desk.send_back(order_id, product, 2)
        await desk.receive(return_id, product, 2, 0)
        await world.calm_down()

        assert (await world.store.load(RETURN, return_id)).state.status is ReturnStatus.REFUND_FAILED
    order = (await world.orders())[order_id]
    assert order.total == order.taken[order_id].left
    assert order.total
    assert order.total.amount == await world.charged()


TestChanges = pytest.mark.proves("P10", "P11")(pytest.mark.timeout(1800)(Changes.TestCase))
TestChanges.settings = settings(
    max_examples=2_000 if os.environ.get("STORELINE_SOAK") else 60, stateful_step_count=40, deadline=None
)
