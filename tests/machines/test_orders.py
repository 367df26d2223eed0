"""Orders of several buyers: placed and placed again, driven, cancelled, forgotten, and pulled two ways at once.

The model is a status for each order. Everything is asked for more than once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, invariant, multiple, precondition, rule

from application import ordering
from application.deadlines import ORDER_TIMEOUT, Waiting
from application.ordering import CancelStaleOrder
from application.store import Saved
from domain.kernel import Refusal
from domain.ordering import (
    BUYER,
    ORDER,
    PENDING,
    CancelCause,
    Order,
    OrderCannotChange,
    OrderEvent,
    OrderNotFound,
    Rules,
    Status,
    TooManyPendingOrders,
    allocate,
    authorise,
    buyer_stream,
    confirm_stock,
    pay,
    reject_stock,
    request_validation,
    ship,
)
from tests.application.market import ROPE, STOVE, TENT, Market
from tests.laws import restored
from tests.machines.machine import Machine, cases

BUYERS = ["alice", "bob", "carol"]
RULES = Rules(most_pending=3)
PAYMENT = UUID(int=7)
LIVE = [Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED, Status.PAID, Status.SHIPPED]


def pay_in_full(order: Order) -> list[OrderEvent]:
    """Money held, stock allocated, money taken: all that lies between stock confirmed and paid."""
    decided: list[OrderEvent] = []
    for decide in (authorise, allocate, partial(pay, payment_id=PAYMENT)):
        decided += decide(ORDER.fold(order, decided))
    return decided


STEPS: dict[Status, Any] = {
    Status.AWAITING_VALIDATION: request_validation,
    Status.STOCK_CONFIRMED: confirm_stock,
    Status.PAID: pay_in_full,
    Status.SHIPPED: partial(ship, carrier="DHL", tracking_number="JD014600003828"),
}


@dataclass
class Model:
    buyer: str
    status: Status
    placed: datetime
    total: str


class Orders(Machine):
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.market = Market(RULES)
        self.models: dict[UUID, Model] = {}
        self.keys: dict[tuple[str, int], UUID] = {}

    def pending(self, buyer: str) -> set[UUID]:
        return {id for id, model in self.models.items() if model.buyer == buyer and model.status in PENDING}

    @rule(
        target=orders,
        buyer=st.sampled_from(BUYERS),
        key=st.integers(1, 6),
        product=st.sampled_from([TENT, STOVE]),
        times=st.integers(1, 4),
    )
    def place(self, buyer: str, key: int, product: UUID, times: int) -> Any:
        call = self.market.call(buyer, f"{buyer}-{key}")
        outcomes = self.at_once(*(self.market.place((product, 1), (ROPE, 9), call=call) for _ in range(times)))
        if known := self.keys.get((buyer, key)):
            assert {each.result.order_id for each in outcomes} == {known}
            return multiple()
        if len(self.pending(buyer)) >= RULES.most_pending:
            assert {type(each) for each in outcomes} == {TooManyPendingOrders}
            return multiple()
        (receipt,) = {each.result for each in outcomes}
        self.keys[buyer, key] = receipt.order_id
        self.models[receipt.order_id] = Model(buyer, Status.SUBMITTED, self.market.clock.now, str(receipt.total.amount))
        return receipt.order_id

    @rule(target=orders, buyer=st.sampled_from(BUYERS), number=st.integers(2, 5))
    def place_several_at_once(self, buyer: str, number: int) -> Any:
        room = RULES.most_pending - len(self.pending(buyer))
        outcomes = self.at_once(*(self.market.place((TENT, 1), call=self.market.call(buyer)) for _ in range(number)))
        receipts = [each.result for each in outcomes if isinstance(each, Saved)]
        assert len(receipts) == min(room, number)
        for receipt in receipts:
            self.models[receipt.order_id] = Model(
                buyer, Status.SUBMITTED, self.market.clock.now, str(receipt.total.amount)
            )
        return multiple(*(receipt.order_id for receipt in receipts))

    @rule(order_id=orders, step=st.sampled_from(list(STEPS)))
    def take_a_step(self, order_id: UUID, step: Status) -> None:
        model = self.models[order_id]
        (done,) = self.at_once(self.market.drive(order_id, STEPS[step]))
        place = LIVE.index(step)
        if model.status in LIVE[place:]:
            assert done == []
        elif model.status is LIVE[place - 1]:
            assert len(done) == (4 if step is Status.PAID else 1)
            model.status = step
        elif step is Status.SHIPPED:
            assert isinstance(done, OrderCannotChange)
        else:
            assert done == []

    @rule(order_id=orders)
    def find_it_out_of_stock(self, order_id: UUID) -> None:
        model = self.models[order_id]
        reject = partial(reject_stock, product_ids=frozenset({TENT, STOVE}))
        (done,) = self.at_once(self.market.drive(order_id, reject))
        if model.status in {Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED}:
            assert done[0].cause is CancelCause.OUT_OF_STOCK
            assert done[0].out_of_stock
            model.status = Status.CANCELLED
        else:
            assert done == []

    @rule(order_id=orders, times=st.integers(1, 3), staff=st.booleans())
    def cancel(self, order_id: UUID, times: int, staff: bool) -> None:
        model = self.models[order_id]
        call = self.market.call("sam" if staff else model.buyer, staff=staff)
        outcomes = self.at_once(*(self.market.cancel(order_id, call) for _ in range(times)))
        if model.status is Status.SHIPPED:
            assert {type(each) for each in outcomes} == {OrderCannotChange}
            return
        cancellations = sum(bool(each.events) for each in outcomes)
        assert cancellations == (model.status is not Status.CANCELLED)
        model.status = Status.CANCELLED

    @rule(order_id=orders, stranger=st.sampled_from(BUYERS))
    def somebody_else_tries(self, order_id: UUID, stranger: str) -> None:
        if self.models[order_id].buyer != stranger:
            (done,) = self.at_once(self.market.cancel(order_id, self.market.call(stranger)))
            assert isinstance(done, OrderNotFound)

    @rule(order_id=orders)
    def pay_and_cancel_at_once(self, order_id: UUID) -> None:
        """Whichever comes first, it ends cancelled: a payment that comes too late decides nothing."""
        model = self.models[order_id]
        _, cancelling = self.at_once(
            self.market.drive(order_id, request_validation, confirm_stock, pay_in_full),
            self.market.cancel(order_id, self.market.call(model.buyer)),
        )
        assert isinstance(cancelling, OrderCannotChange) == (model.status is Status.SHIPPED)
        if model.status is not Status.SHIPPED:
            model.status = Status.CANCELLED

    @rule(order_id=orders)
    def ship_and_cancel_at_once(self, order_id: UUID) -> None:
        model = self.models[order_id]
        shipping, cancelling = self.at_once(
            self.market.drive(order_id, STEPS[Status.SHIPPED]),
            self.market.cancel(order_id, self.market.call(model.buyer)),
        )
        if model.status is Status.PAID:
            assert isinstance(shipping, Refusal) != isinstance(cancelling, Refusal)
            model.status = Status.CANCELLED if isinstance(shipping, Refusal) else Status.SHIPPED
        elif model.status is not Status.SHIPPED:
            model.status = Status.CANCELLED

    @precondition(lambda self: self.models)
    @rule(minutes=st.integers(1, 31))
    def minutes_go_by(self, minutes: int) -> None:
        self.market.clock.advance(timedelta(minutes=minutes))

    @rule(times=st.integers(1, 2))
    def the_ticker_comes_round(self, times: int) -> None:
        waiting: dict[UUID, Waiting | None] = {}
        for fact in self.run(self.market.store.read("ordering", limit=10_000)):
            if type(fact.event) in ORDER_TIMEOUT.events:
                waiting[fact.stream] = ORDER_TIMEOUT.evolve(waiting.get(fact.stream), fact)
        due = [id for id, each in waiting.items() if each]
        assert set(due) == {id for id, model in self.models.items() if model.status in PENDING}
        call = self.market.call("system:deadlines")
        done = self.at_once(
            *(
                ordering.cancel_stale_order(CancelStaleOrder(), call, id, store=self.market.store, rules=RULES)
                for id in due * times
            )
        )
        assert all(isinstance(each, Saved) for each in done)
        for id in due:
            if self.market.clock.now - self.models[id].placed >= RULES.timeout:
                self.models[id].status = Status.CANCELLED

    @rule(order_id=consumes(orders))
    def lose_sight_of_it(self, order_id: UUID) -> None:
        """It goes on without being asked about."""

    @invariant()
    def each_order_is_where_the_model_has_it(self) -> None:
        for id, model in self.models.items():
            order = self.run(self.market.store.load(ORDER, id)).state
            assert order.total
            assert (model.status, model.total) == (order.status, str(order.total.amount))

    @invariant()
    def nobody_has_more_pending_orders_than_allowed(self) -> None:
        for buyer in BUYERS:
            state = self.run(self.market.store.load(BUYER, buyer_stream(buyer))).state
            assert self.pending(buyer) == state.pending
            assert len(state.pending) <= RULES.most_pending

    @invariant()
    def stored_history_rebuilds_each_order(self) -> None:
        for id in self.models:
            facts = self.run(self.market.store.history(ORDER, id))
            state = ORDER.fold(Order(), restored(ORDER, [fact.event for fact in facts]))
            assert state == self.run(self.market.store.load(ORDER, id)).state

    @invariant()
    def there_is_no_order_that_nobody_knows_of(self) -> None:
        assert set(self.run(self.market.orders())) == set(self.models)


TestOrders = cases(Orders, "ORD-03", "ORD-08", "ORD-21", "P12", examples=60, in_soak=2_000, steps=40)
