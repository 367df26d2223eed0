"""Laws of the catalogue: they hold for whatever can happen to any of its streams."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.item import ITEM, Item
from domain.catalog.tree import DEPTH, TREE, Tree
from domain.catalog.values import Status
from domain.kernel import Event
from tests.laws import (
    Life,
    assert_history_never_fails,
    assert_only_refusals,
    assert_repeating_decides_nothing,
    assert_stored_history_replays,
)
from tests.strategies.catalog import ITEM_LIFE, LIVES, TREE_LIFE, messy_steps

every_aggregate = pytest.mark.parametrize("life", LIVES, ids=lambda life: life.aggregate.name)


@every_aggregate
@given(st.data())
def test_a_repeated_decision_decides_nothing(life: Life, data: st.DataObject) -> None:
    history, step = data.draw(life.histories()), data.draw(life.steps())

    assert_repeating_decides_nothing(life.aggregate, history, step)


@every_aggregate
@given(st.data())
def test_a_decision_answers_with_its_own_events_or_a_refusal(life: Life, data: st.DataObject) -> None:
    assert_only_refusals(life.aggregate, data.draw(life.histories()), data.draw(life.steps()))


@pytest.mark.proves("B10", "B13", "B14", "B19", "B20", "B21", "B22", "B23")
@given(ITEM_LIFE.histories(4), messy_steps())
def test_whatever_is_asked_for_is_recorded_whole_or_refused(history: list[Event], step: Any) -> None:
    assert_only_refusals(ITEM, history, step)
    assert_repeating_decides_nothing(ITEM, history, step)
    assert_stored_history_replays(ITEM, ITEM_LIFE.lived(step))


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


@pytest.mark.proves("CAT-16")
@given(ITEM_LIFE.histories())
def test_an_item_has_exactly_one_primary_image_where_it_has_any(history: list[Event]) -> None:
    item = ITEM.fold(Item(), history)

    assert min(1, len(item.images)) == sum(image.primary for image in item.images)


@given(ITEM_LIFE.histories())
def test_an_item_that_was_listed_always_has_a_price(history: list[Event]) -> None:
    item = ITEM.fold(Item(), history)

    assert item.status is not Status.ABSENT
    assert item.price is not None
    assert item.price.amount > 0
    assert item.cost_price is None or item.cost_price.currency == item.price.currency


@pytest.mark.proves("CAT-11")
@given(TREE_LIFE.histories(30))
def test_the_tree_never_has_a_cycle_an_orphan_or_too_many_levels(history: list[Event]) -> None:
    tree = TREE.fold(Tree(), history)

    for category, parent in tree.parents.items():
        path = list(tree.path(category))
        assert len(path) == len(set(path)) <= DEPTH
        assert parent is None or parent in tree.parents
