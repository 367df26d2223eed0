"""What an order promises, from its placing to its end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from domain.kernel import Event, InvalidText
from domain.ordering import (
    ORDER,
    CancelCause,
    NoteAdded,
    NoteKind,
    Order,
    OrderCancelled,
    OrderCannotChange,
    OrderCharged,
    OrderNotFound,
    OrderPaidBack,
    OrderRefunded,
    OrderShipped,
    OutOfStock,
    Rules,
    Status,
    TooManyNotes,
    TotalChanged,
    TotalOutOfRange,
    add_note,
    allocate,
    authorise,
    cancel,
    confirm_stock,
    end_grace_period,
    fail_payment,
    note_charge,
    pay,
    place,
    reject_stock,
    request_validation,
    ship,
    time_out,
)
from tests.domain.ordering.examples import (
    ADDRESS,
    ALICE,
    BASKET,
    DRAFT,
    NUMBER,
    ORIGIN,
    PAYMENT,
    RULES,
    STOCK,
    STOVE,
    TENT,
    allocated,
    authorised,
    cancelled,
    confirmed,
    paid,
    placed,
    shipped,
    usd,
    validating,
)
from tests.given import given

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE = NOW - timedelta(minutes=30)

PLACING: dict[str, Any] = {
    "number": NUMBER,
    "buyer_id": ALICE,
    "origin": ORIGIN,
    "basket": BASKET,
    "address": ADDRESS,
    "draft": DRAFT,
    "expected_total": None,
    "rules": RULES,
}

HISTORIES: dict[Status | None, list[Event]] = {
    None: [],
    Status.SUBMITTED: [placed],
    Status.AWAITING_VALIDATION: [placed, validating],
    Status.STOCK_CONFIRMED: [placed, validating, confirmed],
    Status.PAID: [placed, validating, confirmed, authorised, allocated, paid],
    Status.SHIPPED: [placed, validating, confirmed, authorised, allocated, paid, shipped],
    Status.CANCELLED: [placed, cancelled],
}

# Placing


@pytest.mark.proves("ORD-01", "ORD-04", "ORD-10", "ORD-11", "ORD-12")
def test_a_placed_order_freezes_what_was_ordered_and_what_it_costs() -> None:
    order = given(ORDER).when(place, **PLACING).then(placed)

    assert order == Order(Status.SUBMITTED, NUMBER, ALICE, ORIGIN, ADDRESS, placed.lines, placed.total, None, ())


def test_placing_from_the_same_origin_twice_places_once() -> None:
    given(ORDER, [placed]).when(place, **PLACING).then()
    given(ORDER, [placed, cancelled]).when(place, **PLACING).then()


def test_an_order_is_not_placed_over_another() -> None:
    given(ORDER, [placed]).when(place, **PLACING | {"origin": TENT}).refused(OrderCannotChange, to="submitted")


@pytest.mark.proves("ORD-17", "ORD-18")
@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        (Rules(least_total=DRAFT.total.amount), True),
        (Rules(least_total=DRAFT.total.amount + usd("0.01").amount), False),
        (Rules(most_total=DRAFT.total.amount), True),
        (Rules(most_total=DRAFT.total.amount - usd("0.01").amount), False),
    ],
)
def test_a_total_below_the_least_or_above_the_most_is_refused(rules: Rules, fits: bool) -> None:
    placing = given(ORDER).when(place, **PLACING | {"rules": rules})
    if fits:
        placing.then(placed)
    else:
        placing.refused(TotalOutOfRange, total=usd("360.45"))


@pytest.mark.proves("ORD-17", "ORD-18", "ORD-19", "ORD-20", "ORD-21")
def test_the_limits_are_those_of_the_shop_unless_set_otherwise() -> None:
    assert (
        Rules(
            least_total=usd("10").amount,
            most_total=usd("10000").amount,
            most_lines=50,
            timeout=timedelta(minutes=30),
            most_pending=5,
        )
        == Rules()
    )


def test_a_total_that_the_buyer_did_not_agree_to_is_refused_and_told() -> None:
    given(ORDER).when(place, **PLACING | {"expected_total": usd("360.45")}).then(placed)
    given(ORDER).when(place, **PLACING | {"expected_total": usd("360.44")}).refused(
        TotalChanged, expected=usd("360.44"), total=usd("360.45")
    )


# The whole table of section 2.2: every state, every decision

PRODUCTS = frozenset({STOVE})
out_of_stock = OrderCancelled(ALICE, CancelCause.OUT_OF_STOCK, "", STOCK, (OutOfStock(STOVE, "Pocket Stove"),))
by_staff = OrderCancelled(ALICE, CancelCause.STAFF, "sold twice", STOCK)
timed_out = OrderCancelled(ALICE, CancelCause.TIMED_OUT, "", STOCK)
unpaid = OrderCancelled(ALICE, CancelCause.PAYMENT_FAILED, "", STOCK, failure="declined")
note = NoteAdded(TENT, NoteKind.CUSTOMER, "Please ring twice")

NOTHING: list[Event] = []


@dataclass(frozen=True)
class To:
    """Refused as a change to this status."""

    status: Status


TABLE: dict[Any, tuple[tuple[Any, ...], dict[Status | None, list[Any] | To]]] = {
    request_validation: (
        (),
        {
            None: NOTHING,
            Status.SUBMITTED: [validating],
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: NOTHING,
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    end_grace_period: (
        (NOW - timedelta(minutes=1), NOW, RULES),
        {
            None: NOTHING,
            Status.SUBMITTED: [validating],
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: NOTHING,
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    confirm_stock: (
        (),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: [confirmed],
            Status.STOCK_CONFIRMED: NOTHING,
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    reject_stock: (
        (PRODUCTS,),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: [out_of_stock],
            Status.STOCK_CONFIRMED: [out_of_stock],
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    authorise: (
        (),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: [authorised],
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    allocate: (
        (),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: NOTHING,
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    pay: (
        (PAYMENT,),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: NOTHING,
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    fail_payment: (
        ("declined",),
        {
            None: NOTHING,
            Status.SUBMITTED: NOTHING,
            Status.AWAITING_VALIDATION: NOTHING,
            Status.STOCK_CONFIRMED: [unpaid],
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    ship: (
        ("DHL", "JD014600003828"),
        {
            None: To(Status.SHIPPED),
            Status.SUBMITTED: To(Status.SHIPPED),
            Status.AWAITING_VALIDATION: To(Status.SHIPPED),
            Status.STOCK_CONFIRMED: To(Status.SHIPPED),
            Status.PAID: [shipped],
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: To(Status.SHIPPED),
        },
    ),
    cancel: (
        (CancelCause.STAFF, " sold twice "),
        {
            None: To(Status.CANCELLED),
            Status.SUBMITTED: [by_staff],
            Status.AWAITING_VALIDATION: [by_staff],
            Status.STOCK_CONFIRMED: [by_staff],
            Status.PAID: [by_staff],
            Status.SHIPPED: To(Status.CANCELLED),
            Status.CANCELLED: NOTHING,
        },
    ),
    time_out: (
        (LATE, NOW, RULES),
        {
            None: NOTHING,
            Status.SUBMITTED: [timed_out],
            Status.AWAITING_VALIDATION: [timed_out],
            Status.STOCK_CONFIRMED: [timed_out],
            Status.PAID: NOTHING,
            Status.SHIPPED: NOTHING,
            Status.CANCELLED: NOTHING,
        },
    ),
    add_note: (
        (TENT, NoteKind.CUSTOMER, "Please ring twice", RULES),
        {status: [note] for status in (None, *Status)},
    ),
}


@pytest.mark.proves("B47")
@pytest.mark.parametrize("status", HISTORIES, ids=str)
@pytest.mark.parametrize("decision", TABLE, ids=lambda decision: decision.__name__)
def test_each_decision_in_each_state(decision: Any, status: Status | None) -> None:
    arguments, row = TABLE[decision]
    asked = given(ORDER, HISTORIES[status]).when(decision, *arguments)
    match row[status]:
        case To(wanted):
            asked.refused(OrderCannotChange, **{"from": status or "not placed", "to": wanted})
        case list(events):
            asked.then(*events)


def test_each_state_is_reached_by_its_history() -> None:
    assert list(HISTORIES) == [ORDER.fold(Order(), history).status for history in HISTORIES.values()]


def test_the_table_is_complete() -> None:
    assert all(row.keys() == HISTORIES.keys() == {None, *Status} for _, row in TABLE.values())


# Steps


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
    given(ORDER, HISTORIES[Status.PAID]).when(decision, *arguments).then()
    given(ORDER, [placed, validating, confirmed, authorised, allocated, cancelled]).when(decision, *arguments).then()


def test_stock_that_is_gone_when_the_money_is_held_cancels_the_order() -> None:
    given(ORDER, [placed, validating, confirmed, authorised]).when(reject_stock, PRODUCTS).then(out_of_stock)


def test_an_order_is_paid_the_way_its_buyer_chose() -> None:
    chosen = replace(placed, payment_method_id=PAYMENT)
    given(ORDER, [chosen, validating]).when(confirm_stock).then(replace(confirmed, payment_method_id=PAYMENT))


def test_an_order_is_left_alone_for_its_grace_period() -> None:
    given(ORDER, [placed]).when(end_grace_period, NOW - timedelta(seconds=59.9), NOW, RULES).then()


def test_shipping_it_otherwise_than_it_was_shipped_is_refused() -> None:
    history = HISTORIES[Status.SHIPPED]
    given(ORDER, history).when(ship, "DHL", "another").refused(OrderCannotChange, to="shipped")
    given(ORDER, history).when(ship, " DHL ", "JD014600003828").then()


def test_a_shipped_order_knows_how_it_travels() -> None:
    order = given(ORDER, HISTORIES[Status.PAID]).when(ship, "DHL", "JD014600003828").then(shipped)

    assert order.shipped == OrderShipped(ALICE, "DHL", "JD014600003828", STOCK)


@pytest.mark.proves("B19", "B21")
@pytest.mark.parametrize("bad", ["", "  ", "a\0b", "x" * 101])
def test_a_shipment_without_a_readable_carrier_and_number_is_refused(bad: str) -> None:
    given(ORDER, HISTORIES[Status.PAID]).when(ship, bad, "JD014600003828").refused(InvalidText, path="carrier")
    given(ORDER, HISTORIES[Status.PAID]).when(ship, "DHL", bad).refused(InvalidText, path="tracking_number")


def test_an_order_whose_money_is_all_back_is_not_shipped_and_can_be_cancelled() -> None:
    back = OrderRefunded(ALICE, PAYMENT, TENT, paid.total, "goodwill")
    history = [*HISTORIES[Status.PAID], back]
    given(ORDER, history).when(ship, "DHL", "JD014600003828").refused(OrderPaidBack, status="paid")
    given(ORDER, history).when(cancel, CancelCause.STAFF, " sold twice ").then(by_staff)
    given(ORDER, [*HISTORIES[Status.SHIPPED], back]).when(ship, "DHL", "JD014600003828").then()


def test_an_order_that_is_paid_back_in_part_or_was_free_is_shipped() -> None:
    part = OrderRefunded(ALICE, PAYMENT, TENT, usd("350.00"), "goodwill")
    given(ORDER, [*HISTORIES[Status.PAID], part]).when(ship, "DHL", "JD014600003828").then(shipped)
    free = [
        replace(placed, total=usd("0")),
        validating,
        confirmed,
        authorised,
        allocated,
        replace(paid, total=usd("0")),
    ]
    given(ORDER, free).when(ship, "DHL", "JD014600003828").then(shipped)
    before = [*HISTORIES[Status.PAID][:-1], replace(paid, payment_id=None)]
    given(ORDER, before).when(ship, "DHL", "JD014600003828").then(shipped)


def test_money_that_comes_after_the_cancellation_is_noted_once_and_promised_to_nobody() -> None:
    charged = OrderCharged(ALICE, PAYMENT, paid.total)
    history = [*HISTORIES[Status.STOCK_CONFIRMED], authorised, allocated, cancelled]
    order = given(ORDER, history).when(note_charge, PAYMENT, paid.total, None).then(charged)

    assert (order.status, order.taken[PAYMENT].left) == (Status.CANCELLED, usd("0"))
    given(ORDER, [*history, charged]).when(note_charge, PAYMENT, paid.total, None).then()
    given(ORDER, HISTORIES[Status.PAID]).when(note_charge, PAYMENT, paid.total, None).then()
    given(ORDER, [*HISTORIES[Status.PAID], cancelled]).when(note_charge, PAYMENT, paid.total, None).then()
    given(ORDER, HISTORIES[Status.STOCK_CONFIRMED]).when(note_charge, PAYMENT, paid.total, None).then()


@pytest.mark.proves("ORD-20", "ORD-23")
def test_a_pending_order_times_out_after_30_minutes_and_not_before() -> None:
    given(ORDER, [placed]).when(time_out, LATE + timedelta(microseconds=1), NOW, RULES).then()
    given(ORDER, [placed]).when(time_out, LATE, NOW, RULES).then(timed_out)


# Notes


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


def test_where_an_order_goes_is_marked_as_personal_data() -> None:
    personal = {
        field.name
        for field in msgspec.inspect.type_info(type(ADDRESS)).fields  # type: ignore[attr-defined]
        if isinstance(field.type, msgspec.inspect.Metadata) and (field.type.extra or {}).get("personal")
    }

    assert personal == {"recipient", "street", "city", "postal_code", "region"}
