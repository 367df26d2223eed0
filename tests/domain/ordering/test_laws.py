"""Laws of ordering: they hold for whatever can happen to an order or a buyer."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel import Event
from domain.ordering import BUYER, ORDER, PENDING, Buyer, Order, OrderPlaced, Status
from tests.laws import (
    Life,
    assert_history_never_fails,
    assert_only_refusals,
    assert_repeating_decides_nothing,
    assert_stored_history_replays,
)
from tests.strategies.ordering import BUYER_LIFE, ORDER_LIFE, PARCEL_LIFE, RETURN_LIFE, TIGHT
from tests.strategies.promotions import PROMOTION_LIFE, REDEMPTIONS_LIFE, TALLY_LIFE

LIVES = [ORDER_LIFE, BUYER_LIFE, PARCEL_LIFE, RETURN_LIFE, PROMOTION_LIFE, REDEMPTIONS_LIFE]
every_aggregate = pytest.mark.parametrize("life", [*LIVES, TALLY_LIFE], ids=lambda life: life.aggregate.name)


# A tally counts what is decided elsewhere, where a repetition decides nothing.
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.aggregate.name)
@given(st.data())
def test_a_repeated_decision_decides_nothing(life: Life, data: st.DataObject) -> None:
    assert_repeating_decides_nothing(life.aggregate, data.draw(life.histories()), data.draw(life.steps()))


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
    stored = msgspec.json.Encoder(decimal_format="string").encode(state)

    assert state == msgspec.json.decode(stored, type=type(state))


@pytest.mark.proves("ORD-03")
@given(ORDER_LIFE.histories(20))
def test_an_order_only_ever_goes_forward(history: list[Event]) -> None:
    way = list(Status)
    statuses = [ORDER.fold(Order(), history[:end]).status for end in range(1, len(history) + 1)]

    assert sum(isinstance(event, OrderPlaced) for event in history) == 1
    places = [way.index(status) for status in statuses if status]
    assert places == sorted(places)
    if Status.SHIPPED in statuses:
        assert Status.CANCELLED not in statuses


@given(ORDER_LIFE.histories(20))
def test_a_shipped_order_is_not_cancelled_any_more(history: list[Event]) -> None:
    statuses = [ORDER.fold(Order(), history[:end]).status for end in range(1, len(history) + 1)]
    if Status.CANCELLED in statuses:
        assert statuses[statuses.index(Status.CANCELLED) - 1] in PENDING | {Status.PAID}


@given(BUYER_LIFE.histories(20))
def test_a_buyer_never_has_more_pending_orders_than_allowed(history: list[Event]) -> None:
    assert len(BUYER.fold(Buyer(), history).pending) <= TIGHT.most_pending
