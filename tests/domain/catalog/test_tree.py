"""What the catalogue promises about how categories stand in each other."""

from uuid import UUID

import pytest

from domain.catalog.tree import (
    TREE,
    CategoryCycle,
    CategoryNotEmpty,
    CategoryPlaced,
    CategoryRemoved,
    CategoryTooDeep,
    UnknownParent,
    place,
    remove,
)
from tests.given import given

A, B, C, D = (UUID(int=number) for number in range(1, 5))
a_at_top, b_in_a, c_in_b = CategoryPlaced(A, None), CategoryPlaced(B, A), CategoryPlaced(C, B)

pytestmark = pytest.mark.proves("CAT-11")


def test_a_category_stands_at_the_top_or_in_another() -> None:
    given(TREE).when(place, A, None).then(a_at_top)
    tree = given(TREE, [a_at_top, b_in_a]).when(place, C, B).then(c_in_b)

    assert [C, B, A] == list(tree.path(C))
    assert (3, 2, 1) == (tree.height(A), tree.height(B), tree.height(C))


def test_a_category_that_stands_there_already_stays() -> None:
    given(TREE, [a_at_top, b_in_a]).when(place, B, A).then()
    given(TREE, [a_at_top]).when(place, A, None).then()


def test_a_category_takes_along_what_stands_in_it() -> None:
    tree = given(TREE, [a_at_top, b_in_a, c_in_b]).when(place, B, None).then(CategoryPlaced(B, None))

    assert [C, B] == list(tree.path(C))


@pytest.mark.parametrize(("category", "parent"), [(A, A), (A, B), (A, C), (B, C), (D, D)])
def test_no_category_stands_in_itself(category: UUID, parent: UUID) -> None:
    given(TREE, [a_at_top, b_in_a, c_in_b]).when(place, category, parent).refused(
        CategoryCycle, category_id=str(category), parent_id=str(parent)
    )


def test_a_category_stands_only_in_one_that_is_there() -> None:
    given(TREE, [a_at_top]).when(place, B, D).refused(UnknownParent, parent_id=str(D))
    given(TREE, [a_at_top, b_in_a, CategoryRemoved(B)]).when(place, C, B).refused(UnknownParent)


def test_categories_stand_eight_levels_deep_and_no_deeper() -> None:
    chain = [CategoryPlaced(UUID(int=n), UUID(int=n - 1) if n > 1 else None) for n in range(1, 9)]
    given(TREE, chain).when(place, UUID(int=9), UUID(int=8)).refused(CategoryTooDeep, most=8)
    given(TREE, chain[:7]).when(place, UUID(int=8), UUID(int=7)).then(chain[7])

    pair = [CategoryPlaced(UUID(int=20), None), CategoryPlaced(UUID(int=21), UUID(int=20))]
    given(TREE, chain[:7] + pair).when(place, UUID(int=20), UUID(int=7)).refused(CategoryTooDeep)
    given(TREE, chain[:6] + pair).when(place, UUID(int=20), UUID(int=6)).then(CategoryPlaced(UUID(int=20), UUID(int=6)))


@pytest.mark.proves("CAT-17")
def test_an_empty_category_can_be_taken_out() -> None:
    tree = given(TREE, [a_at_top, b_in_a]).when(remove, B).then(CategoryRemoved(B))

    assert {A: None} == tree.parents


def test_a_category_with_others_in_it_stays() -> None:
    given(TREE, [a_at_top, b_in_a, CategoryPlaced(C, A)]).when(remove, A).refused(CategoryNotEmpty, children=2)


def test_taking_out_twice_takes_out_once() -> None:
    given(TREE, [a_at_top, CategoryRemoved(A)]).when(remove, A).then()
    given(TREE).when(remove, A).then()
