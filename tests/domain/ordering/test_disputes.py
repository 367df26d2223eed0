"""What an order does while a bank may take its money back, and once it has: nothing, until it is cancelled."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.kernel import Event
from domain.ordering import (
    ORDER,
    AmendmentRejected,
    AmendmentRequested,
    AmendmentStockConfirmed,
    CancelCause,
    DisputeDecided,
    DisputeHeard,
    Order,
    OrderCancelled,
    OrderCharged,
    OrderDisputed,
    OrderEvent,
    OrderPaidBack,
    OrderRefunded,
    ReturnClosed,
    ReturnOpened,
    StockItem,
    cancel,
    close_return,
    edit,
    note_charge,
    note_dispute,
    note_outcome,
    note_refund,
    open_return,
    pay,
    pay_amendment,
    ship,
)
from tests.domain.ordering.examples import (
    ADDRESS,
    ALICE,
    MORE,
    PAID,
    PAYMENT,
    RULES,
    STOCK,
    STOVE,
    allocated,
    authorised,
    bill,
    cancelled,
    confirmed,
    paid,
    placed,
    shipped,
    validating,
)
from tests.given import given
from tests.money import usd

DISPUTE, OTHER, CHANGE = UUID(int=60), UUID(int=61), UUID(int=62)
ALLOCATED: list[Event] = [placed, validating, confirmed, authorised, allocated]
PARCEL = ("DHL", "JD014600003828")

ALL, PART = (PAYMENT, DISPUTE, paid.total), (PAYMENT, DISPUTE, usd("0.01"))
opened = DisputeHeard(ALICE, *ALL)
won, lost = (DisputeDecided(ALICE, *ALL, won=won) for won in (True, False))
a_part, a_part_lost = DisputeHeard(ALICE, *PART), DisputeDecided(ALICE, *PART, won=False)

DUE = MORE.total - placed.total
MORE_STOVES = (CHANGE, ADDRESS, MORE, None, RULES)
asked = AmendmentRequested(CHANGE, ALICE, ADDRESS, bill(MORE), (StockItem(STOVE, 1),), DUE)


lose = partial(note_outcome, won=False)


def given_up(reason: str) -> AmendmentRejected:
    return AmendmentRejected(CHANGE, ALICE, reason)


@pytest.mark.proves("PAY-06")
def test_a_dispute_is_noted_once_and_its_outcome_once() -> None:
    given(ORDER, PAID).when(note_dispute, *ALL).then(opened)
    given(ORDER, [*PAID, opened]).when(note_dispute, *ALL).then()
    for closed in (won, lost):
        given(ORDER, [*PAID, opened]).when(note_outcome, *ALL, won=closed.won).then(closed)
        for again in (True, False):
            given(ORDER, [*PAID, opened, closed]).when(note_outcome, *ALL, won=again).then()
        given(ORDER, [*PAID, opened, closed]).when(note_dispute, *ALL).then()


def test_an_outcome_that_is_heard_before_its_dispute_stands() -> None:
    for closed in (won, lost):
        given(ORDER, PAID).when(note_outcome, *ALL, won=closed.won).then(closed)
        given(ORDER, [*PAID, closed]).when(note_dispute, *ALL).then()


@pytest.mark.parametrize(
    ("disputes", "status"),
    [
        ([opened], "open"),
        ([a_part], "open"),
        ([opened, lost], "lost"),
        ([a_part, a_part_lost], "lost"),
        ([a_part_lost], "lost"),
        ([replace(opened, payment_id=CHANGE)], "open"),
    ],
    ids=["all", "a part", "all lost", "a part lost", "lost, and nothing else heard", "another payment"],
)
def test_an_order_is_neither_shipped_nor_changed_however_little_of_its_money_a_bank_may_take_or_took(
    disputes: Sequence[Event], status: str
) -> None:
    history = [*PAID, *disputes]
    fields = {"dispute_id": str(DISPUTE), "dispute_status": status}
    given(ORDER, history).when(ship, *PARCEL).refused(OrderDisputed, **fields)
    refusal = given(ORDER, history).when(edit, *MORE_STOVES).refused(OrderDisputed, **fields)

    assert ("Wait for the bank" in refusal.detail) is (status == "open")
    assert "ancel it" in refusal.detail
    given(ORDER, history).when(cancel, CancelCause.STAFF).then(OrderCancelled(ALICE, CancelCause.STAFF, "", STOCK))


def test_an_order_whose_dispute_is_won_goes_on() -> None:
    given(ORDER, [*PAID, opened, won]).when(ship, *PARCEL).then(shipped)
    given(ORDER, [*PAID, opened, won]).when(edit, *MORE_STOVES).then(asked)


def test_an_order_waits_for_all_of_its_disputes_and_one_that_is_lost_decides() -> None:
    other = replace(opened, dispute_id=OTHER)
    given(ORDER, [*PAID, opened, other, won]).when(ship, *PARCEL).refused(OrderDisputed, dispute_id=str(OTHER))
    given(ORDER, [*PAID, other, opened, lost]).when(ship, *PARCEL).refused(
        OrderDisputed, dispute_id=str(DISPUTE), dispute_status="lost"
    )


@pytest.mark.parametrize("steps", [[], [AmendmentStockConfirmed(CHANGE, ALICE, DUE, None)]], ids=len)
def test_a_change_that_is_under_way_when_a_bank_asks_for_the_money_is_not_paid(steps: list[Event]) -> None:
    history = [*PAID, asked, *steps]
    order = given(ORDER, history).when(note_dispute, *PART).then(a_part, given_up("order-disputed"))
    assert order.amendment is None
    given(ORDER, history).when(note_outcome, *PART, won=False).then(a_part_lost, given_up("order-disputed"))
    given(ORDER, history).when(note_outcome, *ALL, won=True).then(won)
    stopped: list[Event] = [*history, a_part, given_up("order-disputed")]
    given(ORDER, stopped).when(pay_amendment, CHANGE).then()
    given(ORDER, stopped).when(note_charge, CHANGE, DUE).then(OrderCharged(ALICE, CHANGE, DUE))


def test_a_change_that_is_under_way_when_staff_pay_all_back_is_not_paid() -> None:
    all_back = OrderRefunded(ALICE, PAYMENT, OTHER, paid.total, "goodwill")
    a_little = replace(all_back, amount=usd("5.00"))
    history = [*PAID, asked]
    given(ORDER, history).when(note_refund, PAYMENT, OTHER, paid.total, "goodwill").then(
        all_back, given_up("order-paid-back")
    )
    given(ORDER, history).when(note_refund, PAYMENT, OTHER, usd("5.00"), "goodwill").then(a_little)
    given(ORDER, [*PAID, all_back]).when(edit, *MORE_STOVES).refused(OrderPaidBack)


def test_what_a_bank_took_back_is_back_whenever_its_messages_come() -> None:
    told: list[Callable[[Order], list[OrderEvent]]] = [
        lambda order: pay(order, PAYMENT),
        lambda order: note_dispute(order, *ALL),
        lambda order: lose(order, *ALL),
    ]
    for messages in permutations(told):
        order = ORDER.fold(ORDER.initial, ALLOCATED)
        for decide in messages:
            order = ORDER.fold(order, decide(order))
        assert (usd("0.00"), frozenset({DISPUTE})) == (order.taken[PAYMENT].left, order.taken[PAYMENT].made)
    given(ORDER, [*ALLOCATED, lost]).when(pay, PAYMENT).then(paid)
    given(ORDER, [*ALLOCATED, opened, paid]).when(ship, *PARCEL).refused(OrderDisputed, dispute_status="open")


def test_what_a_bank_took_back_is_not_paid_back_again() -> None:
    back = UUID(int=63)
    history: list[Event] = [*PAID, shipped, opened, lost, ReturnOpened(ALICE, back, (StockItem(STOVE, 2),))]
    (closed,) = given(ORDER, history).when(close_return, back, {STOVE: 2}).decide()

    assert isinstance(closed, ReturnClosed)
    assert closed.refunds == ()
    part = [each if each is not lost else replace(lost, amount=usd("360.00")) for each in history]
    (closed,) = given(ORDER, part).when(close_return, back, {STOVE: 2}).decide()
    assert isinstance(closed, ReturnClosed)
    assert [usd("0.45")] == [each.amount for each in closed.refunds]


@pytest.mark.parametrize("history", [[*PAID, shipped], [*PAID, cancelled]], ids=["shipped", "cancelled"])
def test_a_dispute_of_an_order_that_is_over_is_noted_and_nothing_else_happens(history: list[Event]) -> None:
    before = ORDER.fold(ORDER.initial, history)
    order = given(ORDER, history).when(note_dispute, *ALL).then(opened)
    assert (before.status, before.taken) == (order.status, order.taken)
    for closed in (won, lost):
        order = given(ORDER, [*history, opened]).when(note_outcome, *ALL, won=closed.won).then(closed)
        assert before.status is order.status


def test_a_shipped_order_whose_money_is_disputed_can_be_sent_back() -> None:
    wanted = (StockItem(STOVE, 1),)
    given(ORDER, [*PAID, shipped, opened]).when(open_return, OTHER, wanted).then(ReturnOpened(ALICE, OTHER, wanted))
    given(ORDER, [*PAID, shipped, opened]).when(ship, *PARCEL).then()


def test_a_dispute_of_an_order_that_is_not_there_decides_nothing() -> None:
    given(ORDER).when(note_dispute, *ALL).then()
    given(ORDER).when(lose, *ALL).then()
