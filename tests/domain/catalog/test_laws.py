"""Laws of the catalogue: they hold for whatever can happen to any of its streams."""

from typing import Any

import pytest
from hypothesis import given

from domain.catalog.item import ITEM, Item
from domain.catalog.tree import DEPTH, TREE, Tree
from domain.catalog.values import Status
from domain.kernel import Event
from tests.laws import (
    assert_only_refusals,
    assert_repeating_decides_nothing,
    assert_stored_history_replays,
)
from tests.strategies.catalog import ITEM_LIFE, TREE_LIFE, messy_steps


@pytest.mark.proves("B10", "B13", "B14", "B19", "B20", "B21", "B22", "B23")
@given(ITEM_LIFE.histories(4), messy_steps())
def test_whatever_is_asked_for_is_recorded_whole_or_refused(history: list[Event], step: Any) -> None:
    assert_only_refusals(ITEM, history, step)
    assert_repeating_decides_nothing(ITEM, history, step)
    assert_stored_history_replays(ITEM, ITEM_LIFE.lived(step))


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
