"""How an order is changed after it was placed, step by step, whatever comes in between."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace

from domain.kernel import Event
from domain.money import Money
from domain.ordering import (
    ORDER,
    AmendmentAllocated,
    AmendmentAuthorised,
    AmendmentPending,
    AmendmentRejected,
    AmendmentRequested,
    AmendmentStockConfirmed,
    CancelCause,
    Draft,
    LastLine,
    LineChange,
    LineNotFound,
    OrderAmended,
    OrderCharged,
    OrderEdited,
    OrderInProgress,
    OrderNotEditable,
    OrderPaidBack,
    OrderRefunded,
    OutOfStock,
    Refund,
    Rules,
    StockItem,
    TooManyChanges,
    TotalChanged,
    TotalOutOfRange,
    allocate_amendment,
    authorise_amendment,
    cancel,
    confirm_amendment_stock,
    draft,
    edit,
    note_charge,
    pay_amendment,
    quantities,
    reject_amendment,
    ship,
    time_out_amendment,
)
from tests.domain.ordering.examples import (
    ADDRESS,
    ALICE,
    DRAFT,
    ITEMS,
    LATE,
    MORE,
    NOW,
    PAID,
    PAYMENT,
    RULES,
    STOCK,
    STOVE,
    TAXES,
    TENT,
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

CHANGE, OTHER = UUID(int=90), UUID(int=91)
METHOD = UUID(int=92)

LESS = draft((ITEMS[0],), TAXES, usd("4.90"), RULES)
DEARER = draft(ITEMS, TAXES, usd("9.90"), RULES)
ONE_MORE_STOVE = LineChange(STOVE, "Pocket Stove", 1, MORE.lines[1].total - DRAFT.lines[1].total)
NO_STOVES = LineChange(STOVE, "Pocket Stove", -2, DRAFT.lines[1].total * -1, -1)
DUE = MORE.total - DRAFT.total

asked = AmendmentRequested(CHANGE, ALICE, ADDRESS, bill(MORE), (StockItem(STOVE, 1),), DUE)
stock_confirmed = AmendmentStockConfirmed(CHANGE, ALICE, DUE, None)
held = AmendmentAuthorised(CHANGE, ALICE)
taken_over = AmendmentAllocated(CHANGE, ALICE)
amended = OrderAmended(
    CHANGE,
    ALICE,
    ADDRESS,
    bill(MORE),
    (StockItem(TENT, 1), StockItem(STOVE, 3)),
    (ONE_MORE_STOVE,),
    paid=DUE,
)
rejected = AmendmentRejected(CHANGE, ALICE, "out-of-stock", (OutOfStock(STOVE, "Pocket Stove"),))


def asking(draft: Draft, change: UUID = CHANGE, expected: Money | None = None, rules: Rules = RULES) -> tuple[Any, ...]:
    return (change, ADDRESS, draft, expected, rules)


# Before anything is done for it


def test_a_submitted_order_is_edited_at_once() -> None:
    order = (
        given(ORDER, [placed])
        .when(edit, *asking(MORE))
        .then(OrderEdited(ALICE, ADDRESS, bill(MORE), (ONE_MORE_STOVE,)))
    )

    assert (order.lines, order.total) == (MORE.lines, MORE.total)
    given(ORDER, [placed]).when(edit, *asking(LESS)).then(OrderEdited(ALICE, ADDRESS, bill(LESS), (NO_STOVES,)))


def test_an_order_that_is_edited_to_what_it_is_stays_as_it_is() -> None:
    for history in ([placed], PAID):
        given(ORDER, history).when(edit, *asking(DRAFT)).then()


def test_another_address_alone_is_an_edit() -> None:
    elsewhere = replace(ADDRESS, city="Graz")
    given(ORDER, [placed]).when(edit, CHANGE, elsewhere, DEARER, None, RULES).then(
        OrderEdited(ALICE, elsewhere, bill(DEARER), ())
    )


def test_an_edit_keeps_the_limits_of_an_order() -> None:
    given(ORDER, [placed]).when(edit, *asking(LESS, rules=Rules(least_total=usd("400").amount))).refused(
        TotalOutOfRange
    )
    given(ORDER, [placed]).when(edit, *asking(LESS, expected=usd("1.00"))).refused(TotalChanged, expected=usd("1.00"))


def test_quantities_are_set_by_product_and_the_last_line_stays() -> None:
    order = ORDER.fold(ORDER.initial, [placed])

    assert quantities(order, STOVE, 5) == {TENT: 1, STOVE: 5}
    assert quantities(order, STOVE, 0) == {TENT: 1}
    with pytest.raises(LineNotFound, match="on its own"):
        quantities(order, UUID(int=404), 1)
    with pytest.raises(LastLine):
        quantities(replace(order, lines=order.lines[:1]), TENT, 0)


@pytest.mark.proves("B47")
def test_an_order_is_not_edited_while_stock_and_money_are_asked_for_nor_after_it_is_over() -> None:
    for history in ([placed, validating], [placed, validating, confirmed, authorised, allocated]):
        given(ORDER, history).when(edit, *asking(MORE)).refused(OrderInProgress)
    for history in ([*PAID, shipped], [placed, cancelled], []):
        order = ORDER.fold(ORDER.initial, history)
        given(ORDER, history).when(edit, *asking(MORE)).refused(OrderNotEditable, status=str(order.status))


# Once it is paid


def test_more_of_a_product_is_reserved_charged_allocated_and_taken_before_it_is_the_orders() -> None:
    steps: list[tuple[Any, Event]] = [
        (confirm_amendment_stock, stock_confirmed),
        (authorise_amendment, held),
        (allocate_amendment, taken_over),
        (pay_amendment, amended),
    ]
    history: list[Event] = [*PAID, asked]
    order = given(ORDER, PAID).when(edit, *asking(MORE)).then(asked)
    assert order.lines == DRAFT.lines
    for place, (decision, event) in enumerate(steps):
        for early, _ in steps[place + 1 :]:
            given(ORDER, history).when(early, CHANGE).then()
        given(ORDER, history).when(decision, OTHER).then()
        order = given(ORDER, history).when(decision, CHANGE).then(event)
        history.append(event)
        given(ORDER, history).when(decision, CHANGE).then()

    assert (order.lines, order.total, order.amendment) == (MORE.lines, MORE.total, None)
    assert {id: taken.amount for id, taken in order.taken.items()} == {PAYMENT: DRAFT.total, CHANGE: DUE}


def test_a_change_is_paid_the_way_the_order_was() -> None:
    chosen = [replace(placed, payment_method_id=METHOD), *PAID[1:], asked]
    given(ORDER, chosen).when(confirm_amendment_stock, CHANGE).then(replace(stock_confirmed, payment_method_id=METHOD))


def test_less_is_amended_at_once_and_paid_back() -> None:
    off = DRAFT.total - LESS.total
    less = OrderAmended(
        CHANGE,
        ALICE,
        ADDRESS,
        bill(LESS),
        (StockItem(TENT, 1),),
        (NO_STOVES,),
        refunds=(Refund(PAYMENT, uuid5(CHANGE, str(PAYMENT)), off),),
    )
    order = given(ORDER, PAID).when(edit, *asking(LESS)).then(less)

    assert order.taken[PAYMENT].left == LESS.total


def test_dearer_without_more_stock_is_charged_and_no_stock_is_waited_for() -> None:
    due = usd("5.00")
    wanted = AmendmentRequested(CHANGE, ALICE, ADDRESS, bill(DEARER), (), due)
    charged = AmendmentStockConfirmed(CHANGE, ALICE, due, None)
    elsewhere = replace(ADDRESS, city="Graz")
    given(ORDER, PAID).when(edit, CHANGE, elsewhere, DEARER, None, RULES).then(
        replace(wanted, address=elsewhere), charged
    )
    given(ORDER, [*PAID, wanted, charged]).when(authorise_amendment, CHANGE).then(taken_over)


def test_more_stock_for_less_money_is_reserved_and_allocated_and_nothing_is_charged() -> None:
    cheaper = draft((replace(ITEMS[1], quantity=9),), TAXES, usd("0"), RULES)
    due = cheaper.total - DRAFT.total
    wanted = AmendmentRequested(CHANGE, ALICE, ADDRESS, bill(cheaper), (StockItem(STOVE, 7),), due)
    assert due < usd("0")
    given(ORDER, PAID).when(edit, *asking(cheaper)).then(wanted)
    given(ORDER, [*PAID, wanted]).when(confirm_amendment_stock, CHANGE).then(held)
    order = given(ORDER, [*PAID, wanted, held]).when(allocate_amendment, CHANGE).decide()

    assert [event.refunds[0].amount for event in order if isinstance(event, OrderAmended)] == [due * -1]


@pytest.mark.parametrize("before", [[asked], [asked, stock_confirmed], [asked, stock_confirmed, held]], ids=len)
def test_a_change_that_cannot_be_had_or_paid_leaves_the_order_as_it_was(before: list[Event]) -> None:
    history = [*PAID, *before]
    order = given(ORDER, history).when(reject_amendment, CHANGE, "out-of-stock", frozenset({STOVE})).then(rejected)

    assert (order.lines, order.total, order.amendment) == (DRAFT.lines, DRAFT.total, None)
    given(ORDER, history).when(reject_amendment, OTHER, "declined").then()
    given(ORDER, [*history, rejected]).when(reject_amendment, CHANGE, "declined").then()


def test_one_change_at_a_time() -> None:
    given(ORDER, [*PAID, asked]).when(edit, *asking(LESS, OTHER)).refused(AmendmentPending, amendment_id=str(CHANGE))
    given(ORDER, [*PAID, asked]).when(edit, *asking(MORE)).then()
    given(ORDER, [*PAID, asked, rejected]).when(edit, *asking(MORE, OTHER)).then(replace(asked, amendment_id=OTHER))


def test_less_that_costs_more_must_be_agreed_to() -> None:
    dearer = draft((ITEMS[0],), TAXES, usd("99.90"), RULES)
    for history in ([placed], PAID):
        refusal = (
            given(ORDER, history)
            .when(edit, *asking(dearer))
            .refused(TotalChanged, expected=usd("360.45"), total=dearer.total)
        )
        assert "PUT the line's quantity, 0 to take it out" in refusal.detail
        (event, *_) = given(ORDER, history).when(edit, *asking(dearer, expected=dearer.total)).decide()
        assert isinstance(event, OrderEdited | AmendmentRequested)
        assert event.bill == bill(dearer)


@pytest.mark.parametrize("before", [[placed], PAID], ids=len)
def test_an_order_is_changed_only_so_often(before: list[Event]) -> None:
    rules = replace(RULES, most_changes=2)
    history = list(before)
    for number, each in enumerate((LESS, DRAFT if before == [placed] else MORE)):
        change = UUID(int=900 + number)
        history += given(ORDER, history).when(edit, *asking(each, change, rules=rules)).decide()
        for step in (confirm_amendment_stock, authorise_amendment, allocate_amendment, pay_amendment):
            history += given(ORDER, history).when(step, change).decide()
    given(ORDER, history).when(edit, *asking(LESS, rules=rules)).refused(TooManyChanges, most=2)


# Races


def test_money_for_a_change_that_was_given_up_is_noted_once_and_goes_back_by_itself() -> None:
    charged = OrderCharged(ALICE, CHANGE, DUE)
    for end in (rejected, cancelled):
        history = [*PAID, asked, stock_confirmed, held, taken_over, end]
        order = given(ORDER, history).when(note_charge, CHANGE, DUE).then(charged)
        assert (order.taken[CHANGE].amount, order.taken[CHANGE].left) == (DUE, usd("0"))
        given(ORDER, [*history, charged]).when(note_charge, CHANGE, DUE).then()
    for pending in ([asked, stock_confirmed, held, taken_over], [asked, stock_confirmed, held, taken_over, amended]):
        given(ORDER, [*PAID, *pending]).when(note_charge, CHANGE, DUE).then()


def test_nothing_is_shipped_while_a_change_is_under_way() -> None:
    given(ORDER, [*PAID, asked]).when(ship, "DHL", "JD014600003828").refused(AmendmentPending)
    given(ORDER, [*PAID, asked, rejected]).when(ship, "DHL", "JD014600003828").then(shipped)


def test_an_order_that_is_cancelled_meanwhile_takes_no_answer_to_its_change_any_more() -> None:
    order = given(ORDER, [*PAID, asked, stock_confirmed]).when(cancel, CancelCause.BUYER, "too late").then(cancelled)
    assert order.amendment is None
    history = [*PAID, asked, stock_confirmed, held, taken_over, cancelled]
    for decision in (confirm_amendment_stock, authorise_amendment, allocate_amendment, pay_amendment):
        given(ORDER, history).when(decision, CHANGE).then()
    given(ORDER, history).when(reject_amendment, CHANGE, "declined").then()


def test_a_change_that_nobody_answers_is_given_up() -> None:
    timed_out = AmendmentRejected(CHANGE, ALICE, "timed-out")
    given(ORDER, [*PAID, asked]).when(time_out_amendment, LATE + timedelta(seconds=1), NOW, RULES).then()
    given(ORDER, [*PAID, asked]).when(time_out_amendment, LATE, NOW, RULES).then(timed_out)
    given(ORDER, PAID).when(time_out_amendment, LATE, NOW, RULES).then()


def test_what_is_cancelled_after_a_change_is_all_that_the_order_holds() -> None:
    history = [*PAID, asked, stock_confirmed, held, taken_over, amended]
    everything = (StockItem(TENT, 1), StockItem(STOVE, 3))
    given(ORDER, history).when(cancel, CancelCause.BUYER, "too late").then(replace(cancelled, stock_items=everything))
    assert everything != STOCK


def test_an_order_whose_money_is_all_back_is_not_changed_so_nothing_more_buys_the_whole_of_it() -> None:
    back = OrderRefunded(ALICE, PAYMENT, OTHER, paid.total, "goodwill")
    given(ORDER, [*PAID, back]).when(edit, *asking(MORE)).refused(OrderPaidBack, status="paid")
    (event, *_) = given(ORDER, [*PAID, replace(back, amount=usd("350.00"))]).when(edit, *asking(MORE)).decide()
    assert event == asked
