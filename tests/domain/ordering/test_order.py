"""The way of an order from its placing to its end, and what is noted on it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from domain.kernel import InvalidText
from domain.ordering import (
    ORDER,
    CancelCause,
    NoteAdded,
    NoteKind,
    OrderCannotChange,
    OrderCharged,
    OrderNotFound,
    OrderPaidBack,
    OrderRefunded,
    OrderShipped,
    OutOfStock,
    Status,
    TooManyNotes,
    add_note,
    allocate,
    authorise,
    cancel,
    confirm_stock,
    end_grace_period,
    note_charge,
    pay,
    reject_stock,
    ship,
    time_out,
)
from tests.domain.ordering.examples import (
    ALICE,
    HISTORIES,
    LATE,
    NOW,
    ORIGIN,
    PAID,
    PAYMENT,
    RULES,
    SHIPPED,
    STOCK,
    STOVE,
    TENT,
    allocated,
    authorised,
    by_staff,
    cancelled,
    confirmed,
    note,
    out_of_stock,
    paid,
    placed,
    shipped,
    timed_out,
    validating,
)
from tests.given import given
from tests.money import usd


@pytest.mark.proves("ORD-28")
def test_a_cancellation_for_stock_names_the_products_that_are_missing() -> None:
    everything = frozenset({TENT, STOVE, ORIGIN})
    missing = (OutOfStock(TENT, "Storm Tent"), OutOfStock(STOVE, "Pocket Stove"))
    given(ORDER, [placed, validating]).when(reject_stock, everything).then(replace(out_of_stock, out_of_stock=missing))


def test_what_is_paid_is_the_total_after_discount() -> None:
    given(ORDER, [placed, validating, confirmed, authorised, allocated]).when(pay, PAYMENT).then(paid)

    assert placed.subtotal - placed.discount + placed.tax + placed.shipping == paid.total


@pytest.mark.proves("ORD-26")
def test_money_is_held_then_the_stock_is_allocated_then_the_money_is_taken_and_in_no_other_order() -> None:
    history = [placed, validating, confirmed]
    given(ORDER, history).when(allocate).then()
    given(ORDER, history).when(pay, PAYMENT).then()
    given(ORDER, [*history, authorised]).when(pay, PAYMENT).then()
    given(ORDER, [*history, authorised]).when(allocate).then(allocated)


@pytest.mark.proves("ORD-27")
@pytest.mark.parametrize(
    ("decision", "arguments"), [(authorise, ()), (allocate, ()), (pay, (PAYMENT,)), (confirm_stock, ())]
)
def test_what_is_told_again_decides_nothing(decision: Any, arguments: tuple[Any, ...]) -> None:
    given(ORDER, PAID).when(decision, *arguments).then()
    given(ORDER, [placed, validating, confirmed, authorised, allocated, cancelled]).when(decision, *arguments).then()


def test_stock_that_is_gone_when_the_money_is_held_cancels_the_order() -> None:
    given(ORDER, [placed, validating, confirmed, authorised]).when(reject_stock, frozenset({STOVE})).then(out_of_stock)


def test_an_order_is_paid_the_way_its_buyer_chose() -> None:
    chosen = replace(placed, payment_method_id=PAYMENT)
    given(ORDER, [chosen, validating]).when(confirm_stock).then(replace(confirmed, payment_method_id=PAYMENT))


def test_an_order_is_left_alone_for_its_grace_period() -> None:
    given(ORDER, [placed]).when(end_grace_period, NOW - timedelta(seconds=59.9), NOW, RULES).then()


def test_shipping_it_otherwise_than_it_was_shipped_is_refused() -> None:
    given(ORDER, SHIPPED).when(ship, "DHL", "another").refused(OrderCannotChange, to="shipped")
    given(ORDER, SHIPPED).when(ship, " DHL ", "JD014600003828").then()


def test_a_shipped_order_knows_how_it_travels() -> None:
    order = given(ORDER, PAID).when(ship, "DHL", "JD014600003828").then(shipped)

    assert order.shipped == OrderShipped(ALICE, "DHL", "JD014600003828", STOCK)


@pytest.mark.proves("B19", "B21")
@pytest.mark.parametrize("bad", ["", "  ", "a\0b", "x" * 101])
def test_a_shipment_without_a_readable_carrier_and_number_is_refused(bad: str) -> None:
    given(ORDER, PAID).when(ship, bad, "JD014600003828").refused(InvalidText, path="carrier")
    given(ORDER, PAID).when(ship, "DHL", bad).refused(InvalidText, path="tracking_number")


def test_an_order_whose_money_is_all_back_is_not_shipped_and_can_be_cancelled() -> None:
    back = OrderRefunded(ALICE, PAYMENT, TENT, paid.total, "goodwill")
    history = [*PAID, back]
    given(ORDER, history).when(ship, "DHL", "JD014600003828").refused(OrderPaidBack, status="paid")
    given(ORDER, history).when(cancel, CancelCause.STAFF, " sold twice ").then(by_staff)
    given(ORDER, [*SHIPPED, back]).when(ship, "DHL", "JD014600003828").then()


def test_an_order_that_is_paid_back_in_part_or_was_free_is_shipped() -> None:
    part = OrderRefunded(ALICE, PAYMENT, TENT, usd("350.00"), "goodwill")
    given(ORDER, [*PAID, part]).when(ship, "DHL", "JD014600003828").then(shipped)
    nothing = usd("0")
    free = [replace(placed, total=nothing), validating, confirmed, authorised, allocated, replace(paid, total=nothing)]
    given(ORDER, free).when(ship, "DHL", "JD014600003828").then(shipped)


def test_money_that_comes_after_the_cancellation_is_noted_once_and_promised_to_nobody() -> None:
    charged = OrderCharged(ALICE, PAYMENT, paid.total)
    history = [*HISTORIES[Status.STOCK_CONFIRMED], authorised, allocated, cancelled]
    order = given(ORDER, history).when(note_charge, PAYMENT, paid.total).then(charged)

    assert (order.status, order.taken[PAYMENT].left) == (Status.CANCELLED, usd("0"))
    given(ORDER, [*history, charged]).when(note_charge, PAYMENT, paid.total).then()
    given(ORDER, PAID).when(note_charge, PAYMENT, paid.total).then()
    given(ORDER, [*PAID, cancelled]).when(note_charge, PAYMENT, paid.total).then()
    given(ORDER, HISTORIES[Status.STOCK_CONFIRMED]).when(note_charge, PAYMENT, paid.total).then()


@pytest.mark.proves("ORD-20", "ORD-23")
def test_a_pending_order_times_out_after_30_minutes_and_not_before() -> None:
    given(ORDER, [placed]).when(time_out, LATE + timedelta(microseconds=1), NOW, RULES).then()
    given(ORDER, [placed]).when(time_out, LATE, NOW, RULES).then(timed_out)


@pytest.mark.proves("ORD-14")
def test_notes_are_kept_in_order_each_once() -> None:
    inside = NoteAdded(STOVE, NoteKind.INTERNAL, "Called, nobody there.\nTry again.")
    order = given(ORDER, [placed, note]).when(add_note, STOVE, NoteKind.INTERNAL, inside.text, RULES).then(inside)

    assert order.notes == (note, inside)
    given(ORDER, [placed, note]).when(add_note, TENT, NoteKind.CUSTOMER, "Again", RULES).then()


@pytest.mark.proves("B19", "B20", "B21")
@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "x" * 2001])
def test_a_note_that_cannot_be_read_is_refused(text: str) -> None:
    given(ORDER, [placed]).when(add_note, TENT, NoteKind.CUSTOMER, text, RULES).refused(InvalidText, path="text")


def test_notes_have_an_end() -> None:
    rules = replace(RULES, most_notes=1)
    given(ORDER, [placed, note]).when(add_note, STOVE, NoteKind.CUSTOMER, "More", rules).refused(TooManyNotes, most=1)


def test_an_order_that_does_not_exist_is_not_found() -> None:
    assert isinstance(ORDER.missing and ORDER.missing(UUID(int=9)), OrderNotFound)
