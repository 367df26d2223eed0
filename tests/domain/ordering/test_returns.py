"""What comes back and what is paid back for it; and the parcel before that."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.kernel import Event
from domain.money import total
from domain.ordering import (
    NOTHING_LEFT,
    ORDER,
    PARCEL,
    RETURN,
    InvalidQuantity,
    LineNotFound,
    NothingToReturn,
    OrderRefunded,
    OrderRefundFailed,
    Owed,
    ParcelDelivered,
    ParcelNotSent,
    ParcelSent,
    ReceivedLine,
    Refund,
    RequestedLine,
    ReturnCannotChange,
    ReturnClosed,
    ReturnedLine,
    ReturnOpened,
    ReturnReason,
    ReturnReceived,
    ReturnRefunded,
    ReturnRefundFailed,
    ReturnRejected,
    ReturnRequested,
    ReturnStatus,
    StockItem,
    TooManyReturned,
    close_return,
    deliver,
    draft,
    fail_refund,
    fail_return_refund,
    note_refund,
    note_return_refund,
    open_return,
    receive_return,
    reject_return,
    request_return,
    send,
)
from tests.domain.ordering.examples import (
    ALICE,
    ITEMS,
    PAYMENT,
    RULES,
    SHIPPED,
    STOVE,
    TENT,
    cancelled,
    paid,
    placed,
    shipped,
)
from tests.given import STREAM, given
from tests.money import usd

BACK, AGAIN, GOODWILL = UUID(int=80), UUID(int=81), UUID(int=82)
REFUND = uuid5(BACK, str(PAYMENT))

opened = ReturnOpened(ALICE, BACK, (StockItem(STOVE, 2),))
closed = ReturnClosed(ALICE, BACK, (ReturnedLine(STOVE, 1, usd("37.32")),), (Refund(PAYMENT, REFUND, usd("37.32")),))
nothing_came = ReturnClosed(ALICE, BACK, (), ())

# The order: never more than was shipped, never more than was taken


def test_what_was_shipped_can_come_back_once() -> None:
    given(ORDER, SHIPPED).when(open_return, BACK, [StockItem(STOVE, 2)]).then(opened)
    given(ORDER, [*SHIPPED, opened]).when(open_return, BACK, [StockItem(STOVE, 2)]).then()
    given(ORDER, [*SHIPPED, opened]).when(open_return, AGAIN, [StockItem(STOVE, 1)]).refused(TooManyReturned, left=0)
    given(ORDER, [*SHIPPED, opened, nothing_came]).when(open_return, AGAIN, [StockItem(STOVE, 3)]).refused(
        TooManyReturned, left=2
    )
    given(ORDER, [*SHIPPED, opened, closed]).when(open_return, AGAIN, [StockItem(STOVE, 2)]).refused(
        TooManyReturned, left=1
    )


def test_two_lines_with_one_product_come_back_together() -> None:
    given(ORDER, SHIPPED).when(open_return, BACK, [StockItem(STOVE, 1), StockItem(STOVE, 1)]).then(opened)
    given(ORDER, SHIPPED).when(open_return, BACK, [StockItem(TENT, 1), StockItem(TENT, 1)]).refused(TooManyReturned)


def test_what_was_not_ordered_does_not_come_back() -> None:
    refusal = given(ORDER, SHIPPED).when(open_return, BACK, [StockItem(UUID(int=404), 1)]).refused(LineNotFound)
    assert refusal.detail == "The order has no line with this product. Only what was ordered can come back."
    given(ORDER, SHIPPED).when(open_return, BACK, [StockItem(STOVE, 0)]).refused(InvalidQuantity)


@pytest.mark.proves("B47")
@pytest.mark.parametrize("history", [[], SHIPPED[:1], SHIPPED[:-1], [placed, cancelled]], ids=len)
def test_nothing_comes_back_of_an_order_that_was_not_shipped(history: list[Event]) -> None:
    given(ORDER, history).when(open_return, BACK, [StockItem(STOVE, 1)]).refused(NothingToReturn)


def test_what_came_is_paid_back_with_its_share_of_discount_and_tax() -> None:
    order = given(ORDER, [*SHIPPED, opened]).when(close_return, BACK, {STOVE: 1}).then(closed)

    assert order.taken[PAYMENT].left == placed.total - usd("37.32")
    given(ORDER, [*SHIPPED, opened, closed]).when(close_return, BACK, {STOVE: 1}).then()
    given(ORDER, [*SHIPPED, opened]).when(close_return, BACK, {}).then(nothing_came)
    given(ORDER, SHIPPED).when(close_return, BACK, {STOVE: 1}).then()


def test_more_than_was_asked_for_does_not_come_back() -> None:
    given(ORDER, [*SHIPPED, opened]).when(close_return, BACK, {STOVE: 3}).refused(TooManyReturned, left=2)
    given(ORDER, [*SHIPPED, opened]).when(close_return, BACK, {TENT: 1}).refused(TooManyReturned, left=0)
    given(ORDER, [*SHIPPED, opened]).when(close_return, BACK, {STOVE: 0}).refused(InvalidQuantity)


@pytest.mark.proves("P11")
@for_all(
    cents=st.integers(0, 10_000), tax=st.integers(0, 999), parts=st.lists(st.integers(1, 5), min_size=1, max_size=6)
)
def test_all_that_comes_back_in_however_many_returns_is_paid_back_to_the_cent(
    cents: int, tax: int, parts: list[int]
) -> None:
    price = replace(usd("0"), amount=Decimal(cents) / 100)
    item = replace(ITEMS[1], quantity=sum(parts), unit_price=price)
    bill = draft([item], {STOVE: replace(price, amount=Decimal(tax) / 100)}, usd("4.90"), RULES)
    history = [replace(placed, lines=bill.lines, total=bill.total), *SHIPPED[1:5], replace(paid, total=bill.total)]
    order = ORDER.fold(ORDER.initial, [*history, shipped])
    amounts = []
    for number, part in enumerate(parts):
        back = UUID(int=1000 + number)
        order = ORDER.fold(order, open_return(order, back, [StockItem(STOVE, part)]))
        (event,) = close_return(order, back, {STOVE: part})
        assert isinstance(event, ReturnClosed)
        amounts += [line.amount for line in event.lines]
        assert total((refund.amount for refund in event.refunds), "USD") == event.lines[0].amount
        order = ORDER.fold(order, [event])

    assert total(amounts, "USD") == bill.lines[0].total
    assert order.taken[PAYMENT].left == usd("4.90")


def test_what_was_paid_back_otherwise_is_not_paid_back_again() -> None:
    history = [*SHIPPED, OrderRefunded(ALICE, PAYMENT, GOODWILL, usd("350.45"), "goodwill"), opened]
    given(ORDER, history).when(close_return, BACK, {STOVE: 1}).then(
        replace(closed, refunds=(Refund(PAYMENT, REFUND, usd("10.00")),))
    )


def test_a_refund_is_noted_once_and_only_of_money_that_was_taken() -> None:
    noted = OrderRefunded(ALICE, PAYMENT, REFUND, usd("37.32"), "returned")
    asked = (PAYMENT, REFUND, usd("37.32"), "returned")
    order = given(ORDER, [*SHIPPED, opened, closed]).when(note_refund, *asked).then(noted)
    assert order.taken[PAYMENT].left == placed.total - usd("37.32")
    given(ORDER, [*SHIPPED, opened, closed, noted]).when(note_refund, *asked).then()
    given(ORDER, [*SHIPPED, opened, closed]).when(note_refund, GOODWILL, *asked[1:]).then()


def test_a_refund_that_failed_is_noted_once_and_promises_nothing_any_more() -> None:
    failed = OrderRefundFailed(ALICE, PAYMENT, REFUND, usd("37.32"), "try-later")
    asked = (PAYMENT, REFUND, usd("37.32"), "try-later")
    order = given(ORDER, [*SHIPPED, opened, closed]).when(fail_refund, *asked).then(failed)
    assert order.taken[PAYMENT].left == placed.total
    given(ORDER, [*SHIPPED, opened, closed, failed]).when(fail_refund, *asked).then()
    given(ORDER, [*SHIPPED, opened, closed]).when(fail_refund, GOODWILL, *asked[1:]).then()
    by_hand = OrderRefunded(ALICE, PAYMENT, GOODWILL, usd("37.32"), "goodwill")
    rest = given(ORDER, [*SHIPPED, opened, closed, failed, by_hand]).when(open_return, AGAIN, [StockItem(TENT, 1)])
    assert rest.then(ReturnOpened(ALICE, AGAIN, (StockItem(TENT, 1),))).taken[PAYMENT].left == usd("323.13")


def test_a_refund_that_nobody_promised_fails_only_where_there_was_money_to_pay_it_from() -> None:
    failed = OrderRefundFailed(ALICE, PAYMENT, GOODWILL, usd("37.32"), "try-later")
    given(ORDER, SHIPPED).when(fail_refund, PAYMENT, GOODWILL, usd("37.32"), "try-later").then(failed)
    given(ORDER, SHIPPED).when(fail_refund, PAYMENT, GOODWILL, usd("37.32"), NOTHING_LEFT).then()
    promised = replace(failed, refund_id=REFUND, reason=NOTHING_LEFT, category="returned")
    given(ORDER, [*SHIPPED, opened, closed]).when(fail_refund, PAYMENT, REFUND, usd("37.32"), NOTHING_LEFT).then(
        promised
    )


def test_a_refund_that_was_made_has_not_failed() -> None:
    made = OrderRefunded(ALICE, PAYMENT, REFUND, usd("37.32"), "returned")
    given(ORDER, [*SHIPPED, opened, closed, made]).when(fail_refund, PAYMENT, REFUND, usd("37.32"), "try-later").then()


def test_what_staff_pay_back_for_a_return_pays_those_that_are_owed_and_goodwill_does_not() -> None:
    failed = OrderRefundFailed(ALICE, PAYMENT, REFUND, usd("37.32"), "try-later")
    history = [*SHIPPED, opened, closed, failed]
    for asked, owed in (("7.32", {BACK: usd("30.00")}), ("50.00", {})):
        part = min(usd(asked), usd("37.32"))
        noted = OrderRefunded(ALICE, PAYMENT, GOODWILL, usd(asked), "returned", paid_by_hand=(Owed(BACK, part),))
        order = given(ORDER, history).when(note_refund, PAYMENT, GOODWILL, usd(asked), "returned").then(noted)
        assert order.owed == owed
    goodwill = OrderRefunded(ALICE, PAYMENT, GOODWILL, usd("37.32"), "goodwill")
    given(ORDER, history).when(note_refund, PAYMENT, GOODWILL, usd("37.32"), "goodwill").then(goodwill)


# The return

LINES = (RequestedLine(STOVE, 2, ReturnReason.DAMAGED),)
CAME = (ReceivedLine(STOVE, 0, 1, usd("37.32")),)
requested = ReturnRequested(STREAM, ALICE, LINES, "It leaks")
received = ReturnReceived(STREAM, ALICE, CAME, usd("37.32"), (REFUND,))
refused = ReturnRejected(STREAM, ALICE, "It was used")
refunded = ReturnRefunded(STREAM, ALICE, REFUND, usd("37.32"))


def test_a_return_goes_from_its_request_to_the_money_each_step_once() -> None:
    given(RETURN).when(request_return, STREAM, ALICE, LINES, " It leaks ").then(requested)
    given(RETURN, [requested]).when(request_return, STREAM, ALICE, LINES, "It leaks").then()
    given(RETURN, [requested]).when(receive_return, CAME, [REFUND], usd("37.32")).then(received)
    given(RETURN, [requested, received]).when(receive_return, CAME, [], usd("0")).then()
    state = given(RETURN, [requested, received]).when(note_return_refund, REFUND, usd("37.32")).then(refunded)
    assert state.status is ReturnStatus.REFUNDED
    given(RETURN, [requested, received, refunded]).when(note_return_refund, REFUND, usd("37.32")).then()


def test_a_return_that_two_payments_pay_back_waits_for_both() -> None:
    both = replace(received, refunds=(REFUND, GOODWILL))
    state = given(RETURN, [requested, both]).when(note_return_refund, REFUND, usd("37.32")).then(refunded)

    assert state.status is ReturnStatus.RECEIVED


def test_a_return_whose_refund_was_smaller_waits_for_no_more() -> None:
    less = replace(refunded, amount=usd("10.00"))
    state = given(RETURN, [requested, received]).when(note_return_refund, REFUND, usd("10.00")).then(less)

    assert state.status is ReturnStatus.REFUNDED


def test_a_return_whose_refund_failed_says_so_whatever_else_is_paid_back() -> None:
    failed = ReturnRefundFailed(STREAM, ALICE, REFUND, usd("37.32"), "try-later")
    both = replace(received, refunds=(REFUND, GOODWILL))
    asked = (REFUND, usd("37.32"), "try-later")
    state = given(RETURN, [requested, both]).when(fail_return_refund, *asked).then(failed)
    assert state.status is ReturnStatus.REFUND_FAILED
    given(RETURN, [requested, both, failed]).when(fail_return_refund, *asked).then()
    given(RETURN, [requested, received, refunded]).when(fail_return_refund, *asked).then()
    given(RETURN, [requested, both, failed]).when(receive_return, CAME, [], usd("0")).then()
    state = (
        given(RETURN, [requested, both, failed])
        .when(note_return_refund, GOODWILL, usd("1.00"))
        .then(ReturnRefunded(STREAM, ALICE, GOODWILL, usd("1.00")))
    )
    assert state.status is ReturnStatus.REFUND_FAILED


def test_a_refund_that_was_answered_is_under_way_no_more_even_if_it_is_said_to_be_paid_by_itself() -> None:
    itself = (REFUND, usd("37.32"), NOTHING_LEFT, (REFUND,))
    failed = ReturnRefundFailed(STREAM, ALICE, *itself)
    state = given(RETURN, [requested, received]).when(fail_return_refund, *itself).then(failed)

    assert state.status is ReturnStatus.REFUNDED
    given(RETURN, [requested, received, failed]).when(fail_return_refund, *itself).then()


def test_a_return_for_which_nothing_is_to_be_paid_is_refunded_as_soon_as_it_came() -> None:
    nothing = replace(received, amount=usd("0.00"), refunds=())
    state = given(RETURN, [requested]).when(receive_return, CAME, [], usd("0.00")).then(nothing)

    assert state.status is ReturnStatus.REFUNDED
    given(RETURN, [requested, nothing]).when(receive_return, CAME, [], usd("0.00")).then()


@pytest.mark.proves("B47")
@pytest.mark.parametrize(
    ("history", "decision", "arguments"),
    [
        ([], receive_return, (CAME, [REFUND], usd("37.32"))),
        ([], reject_return, ("no",)),
        ([requested, refused], receive_return, (CAME, [REFUND], usd("37.32"))),
        ([requested, received], reject_return, ("no",)),
        ([requested, received], receive_return, ((ReceivedLine(STOVE, 1, 0, usd("37.32")),), [], usd("0"))),
        ([requested, received, refunded], reject_return, ("no",)),
    ],
    ids=[
        "received but never asked for",
        "rejected but never asked for",
        "received when it was rejected",
        "rejected when it was received",
        "received otherwise than it was",
        "rejected when it was refunded",
    ],
)
def test_a_step_that_does_not_fit_is_refused(history: list[Event], decision: Any, arguments: tuple[Any, ...]) -> None:
    refusal = given(RETURN, history).when(decision, *arguments).refused(ReturnCannotChange)

    assert ("Correct the stock by an adjustment" in refusal.detail) is (received in history)


def test_a_return_is_rejected_once() -> None:
    given(RETURN, [requested]).when(reject_return, "It was used").then(refused)
    given(RETURN, [requested, refused]).when(reject_return, "It was used").then()


# The parcel

sent = ParcelSent(STREAM, ALICE, "DHL", "JD014600003828")


@pytest.mark.proves("ORD-15")
def test_a_parcel_is_sent_once_and_delivered_once() -> None:
    given(PARCEL).when(send, STREAM, ALICE, "DHL", "JD014600003828").then(sent)
    given(PARCEL, [sent]).when(send, STREAM, ALICE, "DHL", "JD014600003828").then()
    given(PARCEL, [sent]).when(deliver, STREAM).then(ParcelDelivered(STREAM, ALICE))
    given(PARCEL, [sent, ParcelDelivered(STREAM, ALICE)]).when(deliver, STREAM).then()
    given(PARCEL).when(deliver, STREAM).refused(ParcelNotSent)
