"""Payments alone: whatever ordering, staff, time and a gateway with moods do, the shop and the gateway's books agree.

Ordering is a mischief here: it allocates what was never confirmed, cancels at any moment, and says everything again.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from application.contracts import AmendmentRejected, OrderAllocated, OrderCancelled, OrderStockConfirmed, RefundDue
from application.deadlines import PAYMENT_EXPIRY, PAYMENT_OUTSTANDING, PAYMENT_SETTLEMENT
from application.payment import OpenDispute, Outcome, RefundPayment, open_dispute, refund_payment
from application.payment.reacting import MoneyNews
from application.store import VersionConflict
from application.wire import Price
from domain.payment import Status
from tests.application.cashier import RULES
from tests.machines.books import AMENDMENTS, ORDERS, PAYMENTS, Books
from tests.machines.fulfilment import OFF
from tests.machines.machine import cases
from tests.money import usd

BUYERS = {ORDERS[0]: "alice", ORDERS[1]: "bob"}
IDS = [UUID(int=number) for number in range(100, 103)]
MOODS = ["well", "lost", "deaf", "late", "twice", "killed before", "killed after"]

orders = st.sampled_from(ORDERS)
payments = st.sampled_from(PAYMENTS)
amendments = st.sampled_from(list(AMENDMENTS))
moody = st.lists(st.sampled_from(MOODS), max_size=3)
seconds = partial(timedelta, 0)
amounts = st.sampled_from(["0.01", "10.00", "60.45", "100.00"])


class Payments(Books):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[MoneyNews] = []

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

    @rule(payment=payments, times=st.integers(1, 3), off=st.integers(-30, 30).map(seconds) | st.sampled_from(OFF))
    def somebody_looks_whether_a_call_is_due(self, payment: UUID, times: int, off: timedelta) -> None:
        """With a clock of their own."""
        if self.run(self.cashier.state(payment)).requested:
            now = self.cashier.clock.now + off
            self.at_once(*(self.cashier.work(payment, at=now) for _ in range(times)))


TestPayments = cases(Payments, "P10", "PAY-09", "F29", examples=250, in_soak=5_000, steps=30)
