"""Changes of the catalogue, and the histories of what was changed."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from api.commands import perform
from api.gate import DryRun
from api.history import Entry, HistoryQuery, history
from api.paging import Page
from api.requests import Request
from application.catalog import (
    AddBrand,
    AddCategory,
    AddType,
    ArrangeImages,
    BringBackItem,
    DescribeCategory,
    DescribeItem,
    FeatureItem,
    ImageOf,
    ItemRef,
    ListItem,
    MoveCategory,
    RenameBrand,
    RenameType,
    RepriceItem,
    TaxonRef,
    WithdrawBrand,
    WithdrawCategory,
    WithdrawItem,
    WithdrawType,
)
from application.wire import Price
from domain.catalog import BRAND, CATEGORY, ITEM, ITEM_TYPE
from domain.catalog.item import REASON


class Withdrawal(DryRun, frozen=True):
    reason: Annotated[str, msgspec.Meta(max_length=REASON)] = ""
    """Why it is no longer sold."""


def _made(ref: ItemRef | TaxonRef) -> UUID:
    return ref.id


# Items


@post("/items", creates=True, example=ListItem(name="Alpine Parka", sku="AP-100.M", price=Price("199.00", "USD")))
async def list_item(request: Request, data: JSONBody[ListItem]) -> Response[ItemRef]:
    """List an item: from now on the shop sells it"""
    return await perform(request, request.commands.catalog.list_item, data, created=_made)


@patch("/items/{item_id:uuid}", example=DescribeItem(description="Warm, and light to carry.", tags=("winter",)))
async def describe_item(request: Request, item_id: FromPath[UUID], data: JSONBody[DescribeItem]) -> Response[ItemRef]:
    """Change how an item is described"""
    return await perform(request, request.commands.catalog.describe_item, data, item_id)


@delete("/items/{item_id:uuid}", status_code=200)
async def withdraw_item(
    request: Request, item_id: FromPath[UUID], asked: NamedDependency[Withdrawal]
) -> Response[ItemRef]:
    """Withdraw an item: it is no longer sold, and can be brought back"""
    return await perform(request, request.commands.catalog.withdraw_item, WithdrawItem(asked.reason), item_id)


@post("/items/{item_id:uuid}/bring-back", status_code=200)
async def bring_back_item(request: Request, item_id: FromPath[UUID]) -> Response[ItemRef]:
    """Sell a withdrawn item again"""
    return await perform(request, request.commands.catalog.bring_back_item, BringBackItem(), item_id)


@put("/items/{item_id:uuid}/price", example=RepriceItem(Price("179.00", "USD")))
async def reprice_item(request: Request, item_id: FromPath[UUID], data: JSONBody[RepriceItem]) -> Response[ItemRef]:
    """Set an item's price"""
    return await perform(request, request.commands.catalog.reprice_item, data, item_id)


@put("/items/{item_id:uuid}/images", example=ArrangeImages((ImageOf("items/alpine-parka.svg", "A red parka"),)))
async def arrange_item_images(
    request: Request, item_id: FromPath[UUID], data: JSONBody[ArrangeImages]
) -> Response[ItemRef]:
    """Set an item's pictures and their order"""
    return await perform(request, request.commands.catalog.arrange_images, data, item_id)


@put("/items/{item_id:uuid}/featured", example=FeatureItem(True))
async def feature_item(request: Request, item_id: FromPath[UUID], data: JSONBody[FeatureItem]) -> Response[ItemRef]:
    """Put an item forward, or no longer"""
    return await perform(request, request.commands.catalog.feature_item, data, item_id)


@get("/items/{item_id:uuid}/history")
async def get_item_history(
    request: Request, item_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to an item"""
    return await history(request, asked, ITEM, item_id)


# Brands


@post("/brands", creates=True, example=AddBrand(name="Nordwand"))
async def add_brand(request: Request, data: JSONBody[AddBrand]) -> Response[TaxonRef]:
    """Add a brand"""
    return await perform(request, request.commands.catalog.add_brand, data, created=_made)


@patch("/brands/{brand_id:uuid}", example=RenameBrand("Nordwand Alpin"))
async def rename_brand(request: Request, brand_id: FromPath[UUID], data: JSONBody[RenameBrand]) -> Response[TaxonRef]:
    """Rename a brand"""
    return await perform(request, request.commands.catalog.rename_brand, data, brand_id)


@delete("/brands/{brand_id:uuid}", status_code=200)
async def withdraw_brand(request: Request, brand_id: FromPath[UUID]) -> Response[TaxonRef]:
    """Withdraw a brand"""
    return await perform(request, request.commands.catalog.withdraw_brand, WithdrawBrand(), brand_id)


@get("/brands/{brand_id:uuid}/history")
async def get_brand_history(
    request: Request, brand_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a brand"""
    return await history(request, asked, BRAND, brand_id)


# Types


@post("/types", creates=True, example=AddType(name="Jackets"))
async def add_type(request: Request, data: JSONBody[AddType]) -> Response[TaxonRef]:
    """Add a type of items"""
    return await perform(request, request.commands.catalog.add_type, data, created=_made)


@patch("/types/{type_id:uuid}", example=RenameType("Coats"))
async def rename_type(request: Request, type_id: FromPath[UUID], data: JSONBody[RenameType]) -> Response[TaxonRef]:
    """Rename a type of items"""
    return await perform(request, request.commands.catalog.rename_type, data, type_id)


@delete("/types/{type_id:uuid}", status_code=200)
async def withdraw_type(request: Request, type_id: FromPath[UUID]) -> Response[TaxonRef]:
    """Withdraw a type of items"""
    return await perform(request, request.commands.catalog.withdraw_type, WithdrawType(), type_id)


@get("/types/{type_id:uuid}/history")
async def get_type_history(
    request: Request, type_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a type of items"""
    return await history(request, asked, ITEM_TYPE, type_id)


# Categories


@post("/categories", creates=True, example=AddCategory(name="Winter"))
async def add_category(request: Request, data: JSONBody[AddCategory]) -> Response[TaxonRef]:
    """Add a category"""
    return await perform(request, request.commands.catalog.add_category, data, created=_made)


@patch("/categories/{category_id:uuid}", example=DescribeCategory(description="For cold days.", sort_order=2))
async def describe_category(
    request: Request, category_id: FromPath[UUID], data: JSONBody[DescribeCategory]
) -> Response[TaxonRef]:
    """Change how a category is described"""
    return await perform(request, request.commands.catalog.describe_category, data, category_id)


@put("/categories/{category_id:uuid}/parent", example=MoveCategory(None))
async def move_category(
    request: Request, category_id: FromPath[UUID], data: JSONBody[MoveCategory]
) -> Response[TaxonRef]:
    """Move a category, with all that stands in it, into another one or to the top"""
    return await perform(request, request.commands.catalog.move_category, data, category_id)


@delete("/categories/{category_id:uuid}", status_code=200)
async def withdraw_category(request: Request, category_id: FromPath[UUID]) -> Response[TaxonRef]:
    """Withdraw a category"""
    return await perform(request, request.commands.catalog.withdraw_category, WithdrawCategory(), category_id)


@get("/categories/{category_id:uuid}/history")
async def get_category_history(
    request: Request, category_id: FromPath[UUID], asked: NamedDependency[HistoryQuery]
) -> Response[Page[Entry]]:
    """Get what happened to a category"""
    return await history(request, asked, CATEGORY, category_id)


HANDLERS = [
    *(list_item, describe_item, withdraw_item, bring_back_item, reprice_item, arrange_item_images, feature_item),
    *(add_brand, rename_brand, withdraw_brand, add_type, rename_type, withdraw_type),
    *(add_category, describe_category, move_category, withdraw_category),
    *(get_item_history, get_brand_history, get_type_history, get_category_history),
]
