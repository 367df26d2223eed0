"""Categories stand in each other, without a cycle and only so deep."""

import asyncio
from uuid import UUID

import pytest

from application import catalog
from application.catalog import AddCategory, DescribeCategory, MoveCategory, WithdrawCategory
from application.store import Saved
from domain.catalog import CATEGORY, TREE
from domain.catalog.category import UnknownCategory
from domain.catalog.claim import NameTaken
from domain.catalog.tree import TREE_ID, CategoryCycle, CategoryNotEmpty, CategoryTooDeep, UnknownParent
from domain.catalog.values import Status
from tests.application.shop import NOBODY, Shop

pytestmark = pytest.mark.anyio


@pytest.mark.proves("CAT-10", "CAT-11")
async def test_categories_stand_in_each_other_and_move(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    ropes = await shop.add(AddCategory(name="Ropes", parent_id=climbing, sort_order=2))
    await shop.do(catalog.move_category, MoveCategory(None), climbing)
    await shop.do(catalog.describe_category, DescribeCategory(slug="strong-ropes", sort_order=1), ropes)

    assert {outdoor: None, climbing: None, ropes: climbing} == (await shop.store.load(TREE, TREE_ID)).state.parents
    described = (await shop.store.load(CATEGORY, ropes)).state
    assert ("strong-ropes", 1, climbing) == (described.slug, described.sort_order, described.parent_id)
    await shop.add(AddCategory(name="Ropes"))
    await shop.refuses(NameTaken, shop.add(AddCategory(name="Strong ropes")))


async def test_a_category_cannot_stand_in_itself_or_in_nothing(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))

    await shop.refuses(CategoryCycle, shop.do(catalog.move_category, MoveCategory(climbing), outdoor))
    await shop.refuses(UnknownParent, shop.do(catalog.move_category, MoveCategory(NOBODY), climbing))
    await shop.refuses(UnknownParent, shop.add(AddCategory(name="Ropes", parent_id=NOBODY)))
    await shop.refuses(UnknownCategory, shop.do(catalog.move_category, MoveCategory(None), NOBODY))


async def test_categories_stand_only_so_deep(shop: Shop) -> None:
    parent = None
    for level in range(8):
        parent = await shop.add(AddCategory(name=f"Level {level}", parent_id=parent))

    await shop.refuses(CategoryTooDeep, shop.add(AddCategory(name="Level 8", parent_id=parent)))


@pytest.mark.proves("P12", "CAT-11")
async def test_two_categories_that_move_into_each_other_at_once_make_no_cycle(shop: Shop) -> None:
    one, other = await shop.add(AddCategory(name="One")), await shop.add(AddCategory(name="Other"))
    results = await asyncio.gather(
        shop.do(catalog.move_category, MoveCategory(other), one),
        shop.do(catalog.move_category, MoveCategory(one), other),
        return_exceptions=True,
    )

    assert 1 == sum(isinstance(result, CategoryCycle) for result in results)
    assert 1 == sum(isinstance(result, Saved) for result in results)


@pytest.mark.proves("CAT-17")
async def test_a_category_is_withdrawn_when_it_is_empty_and_frees_its_slug(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    await shop.refuses(CategoryNotEmpty, shop.do(catalog.withdraw_category, WithdrawCategory(), outdoor))
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), outdoor)

    assert Status.WITHDRAWN is (await shop.store.load(CATEGORY, outdoor)).state.status
    assert {} == (await shop.store.load(TREE, TREE_ID)).state.parents
    await shop.add(AddCategory(name="Outdoor"))
    await shop.refuses(UnknownParent, shop.add(AddCategory(name="Ropes", parent_id=outdoor)))


async def test_a_withdrawn_category_does_not_come_back_by_moving_where_it_stood(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    saved = await shop.do(catalog.move_category, MoveCategory(outdoor), climbing)

    assert () == saved.events
    assert {outdoor: None} == (await shop.store.load(TREE, TREE_ID)).state.parents


async def test_adding_a_category_again_adds_it_once(shop: Shop) -> None:
    await shop.add(AddCategory(id=UUID(int=1), name="Outdoor"))
    before = await shop.recorded()
    await shop.add(AddCategory(id=UUID(int=1), name="Outdoor"))

    assert before == await shop.recorded()
