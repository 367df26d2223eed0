"""Laws of the stock: they hold for whatever can happen to a shelf or a reservation."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory import RESERVATION, SHELF, Availability, Reservation, Shelf, Step, effects
from domain.kernel import Event
from tests.laws import (
    Life,
    assert_history_never_fails,
    assert_only_refusals,
    assert_repeating_decides_nothing,
    assert_stored_history_replays,
)
from tests.laws import Step as Asked
from tests.strategies.inventory import LIVES, REPEATABLE, RESERVATION_LIFE, SETTLED, SHELF_LIFE, TIGHT

every_aggregate = pytest.mark.parametrize("life", LIVES, ids=lambda life: life.aggregate.name)


@pytest.mark.parametrize("life", REPEATABLE, ids=lambda life: life.aggregate.name)
@given(st.data())
@pytest.mark.proves("P3")
def test_a_repeated_decision_decides_nothing(life: Life, data: st.DataObject) -> None:
    assert_repeating_decides_nothing(life.aggregate, data.draw(life.histories()), data.draw(life.steps()))


@given(SHELF_LIFE.histories(), SETTLED)
def test_what_is_settled_about_a_shelf_is_settled_once(history: list[Event], step: Asked) -> None:
    assert_repeating_decides_nothing(SHELF, history, step)


@every_aggregate
@given(st.data())
def test_a_decision_answers_with_its_own_events_or_a_refusal(life: Life, data: st.DataObject) -> None:
    assert_only_refusals(life.aggregate, data.draw(life.histories()), data.draw(life.steps()))


@every_aggregate
@given(st.data())
def test_stored_history_replays_to_the_same_state(life: Life, data: st.DataObject) -> None:
    assert_stored_history_replays(life.aggregate, data.draw(life.histories()))


@every_aggregate
@given(st.data())
def test_events_in_any_order_can_be_replayed(life: Life, data: st.DataObject) -> None:
    assert_history_never_fails(life.aggregate, data.draw(st.permutations(data.draw(life.histories()))))


@every_aggregate
@given(st.data())
def test_a_state_can_be_kept_as_a_snapshot(life: Life, data: st.DataObject) -> None:
    state = life.aggregate.fold(life.aggregate.initial, data.draw(life.histories()))

    assert state == msgspec.json.decode(msgspec.json.encode(state), type=type(state))


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
    holders = SHELF.fold(Shelf(), history).holders

    assert all(0 < held <= TIGHT.most_reservations for held in holders.values())


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

    assert all(quantity > 0 for quantity in reservation.held.values())
    if reservation.closed:
        assert () == reservation.reserved + reservation.allocated
    if not any(part.step in {Step.RESERVED, Step.ALLOCATED} for part in reservation.parts.values()):
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
            buyer_id = orders[order_id].buyer_id
            for product_id, decide in effects(order_id, buyer_id, event, TIGHT):
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
            assert sum(shelf.holders.values()) == active


def _stocks(arg: dict[object, object]) -> bool:
    return all(isinstance(each, Shelf) for each in arg.values())
