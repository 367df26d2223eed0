"""The whole table: what every decision comes to in every status."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from domain.kernel import Event
from domain.ordering import (
    ORDER,
    CancelCause,
    NoteKind,
    Order,
    OrderCancelled,
    OrderCannotChange,
    Status,
    add_note,
    allocate,
    authorise,
    cancel,
    confirm_stock,
    end_grace_period,
    fail_payment,
    pay,
    reject_stock,
    request_validation,
    ship,
    time_out,
)
from tests.domain.ordering.examples import (
    ALICE,
    HISTORIES,
    LATE,
    NOW,
    PAYMENT,
    RULES,
    STOCK,
    STOVE,
    TENT,
    authorised,
    by_staff,
    confirmed,
    note,
    out_of_stock,
    shipped,
    timed_out,
    validating,
)
from tests.given import given

unpaid = OrderCancelled(ALICE, CancelCause.PAYMENT_FAILED, "", STOCK, failure="declined")


@dataclass(frozen=True)
class To:
    """Refused as a change to this status."""

    status: Status


Outcome: TypeAlias = list[Event] | To

PENDING = (Status.SUBMITTED, Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED)


def at(*statuses: Status | None, comes: Outcome) -> dict[Status | None, Outcome]:
    return dict.fromkeys(statuses, comes)


TABLE: dict[Any, tuple[tuple[Any, ...], dict[Status | None, Outcome]]] = {
    request_validation: ((), at(Status.SUBMITTED, comes=[validating])),
    end_grace_period: ((NOW - timedelta(minutes=1), NOW, RULES), at(Status.SUBMITTED, comes=[validating])),
    confirm_stock: ((), at(Status.AWAITING_VALIDATION, comes=[confirmed])),
    reject_stock: (
        (frozenset({STOVE}),),
        at(Status.AWAITING_VALIDATION, Status.STOCK_CONFIRMED, comes=[out_of_stock]),
    ),
    authorise: ((), at(Status.STOCK_CONFIRMED, comes=[authorised])),
    allocate: ((), {}),
    pay: ((PAYMENT,), {}),
    fail_payment: (("declined",), at(Status.STOCK_CONFIRMED, comes=[unpaid])),
    ship: (
        ("DHL", "JD014600003828"),
        at(Status.PAID, comes=[shipped]) | at(None, *PENDING, Status.CANCELLED, comes=To(Status.SHIPPED)),
    ),
    cancel: (
        (CancelCause.STAFF, " sold twice "),
        at(*PENDING, Status.PAID, comes=[by_staff]) | at(None, Status.SHIPPED, comes=To(Status.CANCELLED)),
    ),
    time_out: ((LATE, NOW, RULES), at(*PENDING, comes=[timed_out])),
    add_note: ((TENT, NoteKind.CUSTOMER, note.text, RULES), at(None, *Status, comes=[note])),
}
"""Of each decision: what it is asked with, and what comes of it in which status. In any other it decides nothing."""


@pytest.mark.proves("B47")
@pytest.mark.parametrize("status", HISTORIES, ids=str)
@pytest.mark.parametrize("decision", TABLE, ids=lambda decision: decision.__name__)
def test_each_decision_in_each_status(decision: Any, status: Status | None) -> None:
    arguments, row = TABLE[decision]
    asked = given(ORDER, HISTORIES[status]).when(decision, *arguments)
    match row.get(status, []):
        case To(wanted):
            asked.refused(OrderCannotChange, **{"from": status or "not placed", "to": wanted})
        case list(events):
            asked.then(*events)


def test_each_status_is_reached_by_its_history() -> None:
    assert [None, *Status] == list(HISTORIES)
    assert list(HISTORIES) == [ORDER.fold(Order(), history).status for history in HISTORIES.values()]
