"""Brands and types; and the names that they and items have to themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from application import catalog
from application.catalog import (
    AddBrand,
    AddType,
    DescribeItem,
    RenameBrand,
    RenameType,
    WithdrawBrand,
    WithdrawItem,
    WithdrawType,
)
from application.store import Saved
from domain.catalog import ITEM
from domain.catalog.brand import UnknownBrand
from domain.catalog.claim import NameTaken
from domain.catalog.item import ItemDescribed
from domain.catalog.item_type import UnknownType
from domain.kernel import StaleVersion
from tests.application.shop import NOBODY, STAFF, Shop

pytestmark = pytest.mark.anyio


@pytest.mark.proves("B23", "B25")
@pytest.mark.parametrize("sku", ["AP-100", "ap-100", "Ap-100"])
async def test_no_two_items_have_one_sku(shop: Shop, sku: str) -> None:
    await shop.list("AP-100")
    refusal = await shop.refuses(NameTaken, shop.list(sku, name="Another"))

    assert {"kind": "item-sku", "name": sku} == refusal.fields


async def test_no_two_items_have_one_slug(shop: Shop) -> None:
    first = (await shop.list("A")).result.id
    await shop.refuses(NameTaken, shop.list("B"))
    second = (await shop.list("B", slug="parka-b")).result.id
    await shop.refuses(NameTaken, shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka"), second))

    await shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka-1", sku="A.1"), first)
    await shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka", sku="A"), second)

    assert "alpine-parka" == (await shop.store.load(ITEM, second)).state.slug


async def test_the_names_of_a_withdrawn_item_stay_its_own(shop: Shop) -> None:
    id = (await shop.list()).result.id
    await shop.do(catalog.withdraw_item, WithdrawItem(), id)

    await shop.refuses(NameTaken, shop.list("ap-100", name="Another"))
    await shop.refuses(NameTaken, shop.list("Other"))


async def test_a_sku_may_change_its_case(shop: Shop) -> None:
    id = (await shop.list("AP-100")).result.id
    saved = await shop.do(catalog.describe_item, DescribeItem(sku="ap-100"), id)

    assert (ItemDescribed(sku="ap-100"),) == saved.events


@pytest.mark.proves("P12")
async def test_of_many_who_want_one_name_at_once_one_gets_it(shop: Shop) -> None:
    attempts = [shop.list("AP-100", name=f"Parka {number}") for number in range(12)]
    results = await asyncio.gather(*attempts, return_exceptions=True)

    assert 1 == sum(isinstance(result, Saved) for result in results)
    assert 11 == sum(isinstance(result, NameTaken) for result in results)
    assert 3 == await shop.recorded()


@pytest.mark.proves("P12")
async def test_two_items_that_swap_names_at_once_never_share_one(shop: Shop) -> None:
    one, other = (await shop.list("A", slug="a")).result.id, (await shop.list("B", slug="b")).result.id
    await asyncio.gather(
        shop.do(catalog.describe_item, DescribeItem(slug="b"), one),
        shop.do(catalog.describe_item, DescribeItem(slug="a"), other),
        return_exceptions=True,
    )

    assert {"a", "b"} == {(await shop.store.load(ITEM, id)).state.slug for id in (one, other)}


LABELS: list[Any] = [
    pytest.param(
        AddBrand, RenameBrand, WithdrawBrand, catalog.rename_brand, catalog.withdraw_brand, UnknownBrand, id="brand"
    ),
    pytest.param(AddType, RenameType, WithdrawType, catalog.rename_type, catalog.withdraw_type, UnknownType, id="type"),
]


@pytest.mark.parametrize(("add", "rename", "withdraw", "renames", "withdraws", "unknown"), LABELS)
async def test_the_name_of_a_brand_or_type_is_its_own_until_it_gives_it_up(
    shop: Shop, add: Any, rename: Any, withdraw: Any, renames: Any, withdraws: Any, unknown: Any
) -> None:
    one = await shop.add(add(name="Nordwand"))
    await shop.refuses(NameTaken, shop.add(add(name="NORDWAND")))
    await shop.do(renames, rename("Südwand"), one)
    other = await shop.add(add(name="Nordwand"))
    await shop.refuses(NameTaken, shop.do(renames, rename("sÜdwand"), other))
    await shop.do(withdraws, withdraw(), one)
    await shop.do(renames, rename("Südwand"), other)
    await shop.do(withdraws, withdraw(), one)

    await shop.refuses(NameTaken, shop.add(add(name="Südwand")))
    await shop.refuses(unknown, shop.do(renames, rename("X"), NOBODY))
    await shop.refuses(StaleVersion, shop.do(withdraws, withdraw(), other, replace(STAFF, expected=1)))


@pytest.mark.parametrize(("add", "rename", "withdraw", "renames", "withdraws", "unknown"), LABELS)
async def test_what_is_done_again_to_a_brand_or_type_is_done_once(
    shop: Shop, add: Any, rename: Any, withdraw: Any, renames: Any, withdraws: Any, unknown: Any
) -> None:
    steps: list[Callable[[], Awaitable[Any]]] = [
        lambda: shop.add(add(id=UUID(int=1), name="Nordwand")),
        lambda: shop.do(renames, rename("Südwand"), UUID(int=1)),
        lambda: shop.do(withdraws, withdraw(), UUID(int=1)),
    ]
    for step in steps:
        await step()
        before = await shop.recorded()
        await step()

        assert before == await shop.recorded()
