"""The whole life of orders: buyers, products, a gateway that misbehaves, clocks that jump, followers that crash.

The model is what was put on the shelves. All else that must hold is told by the shop and by the gateway's books alone.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from application.reactors import reactors
from domain.kernel import Refusal
from domain.ordering import PENDING, Status
from domain.payment import TAKEN
from tests.machines.fulfilment import (
    LONG,
    OFF,
    ORDER_RULES,
    STOCK_RULES,
    MoodyGateway,
    World,
    believed,
    in_spite_of_races,
)
from tests.machines.machine import Machine, cases

BUYERS = ["alice", "bob", "carol"]
PRODUCTS = [UUID(int=number) for number in range(1, 4)]
CARDS = ["sandbox-ok", "sandbox-declined", "sandbox-capture-refused"]
MOODS = ["well", "lost", "deaf", "late", "twice", "killed before", "killed after"]
REACTORS = [reactor.name for reactor in reactors(STOCK_RULES, "sandbox")]
DEADLINES = list(World(PRODUCTS).deadlines)


class Fulfilment(Machine):
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(PRODUCTS)
        self.received: Counter[UUID] = Counter()
        self.card = "sandbox-ok"
        """With which everybody pays at first."""

    def teardown(self) -> None:
        try:
            self.run(self.world.calm_down())
            self.in_the_end_all_is_at_rest()
        finally:
            self.world.gateway.close()
            super().teardown()

    # What people do

    @initialize(units=st.integers(0, 8))
    def open(self, units: int) -> None:
        for product in PRODUCTS:
            self.receive(product, units)
        for buyer in BUYERS:
            self.run(self.world.store_card(buyer, self.card))

    @rule(product=st.sampled_from(PRODUCTS), units=st.integers(1, 4))
    def receive(self, product: UUID, units: int) -> None:
        if units:
            self.received[product] += self.run(self.world.receive(product, units))

    @rule(buyer=st.sampled_from(BUYERS), card=st.sampled_from(CARDS))
    def store_card(self, buyer: str, card: str) -> None:
        self.run(self.world.store_card(buyer, card))

    @rule(
        target=orders,
        buyer=st.sampled_from(BUYERS),
        wanted=st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 2), min_size=1),
        times=st.integers(1, 3),
    )
    def place(self, buyer: str, wanted: dict[UUID, int], times: int) -> Any:
        placed = self.at_once(*(self.world.place(buyer, *wanted.items()) for _ in range(times)))
        return multiple(*(each.result.order_id for each in placed if not isinstance(each, Refusal)))

    @rule(order_id=orders)
    def cancel(self, order_id: UUID) -> None:
        self.at_once(self.world.cancel(order_id))

    @rule(order_id=orders)
    def ship(self, order_id: UUID) -> None:
        self.at_once(self.world.ship(order_id))

    @rule(order_id=orders)
    def ship_and_cancel_at_once(self, order_id: UUID) -> None:
        self.at_once(self.world.ship(order_id), self.world.cancel(order_id))

    # What time, crashes and the gateway do

    @rule(seconds=st.sampled_from([1, 5, 11, 20, 301, 1801]))
    def time_goes_by(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    @rule(
        well=st.integers(0, 6),
        name=st.sampled_from(REACTORS + DEADLINES) | st.just("payment_outstanding"),
        off=st.sampled_from(OFF),
        mood=st.sampled_from(MOODS),
    )
    def a_process_with_a_wrong_clock_does_something_once(self, well: int, name: str, off: timedelta, mood: str) -> None:
        self.world.gateway.moods.clear()
        self.all_go_on(well, 20)
        self.world.gateway.moods.extend([mood] * 20)
        if name in DEADLINES:
            self.run(self.world.tick(name, off))
        else:
            self.run(self.world.follow(name, 20, off))
        self.world.gateway.moods.clear()

    @rule(seconds=st.integers(1, 600))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=-seconds))

    @rule(moods=st.lists(st.sampled_from(MOODS), min_size=1, max_size=6))
    def the_gateway_gets_moods(self, moods: list[str]) -> None:
        self.world.gateway.moods.extend(moods)

    @rule()
    def late_calls_arrive(self) -> None:
        self.run(self.world.gateway.let_late_calls_arrive())

    @rule(name=st.sampled_from(REACTORS), most=st.integers(1, 20))
    def a_reactor_goes_on(self, name: str, most: int) -> None:
        self.run(self.world.follow(name, most))

    @rule(name=st.sampled_from(REACTORS), first=st.integers(0, 50), most=st.integers(1, 50))
    def a_reactor_hears_it_again(self, name: str, first: int, most: int) -> None:
        self.run(self.world.follow_again(name, first, most))

    @rule(rounds=st.integers(1, 6), most=st.integers(1, 20))
    def all_go_on(self, rounds: int, most: int) -> None:
        """As far as they come in so many rounds."""
        for _ in range(rounds):
            self.world.clock.advance(timedelta(seconds=5))
            self.everybody_does_a_page(most)

    def everybody_does_a_page(self, most: int) -> None:
        for name in REACTORS:
            self.run(self.world.follow(name, most))
        for name in DEADLINES:
            self.run(self.world.tick(name))

    @rule(order_id=orders, well=st.integers(0, 4), mood=st.sampled_from(MOODS), rounds=st.integers(1, 4))
    def cancel_while_the_gateway_is_in_a_mood(self, order_id: UUID, well: int, mood: str, rounds: int) -> None:
        self.world.gateway.moods.clear()
        self.all_go_on(well, 20)
        for _ in range(rounds):
            self.world.gateway.moods.extend([mood] * 20)
            self.everybody_does_a_page(20)
        self.world.gateway.moods.clear()
        self.cancel(order_id)

    @rule(name=st.sampled_from([name for name in DEADLINES if not name.startswith("payment_")]), late=st.booleans())
    def a_deadline_comes_round(self, name: str, late: bool) -> None:
        """What was due is not due any more."""
        if late:
            self.world.clock.advance(LONG)
        self.run(self.world.tick(name))
        assert not self.run(self.world.due(name))

    @rule(name=st.sampled_from([name for name in DEADLINES if name.startswith("payment_")]))
    def the_gateway_is_called(self, name: str) -> None:
        self.run(self.world.tick(name))

    @rule(order_id=orders, most=st.integers(1, 20))
    def everything_happens_at_once(self, order_id: UUID, most: int) -> None:
        """Two of each reactor, every deadline, and somebody who cancels; each runs into all others."""
        world = self.world
        self.at_once(
            *(in_spite_of_races(lambda name=name: world.follow(name, most)) for name in REACTORS * 2),  # type: ignore[misc]
            *(world.tick(name) for name in DEADLINES),
            world.cancel(order_id),
            world.ship(order_id),
        )

    @rule()
    def all_goes_well_for_a_while(self) -> None:
        self.world.clock.advance(timedelta(seconds=61))
        self.run(self.world.until_nothing_happens())

    # What must hold at every moment

    @invariant()
    def no_stock_is_made_or_lost(self) -> None:
        shelves = self.run(self.world.shelves())
        shipped: Counter[UUID] = Counter()
        held: Counter[UUID] = Counter()
        for reservation in self.run(self.world.reservations()).values():
            for item in (*reservation.reserved, *reservation.allocated):
                held[item.product_id] += item.quantity
        for order in self.run(self.world.shipped()):
            for item in order.items:
                shipped[item.product_id] += item.quantity
        for product, shelf in shelves.items():
            assert shelf.on_hand == self.received[product] - shipped[product]
            assert 0 <= shelf.reserved == held[product]
            assert shelf.available == shelf.on_hand - shelf.reserved >= 0

    @invariant()
    def nothing_is_charged_twice_or_more_than_was_agreed(self) -> None:
        charged = self.run(self.world.charged())
        agreed = sum((state.amount.amount for state in self.run(self.world.payments()).values()), Decimal(0))
        assert 0 <= charged <= agreed
        for entry in self.run(self.world.ledger.entries()).values():
            assert entry.charged >= 0

    @invariant()
    def no_goods_leave_without_money(self) -> None:
        payments = self.run(self.world.payments())
        books = self.run(self.world.ledger.entries())
        for id, order in self.run(self.world.orders()).items():
            if order.status in {Status.PAID, Status.SHIPPED}:
                assert order.total
                assert payments[id].status in TAKEN
                assert books[payments[id].transaction_id].charged >= order.total.amount

    # What must hold once everything has had its time

    def in_the_end_all_is_at_rest(self) -> None:
        orders = self.run(self.world.orders())
        payments = self.run(self.world.payments())
        reservations = self.run(self.world.reservations())
        for id, order in orders.items():
            assert order.status not in PENDING, "it is stuck"
            paid = believed(payments[id]) if id in payments else Decimal(0)
            assert order.total
            assert paid == (order.total.amount if order.status in {Status.PAID, Status.SHIPPED} else 0)
            if order.status is not Status.PAID and id in reservations:
                assert () == reservations[id].reserved + reservations[id].allocated, "it is held for nobody"
        for state in payments.values():
            assert state.due is None, "the gateway has yet to be called"
        assert self.run(self.world.charged()) == sum(map(believed, payments.values()))
        assert not any(self.run(self.world.waiting(name)) for name in DEADLINES)


TestFulfilment = cases(Fulfilment, "P10", "ORD-20", "F29", examples=120, in_soak=2_000, steps=40)


@pytest.mark.anyio
@pytest.mark.proves("P10")
async def test_a_shop_that_was_taken_back_takes_what_its_new_orders_cost() -> None:
    before, after = World(PRODUCTS), World(PRODUCTS)
    after.gateway = MoodyGateway(before.ledger, after.clock)
    orders = []
    for world, units in ((before, 1), (after, 4)):
        await world.receive(PRODUCTS[0], units)
        await world.store_card("alice", "sandbox-ok")
        orders.append((await world.place("alice", (PRODUCTS[0], units))).result)
        world.clock.advance(ORDER_RULES.grace_period)
        await world.until_nothing_happens()
    first, again = orders

    assert first.order_id == again.order_id, "ids come again, as they do from baskets"
    assert await before.charged() == first.total.amount + again.total.amount
