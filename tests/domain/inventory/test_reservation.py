"""An order's reservation: for a while, for good, and over. What comes too late decides nothing."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.inventory import (
    RESERVATION,
    SHELF,
    Rejection,
    ReservationAllocated,
    ReservationCancelled,
    ReservationExpired,
    ReservationMade,
    ReservationReduced,
    ReservationRejected,
    ReservationReleased,
    ReservationReturned,
    ReservationShipped,
    Rules,
    Shelf,
    Shortage,
    StockReceived,
    StockReserved,
    Units,
)
from domain.inventory.reservation.decisions import allocate, cancel, expire, make, reduce, release, ship, take_back
from tests.given import given

ORDER, AMENDMENT, RETURN, TENT, STOVE = (UUID(int=number) for number in range(1, 6))
RULES = Rules()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAITED_FOR = [StockReceived(6), *[StockReserved(ORDER, "alice", 1)] * 5]
SHELVES = {TENT: Shelf(on_hand=5), STOVE: SHELF.fold(Shelf(), WAITED_FOR)}
EMPTY = {TENT: Shelf(), STOVE: Shelf()}

tents = (Units(TENT, 3),)
made = ReservationMade(ORDER, ORDER, "alice", tents)
rejected = ReservationRejected(ORDER, ORDER, "alice", Rejection.OUT_OF_STOCK, (Shortage(TENT, 3, 0),))
allocated = ReservationAllocated(ORDER, ORDER, tents, anew=False)
expired = ReservationExpired(ORDER, ORDER, tents)
more = ReservationMade(ORDER, AMENDMENT, "alice", (Units(TENT, 1), Units(STOVE, 1)))
shipped = ReservationShipped(ORDER, tents, ())
cancelled = ReservationCancelled(ORDER, tents, ())


@pytest.mark.proves("INV-06")
def test_lines_with_one_product_count_together() -> None:
    given(RESERVATION).when(make, ORDER, ORDER, "alice", [Units(TENT, 1), Units(TENT, 2)], SHELVES, RULES).then(made)
    given(RESERVATION).when(make, ORDER, ORDER, "alice", [Units(TENT, 3)] * 2, SHELVES, RULES).then(
        ReservationRejected(ORDER, ORDER, "alice", Rejection.OUT_OF_STOCK, (Shortage(TENT, 6, 5),))
    )


@pytest.mark.proves("INV-05")
def test_a_shortage_is_told_before_a_limit() -> None:
    both = [Units(TENT, 6), Units(STOVE, 1)]

    given(RESERVATION).when(make, ORDER, ORDER, "alice", both, SHELVES, RULES).then(
        ReservationRejected(ORDER, ORDER, "alice", Rejection.OUT_OF_STOCK, (Shortage(TENT, 6, 5),))
    )
    given(RESERVATION).when(make, ORDER, ORDER, "alice", [Units(TENT, 1), Units(STOVE, 1)], SHELVES, RULES).then(
        ReservationRejected(ORDER, ORDER, "alice", Rejection.TOO_MANY_RESERVATIONS, (Shortage(STOVE, 1, 1),))
    )


@pytest.mark.parametrize("history", [[made], [rejected], [made, expired], [made, allocated], [made, cancelled]])
def test_a_part_is_asked_for_once_whatever_became_of_it(history: list[object]) -> None:
    given(RESERVATION, history).when(make, ORDER, ORDER, "alice", tents, SHELVES, RULES).then()  # type: ignore[arg-type]


def test_what_is_set_aside_becomes_the_orders_for_good() -> None:
    reservation = given(RESERVATION, [made]).when(allocate, ORDER, EMPTY).then(allocated)

    assert tents == reservation.allocated


def test_what_has_expired_is_taken_anew_or_rejected() -> None:
    given(RESERVATION, [made, expired]).when(allocate, ORDER, SHELVES).then(
        ReservationAllocated(ORDER, ORDER, tents, anew=True)
    )
    given(RESERVATION, [made, expired]).when(allocate, ORDER, EMPTY).then(rejected)


@pytest.mark.parametrize("history", [[], [rejected], [made, allocated], [made, cancelled], [made, allocated, shipped]])
def test_nothing_else_is_allocated(history: list[object]) -> None:
    given(RESERVATION, history).when(allocate, ORDER, SHELVES).then()  # type: ignore[arg-type]


@pytest.mark.proves("INV-04")
def test_a_reservation_expires_after_five_minutes_unless_it_is_for_good() -> None:
    on_time, late = {ORDER: NOW - timedelta(minutes=4, seconds=59)}, {ORDER: NOW - timedelta(minutes=5)}

    given(RESERVATION, [made]).when(expire, on_time, NOW, RULES).then()
    given(RESERVATION, [made]).when(expire, late, NOW, RULES).then(expired)
    given(RESERVATION, [made, allocated]).when(expire, late, NOW, RULES).then()
    given(RESERVATION, [made]).when(expire, on_time, NOW, Rules(lifetime=timedelta(seconds=1))).then(expired)


def test_an_amendment_that_is_given_up_holds_nothing_any_more() -> None:
    taken = ReservationAllocated(ORDER, AMENDMENT, more.items, anew=False)
    late = ReservationExpired(ORDER, AMENDMENT, more.items)
    start = [made, allocated, more]

    given(RESERVATION, start).when(release, AMENDMENT).then(
        ReservationReleased(ORDER, AMENDMENT, more.items, allocated=False)
    )
    given(RESERVATION, [*start, late]).when(release, AMENDMENT).then(
        ReservationReleased(ORDER, AMENDMENT, (), allocated=False)
    )
    reservation = (
        given(RESERVATION, [*start, taken])
        .when(release, AMENDMENT)
        .then(ReservationReleased(ORDER, AMENDMENT, more.items, allocated=True))
    )
    assert tents == reservation.allocated


def test_an_order_gives_back_what_an_amendment_takes_out_and_no_more_than_it_holds() -> None:
    given(RESERVATION, [made, allocated]).when(reduce, AMENDMENT, [Units(TENT, 1)]).then(
        ReservationReduced(ORDER, AMENDMENT, (Units(TENT, 1),))
    )
    given(RESERVATION, [made, allocated]).when(reduce, AMENDMENT, [Units(TENT, 9), Units(STOVE, 1)]).then(
        ReservationReduced(ORDER, AMENDMENT, tents)
    )
    given(RESERVATION, [made]).when(reduce, AMENDMENT, tents).then()


def test_a_cancelled_order_lets_go_what_is_for_a_while_and_what_is_for_good() -> None:
    given(RESERVATION, [made]).when(cancel).then(cancelled)
    given(RESERVATION, [made, allocated, more]).when(cancel).then(ReservationCancelled(ORDER, more.items, tents))
    given(RESERVATION, [made, expired]).when(cancel).then(ReservationCancelled(ORDER, (), ()))
    given(RESERVATION, [rejected]).when(cancel).then()
    given(RESERVATION).when(cancel).then()
    given(RESERVATION, [made, allocated, shipped]).when(cancel).then()


def test_all_that_is_the_orders_is_shipped_and_what_it_waited_for_is_let_go() -> None:
    given(RESERVATION, [made, allocated]).when(ship).then(shipped)
    given(RESERVATION, [made, allocated, more]).when(ship).then(ReservationShipped(ORDER, tents, more.items))
    given(RESERVATION, [made]).when(ship).then()


def test_a_return_is_taken_once() -> None:
    back = ReservationReturned(ORDER, RETURN, (Units(TENT, 1),), (Units(TENT, 2),))

    given(RESERVATION, [made, allocated, shipped]).when(
        take_back, ORDER, RETURN, [Units(TENT, 1)], [Units(TENT, 2)]
    ).then(back)
    given(RESERVATION, [made, allocated, shipped, back]).when(take_back, ORDER, RETURN, tents, []).then()
