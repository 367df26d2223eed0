"""Laws of every aggregate in every context: they hold for whatever can happen to it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.contexts import CONTEXTS
from tests.laws import (
    Life,
    assert_history_never_fails,
    assert_only_refusals,
    assert_repeating_decides_nothing,
    assert_stored_history_replays,
)
from tests.strategies.basket import BASKET_LIFE
from tests.strategies.catalog import LIVES as CATALOG
from tests.strategies.inventory import LIVES as INVENTORY
from tests.strategies.ordering import BUYER_LIFE, ORDER_LIFE, PARCEL_LIFE, RETURN_LIFE
from tests.strategies.payment import PAYMENT_LIFE, WALLET_LIFE
from tests.strategies.promotions import PROMOTION_LIFE, REDEMPTIONS_LIFE, TALLY_LIFE

LIVES = (
    *CATALOG,
    BASKET_LIFE,
    *(ORDER_LIFE, BUYER_LIFE, PROMOTION_LIFE, REDEMPTIONS_LIFE, TALLY_LIFE, PARCEL_LIFE, RETURN_LIFE),
    *INVENTORY,
    *(PAYMENT_LIFE, WALLET_LIFE),
)


def each_of(*lives: Life) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("life", lives, ids=lambda life: life.aggregate.name)


def test_every_aggregate_is_held_to_these_laws() -> None:
    every = {aggregate.name for context in CONTEXTS for aggregate in context.aggregates}

    assert every == {life.aggregate.name for life in LIVES}


# A tally counts what is decided elsewhere, where a repetition decides nothing.
@pytest.mark.proves("P3")
@each_of(*(life for life in LIVES if life is not TALLY_LIFE))
@given(st.data())
def test_a_repeated_decision_decides_nothing(life: Life, data: st.DataObject) -> None:
    step = life.steps() if life.once is None else life.once

    assert_repeating_decides_nothing(life.aggregate, data.draw(life.histories()), data.draw(step))


@each_of(*LIVES)
@given(st.data())
def test_a_decision_answers_with_its_own_events_or_a_refusal(life: Life, data: st.DataObject) -> None:
    assert_only_refusals(life.aggregate, data.draw(life.histories()), data.draw(life.steps()))


@each_of(*LIVES)
@given(st.data())
def test_stored_history_replays_to_the_same_state(life: Life, data: st.DataObject) -> None:
    assert_stored_history_replays(life.aggregate, data.draw(life.histories()))


@each_of(*LIVES)
@given(st.data())
def test_events_in_any_order_can_be_replayed(life: Life, data: st.DataObject) -> None:
    assert_history_never_fails(life.aggregate, data.draw(st.permutations(data.draw(life.histories()))))


@each_of(*LIVES)
@given(st.data())
def test_a_state_can_be_kept_as_a_snapshot(life: Life, data: st.DataObject) -> None:
    state = life.aggregate.fold(life.aggregate.initial, data.draw(life.histories()))
    stored = msgspec.json.Encoder(decimal_format="string").encode(state)

    assert state == msgspec.json.decode(stored, type=type(state))
