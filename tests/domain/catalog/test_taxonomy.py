"""What the catalogue promises about its brands, types and categories."""

from typing import Any
from uuid import UUID

import pytest

from domain.catalog import brand, category, item_type
from domain.catalog.brand import BRAND, BrandAdded, BrandAlreadyAdded, BrandNotActive, BrandRenamed, BrandWithdrawn
from domain.catalog.category import (
    CATEGORY,
    Category,
    CategoryAdded,
    CategoryAlreadyAdded,
    CategoryDescribed,
    CategoryMoved,
    CategoryNotActive,
    CategoryWithdrawn,
    InvalidSortOrder,
)
from domain.catalog.item_type import ITEM_TYPE, TypeAdded, TypeAlreadyAdded, TypeNotActive, TypeRenamed, TypeWithdrawn
from domain.catalog.values import InvalidPicture, InvalidSlug, Status
from domain.kernel import InvalidText
from tests.given import given

OUTDOOR, CLIMBING = UUID(int=1), UUID(int=2)

LABELS: list[Any] = [
    pytest.param(
        BRAND,
        brand,
        (BrandAdded("Nordwand"), BrandRenamed("Südwand"), BrandWithdrawn()),
        (BrandAlreadyAdded, BrandNotActive),
        id="brand",
        marks=pytest.mark.proves("CAT-01"),
    ),
    pytest.param(
        ITEM_TYPE,
        item_type,
        (TypeAdded("Nordwand"), TypeRenamed("Südwand"), TypeWithdrawn()),
        (TypeAlreadyAdded, TypeNotActive),
        id="type",
        marks=pytest.mark.proves("CAT-02"),
    ),
]


@pytest.mark.parametrize(("aggregate", "decide", "events", "refusals"), LABELS)
def test_a_brand_is_added_renamed_and_withdrawn(aggregate: Any, decide: Any, events: Any, refusals: Any) -> None:
    added, renamed, withdrawn = events
    assert "Nordwand" == given(aggregate).when(decide.add, " Nordwand").then(added).name
    assert "Südwand" == given(aggregate, [added]).when(decide.rename, "Su\u0308dwand").then(renamed).name
    assert Status.WITHDRAWN is given(aggregate, [added, renamed]).when(decide.withdraw).then(withdrawn).status


@pytest.mark.parametrize(("aggregate", "decide", "events", "refusals"), LABELS)
def test_what_was_done_to_a_brand_is_done_once(aggregate: Any, decide: Any, events: Any, refusals: Any) -> None:
    added, renamed, withdrawn = events
    given(aggregate, [added]).when(decide.add, "Nordwand").then()
    given(aggregate, [added, renamed]).when(decide.rename, "Südwand").then()
    given(aggregate, [added, withdrawn]).when(decide.withdraw).then()


@pytest.mark.proves("B47")
@pytest.mark.parametrize(("aggregate", "decide", "events", "refusals"), LABELS)
def test_a_brand_that_is_gone_stays_as_it_was(aggregate: Any, decide: Any, events: Any, refusals: Any) -> None:
    added, _, withdrawn = events
    already_added, not_active = refusals
    given(aggregate, [added]).when(decide.add, "Südwand").refused(already_added, name="Nordwand")
    given(aggregate, [added, withdrawn]).when(decide.add, "Nordwand").refused(already_added)
    given(aggregate, [added, withdrawn]).when(decide.rename, "Südwand").refused(not_active, status="withdrawn")
    given(aggregate).when(decide.rename, "Südwand").refused(not_active, status="absent")
    given(aggregate).when(decide.withdraw).refused(not_active, status="absent")


@pytest.mark.proves("B19", "B20", "B21")
@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0"])
@pytest.mark.parametrize(("aggregate", "decide", "events", "refusals"), LABELS)
def test_a_brand_has_a_clean_name(aggregate: Any, decide: Any, events: Any, refusals: Any, name: str) -> None:
    given(aggregate).when(decide.add, name).refused(InvalidText, path="name")
    given(aggregate, [events[0]]).when(decide.rename, name).refused(InvalidText, path="name")


ROPES: dict[str, Any] = {
    "name": "Ropes",
    "slug": "ropes",
    "description": "What holds you.",
    "parent_id": CLIMBING,
    "sort_order": 3,
    "image_url": "categories/ropes.svg",
}
added = CategoryAdded(**ROPES)
withdrawn = CategoryWithdrawn()


@pytest.mark.proves("CAT-10")
def test_a_category_is_added_with_all_that_is_said_of_it() -> None:
    assert Category(status=Status.ACTIVE, **ROPES) == given(CATEGORY).when(category.add, **ROPES).then(added)


def test_a_category_needs_no_more_than_a_name_and_a_slug() -> None:
    given(CATEGORY).when(category.add, name=" Ropes", slug="ropes").then(CategoryAdded(name="Ropes", slug="ropes"))


def test_adding_the_same_category_twice_adds_it_once() -> None:
    given(CATEGORY, [added]).when(category.add, **ROPES).then()
    given(CATEGORY, [added]).when(category.add, **ROPES | {"name": "Slings"}).refused(
        CategoryAlreadyAdded, slug="ropes"
    )
    given(CATEGORY, [added, withdrawn]).when(category.add, **ROPES).refused(CategoryAlreadyAdded)


def test_describing_a_category_records_only_what_changed() -> None:
    described = CategoryDescribed(name="Slings", image_url=None)
    result = (
        given(CATEGORY, [added]).when(category.describe, name="Slings", slug="ropes", image_url=None).then(described)
    )

    assert Category(status=Status.ACTIVE, **ROPES | {"name": "Slings", "image_url": None}) == result


def test_every_part_of_a_categorys_description_can_change() -> None:
    anew: dict[str, Any] = {
        "name": "Slings",
        "slug": "slings",
        "description": "",
        "sort_order": 0,
        "image_url": "categories/slings.svg",
    }
    result = given(CATEGORY, [added]).when(category.describe, **anew).then(CategoryDescribed(**anew))

    assert Category(status=Status.ACTIVE, **ROPES | anew) == result


@pytest.mark.proves("CAT-11")
def test_a_category_moves_into_another_and_to_the_top() -> None:
    assert (
        OUTDOOR
        == given(CATEGORY, [added]).when(category.move, OUTDOOR).then(CategoryMoved(CLIMBING, OUTDOOR)).parent_id
    )
    assert given(CATEGORY, [added]).when(category.move, None).then(CategoryMoved(CLIMBING, None)).parent_id is None


@pytest.mark.proves("CAT-17")
def test_a_withdrawn_category_keeps_its_description() -> None:
    result = given(CATEGORY, [added]).when(category.withdraw).then(withdrawn)

    assert Category(status=Status.WITHDRAWN, **ROPES) == result


@pytest.mark.parametrize("history", [[added], [added, withdrawn]])
def test_what_a_category_is_already_decides_nothing(history: list[Any]) -> None:
    given(CATEGORY, history).when(category.describe).then()
    given(CATEGORY, history).when(category.describe, name="Ropes", sort_order=3).then()
    given(CATEGORY, history).when(category.move, CLIMBING).then()


def test_withdrawing_a_category_twice_withdraws_it_once() -> None:
    given(CATEGORY, [added, withdrawn]).when(category.withdraw).then()


@pytest.mark.proves("B47")
@pytest.mark.parametrize(("history", "status"), [([added, withdrawn], "withdrawn"), ([], "absent")])
def test_a_category_that_is_not_active_cannot_be_changed(history: list[Any], status: str) -> None:
    given(CATEGORY, history).when(category.describe, name="Slings").refused(CategoryNotActive, status=status)
    given(CATEGORY, history).when(category.move, OUTDOOR).refused(CategoryNotActive, status=status)


def test_a_category_that_was_never_added_cannot_be_withdrawn() -> None:
    given(CATEGORY).when(category.withdraw).refused(CategoryNotActive, status="absent")


@pytest.mark.proves("B19", "B20")
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": " "}, InvalidText),
        ({"name": "x" * 101}, InvalidText),
        ({"slug": ""}, InvalidSlug),
        ({"description": "x" * 4001}, InvalidText),
        ({"sort_order": -1}, InvalidSortOrder),
        ({"sort_order": 1_000_001}, InvalidSortOrder),
        ({"image_url": "../x"}, InvalidPicture),
    ],
)
def test_a_category_that_cannot_be_shown_is_refused(wrong: dict[str, Any], refusal: Any) -> None:
    given(CATEGORY).when(category.add, **ROPES | wrong).refused(refusal)
    given(CATEGORY, [added]).when(category.describe, **wrong).refused(refusal)


def test_a_sort_order_has_bounds() -> None:
    for sort_order in (0, 1_000_000):
        given(CATEGORY).when(category.add, name="Ropes", slug="ropes", sort_order=sort_order).then(
            CategoryAdded(name="Ropes", slug="ropes", sort_order=sort_order)
        )
