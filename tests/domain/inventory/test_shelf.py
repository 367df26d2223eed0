"""A shelf: what comes and goes, what is set aside, and when it tells that there is little."""

from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.inventory import (
    SHELF,
    AdjustmentReason,
    Availability,
    CategoryAssigned,
    InvalidThresholds,
    InvalidUnits,
    NotEnoughStock,
    NotReserved,
    ReleaseCause,
    ReorderClosed,
    Rules,
    Shelf,
    StockAdjusted,
    StockAllocated,
    StockRanOut,
    StockReceived,
    StockReleased,
    StockReordered,
    StockReplenished,
    StockReserved,
    StockReturned,
    StockRunsLow,
    StockShipped,
    StockWrittenOff,
    SupplierAssigned,
    ThresholdsSet,
    TooManyReservations,
    TooMuchStock,
)
from domain.inventory.shelf.decisions import (
    adjust,
    allocate,
    allocate_anew,
    assign_category,
    assign_supplier,
    close_reorder,
    receive,
    release,
    remove,
    reorder,
    reserve,
    set_thresholds,
    ship,
    take_back,
    write_off,
)
from domain.inventory.shelf.state import DRAWERS
from domain.inventory.values import MOST_UNITS
from tests.given import given

ORDER, OTHER, DELIVERY, RETURN, SUPPLIER, CATEGORY = (UUID(int=number) for number in range(1, 7))
RULES = Rules()
LOST, COUNTED = AdjustmentReason.LOST, AdjustmentReason.COUNTED

ten = [StockReceived(10), StockReplenished(10)]
low_at_three = [*ten, ThresholdsSet(3, 12)]
held = StockReserved(ORDER, "alice", 2)


# What comes in


def test_the_first_units_put_a_product_in_stock() -> None:
    shelf = given(SHELF).when(receive, 10).then(StockReceived(10), StockReplenished(10))

    assert (10, 0, 10, Availability.IN_STOCK) == (shelf.on_hand, shelf.reserved, shelf.available, shelf.availability)


@pytest.mark.proves("INV-14")
def test_no_more_is_taken_in_than_there_is_room_for_and_the_rest_is_turned_away() -> None:
    given(SHELF, low_at_three).when(receive, 5).then(StockReceived(2, turned_away=3))
    given(SHELF, [*low_at_three, StockReceived(2)]).when(receive, 5).then(StockReceived(0, turned_away=5))
    given(SHELF, [StockReceived(MOST_UNITS), StockReplenished(MOST_UNITS)]).when(receive, 1).then(StockReceived(0, 1))


@pytest.mark.parametrize("quantity", [0, -1, MOST_UNITS + 1])
def test_what_comes_in_is_one_unit_or_more(quantity: int) -> None:
    given(SHELF).when(receive, quantity).refused(InvalidUnits, path="quantity")


@pytest.mark.proves("INV-14")
def test_a_promised_delivery_is_expected_until_it_came_or_was_called_off() -> None:
    shelf = given(SHELF, ten).when(reorder, DELIVERY, 20).then(StockReordered(DELIVERY, 20))
    assert 20 == shelf.expected

    shelf = (
        given(SHELF, [*ten, StockReordered(DELIVERY, 20)])
        .when(close_reorder, DELIVERY, 20)
        .then(ReorderClosed(DELIVERY, 20))
    )
    assert 0 == shelf.expected


# What is counted


def test_a_count_adds_what_was_found_and_takes_what_is_gone() -> None:
    given(SHELF, ten).when(adjust, 3, COUNTED).then(StockAdjusted(3, COUNTED))
    given(SHELF, ten).when(adjust, -3, LOST, " In the rain ").then(StockAdjusted(-3, LOST, "In the rain"))
    given(SHELF, ten).when(adjust, 0, COUNTED).then()


def test_nothing_is_taken_that_is_set_aside_for_an_order() -> None:
    given(SHELF, [*ten, held]).when(adjust, -9, LOST).refused(NotEnoughStock, wanted=9, available=8)
    given(SHELF, [*ten, held]).when(adjust, -8, LOST).then(StockAdjusted(-8, LOST), StockRanOut())


def test_a_shelf_holds_no_more_than_can_be_counted() -> None:
    given(SHELF, ten).when(adjust, MOST_UNITS, COUNTED).refused(TooMuchStock, most=MOST_UNITS)
    given(SHELF, ten).when(adjust, -MOST_UNITS - 1, COUNTED).refused(InvalidUnits, path="change")


@pytest.mark.proves("CAT-07")
@for_all(st.integers(0, 20), st.integers(0, 20), st.integers(1, 30))
def test_removing_takes_what_is_wanted_or_what_there_is(on_hand: int, reserved: int, desired: int) -> None:
    shelf = Shelf(on_hand=on_hand + reserved, reserved=reserved)
    changes = [event.change for event in remove(shelf, desired, LOST) if isinstance(event, StockAdjusted)]

    assert -sum(changes) == min(desired, on_hand)


# Words


@pytest.mark.proves("INV-10", "INV-14")
def test_low_stock_is_told_once_when_it_is_reached_and_not_again_while_it_lasts() -> None:
    low = [StockReserved(ORDER, "alice", 7), StockRunsLow(3, 3)]

    given(SHELF, low_at_three).when(reserve, ORDER, "alice", 6, RULES).then(StockReserved(ORDER, "alice", 6))
    given(SHELF, low_at_three).when(reserve, ORDER, "alice", 7, RULES).then(*low)
    given(SHELF, [*low_at_three, *low]).when(reserve, OTHER, "bob", 1, RULES).then(StockReserved(OTHER, "bob", 1))
    given(SHELF, [*low_at_three, *low]).when(reserve, OTHER, "bob", 3, RULES).then(
        StockReserved(OTHER, "bob", 3), StockRanOut()
    )
    given(SHELF, [*low_at_three, *low]).when(receive, 1).then(StockReceived(1), StockReplenished(4))


@pytest.mark.proves("INV-01", "INV-14")
def test_a_new_threshold_tells_what_it_makes_of_the_stock() -> None:
    given(SHELF, ten).when(set_thresholds, 10, None).then(ThresholdsSet(10, None), StockRunsLow(10, 10))
    given(SHELF, ten).when(set_thresholds, 9, 20).then(ThresholdsSet(9, 20))
    given(SHELF, low_at_three).when(set_thresholds, 3, 12).then()
    given(SHELF).when(set_thresholds, 3, 12).then(ThresholdsSet(3, 12))


def test_the_highest_stock_is_above_that_at_which_to_order_more() -> None:
    given(SHELF, ten).when(set_thresholds, 5, 5).refused(InvalidThresholds, path="maximum")
    given(SHELF, ten).when(set_thresholds, -1, None).refused(InvalidUnits, path="restock")
    given(SHELF, ten).when(set_thresholds, 0, 0).refused(InvalidUnits, path="maximum")


def test_a_shelf_has_one_supplier_and_one_category_or_none() -> None:
    given(SHELF, ten).when(assign_supplier, SUPPLIER).then(SupplierAssigned(SUPPLIER))
    given(SHELF, [*ten, SupplierAssigned(SUPPLIER)]).when(assign_supplier, SUPPLIER).then()
    given(SHELF, ten).when(assign_category, CATEGORY).then(CategoryAssigned(CATEGORY))
    given(SHELF, [*ten, CategoryAssigned(CATEGORY)]).when(assign_category, None).then(CategoryAssigned(None))


# What is set aside


@pytest.mark.proves("CAT-08")
def test_nobody_gets_what_is_not_available() -> None:
    given(SHELF, [*ten, held]).when(reserve, OTHER, "bob", 9, RULES).refused(NotEnoughStock, wanted=9, available=8)
    given(SHELF, [*ten, held]).when(allocate_anew, OTHER, "bob", 9).refused(NotEnoughStock, wanted=9, available=8)
    given(SHELF).when(reserve, OTHER, "bob", 1, RULES).refused(NotEnoughStock, wanted=1, available=0)
    given(SHELF, ten).when(reserve, OTHER, "bob", 0, RULES).refused(InvalidUnits)


@pytest.mark.proves("INV-05")
def test_a_reservation_counts_for_its_buyer_until_it_is_for_good() -> None:
    one = Rules(most_reservations=1)
    allocated = StockAllocated(ORDER, "alice", 2)

    given(SHELF, [*ten, held]).when(reserve, OTHER, "alice", 1, one).refused(TooManyReservations, most=1)
    given(SHELF, [*ten, held]).when(reserve, OTHER, "bob", 1, one).then(StockReserved(OTHER, "bob", 1))
    given(SHELF, [*ten, held]).when(allocate, ORDER, "alice", 2).then(allocated)
    given(SHELF, [*ten, held, allocated]).when(reserve, OTHER, "alice", 1, one).then(StockReserved(OTHER, "alice", 1))


@pytest.mark.proves("INV-08")
def test_who_waits_costs_the_others_nothing() -> None:
    crowd = [StockReserved(ORDER, f"buyer-{number}", 1) for number in range(5_000)]
    before = SHELF.fold(Shelf(), [StockReceived(10_000), *crowd])
    after = SHELF.evolve(before, StockReserved(ORDER, "alice", 1))

    (copied,) = (drawer for number, drawer in after.waiting.items() if drawer is not before.waiting[number])
    assert 1 == after.waits("alice") == after.waits("buyer-7")
    assert len(copied) < 50
    assert len(after.waiting) == DRAWERS


def test_what_is_let_go_can_be_sold_again() -> None:
    released = StockReleased(ORDER, "alice", 2, ReleaseCause.EXPIRED, allocated=False)
    shelf = (
        given(SHELF, [*ten, held])
        .when(release, ORDER, "alice", 2, ReleaseCause.EXPIRED, allocated=False)
        .then(released)
    )

    assert (10, 0, {}) == (shelf.available, shelf.reserved, shelf.waiting)


def test_what_is_shipped_is_gone() -> None:
    shelf = (
        given(SHELF, [*ten, held, StockAllocated(ORDER, "alice", 2)]).when(ship, ORDER, 2).then(StockShipped(ORDER, 2))
    )

    assert (8, 0, 8) == (shelf.on_hand, shelf.reserved, shelf.available)


def test_no_more_is_shipped_allocated_or_let_go_than_is_set_aside() -> None:
    given(SHELF, [*ten, held]).when(ship, ORDER, 3).refused(NotReserved, wanted=3, reserved=2)
    given(SHELF, [*ten, held]).when(allocate, OTHER, "bob", 1).refused(NotReserved)
    given(SHELF, ten).when(release, ORDER, "alice", 1, ReleaseCause.CANCELLED, allocated=True).refused(NotReserved)


def test_goods_that_come_back_are_taken_in_beyond_the_highest_stock_or_written_off() -> None:
    given(SHELF, [*low_at_three, StockReceived(2)]).when(take_back, ORDER, RETURN, 1).then(
        StockReturned(ORDER, RETURN, 1)
    )
    shelf = given(SHELF, ten).when(write_off, ORDER, RETURN, 1).then(StockWrittenOff(ORDER, RETURN, 1))

    assert 10 == shelf.on_hand
