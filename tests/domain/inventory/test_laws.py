"""Laws of the stock: they hold for whatever can happen to a shelf or a reservation."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory import RESERVATION, SHELF, Availability, PartStep, Reservation, Shelf, effects
from domain.kernel import Event
from tests.laws import Step as Asked
from tests.strategies.inventory import BUYERS, RESERVATION_LIFE, SHELF_LIFE, TIGHT


@pytest.mark.proves("INV-01", "INV-02", "CAT-08")
@given(SHELF_LIFE.histories(30))
def test_available_and_reserved_make_what_is_on_hand_and_none_is_ever_negative(history: list[Event]) -> None:
    for end in range(len(history) + 1):
        shelf = SHELF.fold(Shelf(), history[:end])
        assert shelf.available + shelf.reserved == shelf.on_hand
        assert min(shelf.available, shelf.reserved, shelf.on_hand, shelf.expected) >= 0


@pytest.mark.proves("INV-05")
@given(SHELF_LIFE.histories(30))
def test_a_buyer_never_holds_more_reservations_than_allowed(history: list[Event]) -> None:
    shelf = SHELF.fold(Shelf(), history)

    assert all(0 <= shelf.waits(buyer) <= TIGHT.most_reservations for buyer in BUYERS)
    assert sum(map(len, shelf.waiting.values())) == sum(shelf.waits(buyer) > 0 for buyer in BUYERS)


@pytest.mark.proves("INV-10", "INV-14")
@given(SHELF_LIFE.histories(30))
def test_the_word_that_was_told_last_is_true_after_every_decision(history: list[Event]) -> None:
    shelf = SHELF.fold(Shelf(), history)

    assert (shelf.availability is Availability.OUT_OF_STOCK) == (shelf.available == 0)
    assert (shelf.availability is Availability.LOW_STOCK) == (0 < shelf.available <= shelf.restock)


@pytest.mark.proves("INV-03")
@given(RESERVATION_LIFE.histories(20))
def test_a_reservation_that_is_over_holds_nothing_and_one_that_is_rejected_never_does(history: list[Event]) -> None:
    reservation = RESERVATION.fold(Reservation(), history)

    assert all(item.quantity > 0 for item in reservation.allocated)
    if reservation.closed:
        assert () == reservation.reserved + reservation.allocated
    if not any(part.step in {PartStep.RESERVED, PartStep.ALLOCATED} for part in reservation.parts.values()):
        assert () == reservation.reserved


@pytest.mark.proves("INV-02", "P11")
@given(st.data())
def test_the_shelves_hold_what_the_reservations_hold(data: st.DataObject) -> None:
    """Several orders, decided on the shelves as they are, each decision carried out on them."""
    shelves = {UUID(int=number): Shelf(on_hand=data.draw(st.integers(0, 12))) for number in range(1, 7)}
    orders = {UUID(int=number): Reservation() for number in range(11, 14)}
    for _ in range(data.draw(st.integers(1, 12))):
        order_id = data.draw(st.sampled_from(sorted(orders)))
        step = data.draw(RESERVATION_LIFE.steps())
        asked = Asked(
            step.decision, tuple(shelves if isinstance(arg, dict) and _stocks(arg) else arg for arg in step.args)
        )
        for event in asked(orders[order_id]):
            orders[order_id] = RESERVATION.evolve(orders[order_id], event)
            for product_id, decide in effects(orders[order_id].buyer_id, event, TIGHT):
                shelves[product_id] = SHELF.fold(shelves[product_id], decide(shelves[product_id]))

        for product_id, shelf in shelves.items():
            held = sum(
                item.quantity
                for order in orders.values()
                for item in order.reserved + order.allocated
                if item.product_id == product_id
            )
            assert shelf.reserved == held <= shelf.on_hand
            active = sum(item.product_id == product_id for order in orders.values() for item in order.reserved)
            assert sum(shelf.waits(buyer) for buyer in BUYERS) == active


def _stocks(arg: dict[object, object]) -> bool:
    return all(isinstance(each, Shelf) for each in arg.values())
