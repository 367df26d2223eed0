"""The taxonomy: the brands, types and categories that items are sorted by."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.beginning import begin
from application.catalog.items import Description, Slug
from application.catalog.naming import Naming, claims_for
from application.commands import command
from application.store import Call, EventStore, Saved
from domain.catalog import brand, category, item_type, tree, values
from domain.catalog.brand import BRAND
from domain.catalog.category import CATEGORY
from domain.catalog.claim import Kind
from domain.catalog.item_type import ITEM_TYPE
from domain.catalog.tree import TREE, TREE_ID

BrandName = Annotated[str, Meta(min_length=1, max_length=brand.NAME, examples=["Nordwand"])]
TypeName = Annotated[str, Meta(min_length=1, max_length=item_type.NAME, examples=["Jackets"])]
CategoryName = Annotated[str, Meta(min_length=1, max_length=category.NAME, examples=["Winter"])]
SortOrder = Annotated[int, Meta(ge=0, le=category.SORT_ORDER)]
ImageUrl = Annotated[str, Meta(min_length=1, max_length=values.PICTURE, examples=["categories/winter.svg"])]


class AddBrand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    name: BrandName


class RenameBrand(Struct, frozen=True, forbid_unknown_fields=True):
    name: BrandName


class WithdrawBrand(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class AddType(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    name: TypeName


class RenameType(Struct, frozen=True, forbid_unknown_fields=True):
    name: TypeName


class WithdrawType(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class AddCategory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    name: CategoryName
    slug: Slug | None = None
    """Made from the name where it is not given."""
    description: Description = ""
    parent_id: UUID | None = None
    sort_order: SortOrder = 0
    image_url: ImageUrl | None = None


class DescribeCategory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes the fields that are given; null takes the image away."""

    name: CategoryName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    sort_order: SortOrder | UnsetType = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET


class MoveCategory(Struct, frozen=True, forbid_unknown_fields=True):
    parent_id: UUID | None
    """The category to stand in, with all that stands in this one; null for the top."""


class WithdrawCategory(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class TaxonRef(Struct, frozen=True):
    id: UUID


@command("catalog")
async def add_brand(cmd: AddBrand, call: Call, *, store: EventStore, new_id: Callable[[], UUID]) -> Saved[TaxonRef]:
    stream = await begin(store, BRAND, cmd.id, new_id)
    stream.add(brand.add(stream.state, cmd.name))
    claims = await claims_for(store, Naming(Kind.BRAND_NAME, stream.id, None, stream.state.name))
    return await store.save(stream, *claims, call=call, result=TaxonRef(stream.id))


@command("catalog")
async def rename_brand(cmd: RenameBrand, call: Call, brand_id: UUID, *, store: EventStore) -> Saved[TaxonRef]:
    stream = await store.load(BRAND, brand_id, expected=call.expected)
    before = stream.state.name
    stream.add(brand.rename(stream.state, cmd.name))
    claims = await claims_for(store, Naming(Kind.BRAND_NAME, brand_id, before, stream.state.name))
    return await store.save(stream, *claims, call=call, result=TaxonRef(brand_id))


@command("catalog")
async def withdraw_brand(cmd: WithdrawBrand, call: Call, brand_id: UUID, *, store: EventStore) -> Saved[TaxonRef]:
    stream = await store.load(BRAND, brand_id, expected=call.expected)
    stream.add(brand.withdraw(stream.state))
    claims = await claims_for(store, Naming(Kind.BRAND_NAME, brand_id, stream.state.name, None))
    return await store.save(stream, *claims, call=call, result=TaxonRef(brand_id))


@command("catalog")
async def add_type(cmd: AddType, call: Call, *, store: EventStore, new_id: Callable[[], UUID]) -> Saved[TaxonRef]:
    stream = await begin(store, ITEM_TYPE, cmd.id, new_id)
    stream.add(item_type.add(stream.state, cmd.name))
    claims = await claims_for(store, Naming(Kind.TYPE_NAME, stream.id, None, stream.state.name))
    return await store.save(stream, *claims, call=call, result=TaxonRef(stream.id))


@command("catalog")
async def rename_type(cmd: RenameType, call: Call, type_id: UUID, *, store: EventStore) -> Saved[TaxonRef]:
    stream = await store.load(ITEM_TYPE, type_id, expected=call.expected)
    before = stream.state.name
    stream.add(item_type.rename(stream.state, cmd.name))
    claims = await claims_for(store, Naming(Kind.TYPE_NAME, type_id, before, stream.state.name))
    return await store.save(stream, *claims, call=call, result=TaxonRef(type_id))


@command("catalog")
async def withdraw_type(cmd: WithdrawType, call: Call, type_id: UUID, *, store: EventStore) -> Saved[TaxonRef]:
    stream = await store.load(ITEM_TYPE, type_id, expected=call.expected)
    stream.add(item_type.withdraw(stream.state))
    claims = await claims_for(store, Naming(Kind.TYPE_NAME, type_id, stream.state.name, None))
    return await store.save(stream, *claims, call=call, result=TaxonRef(type_id))


@command("catalog")
async def add_category(
    cmd: AddCategory, call: Call, *, store: EventStore, new_id: Callable[[], UUID]
) -> Saved[TaxonRef]:
    stream = await begin(store, CATEGORY, cmd.id, new_id)
    stream.add(
        category.add(
            stream.state,
            name=cmd.name,
            slug=cmd.slug or values.slug_of(cmd.name),
            description=cmd.description,
            parent_id=cmd.parent_id,
            sort_order=cmd.sort_order,
            image_url=cmd.image_url,
        )
    )
    hierarchy = await store.load(TREE, TREE_ID)
    if stream.pending:
        hierarchy.add(tree.place(hierarchy.state, stream.id, cmd.parent_id))
    claims = await claims_for(store, Naming(Kind.CATEGORY_SLUG, stream.id, None, stream.state.slug))
    return await store.save(stream, hierarchy, *claims, call=call, result=TaxonRef(stream.id))


@command("catalog")
async def describe_category(
    cmd: DescribeCategory, call: Call, category_id: UUID, *, store: EventStore
) -> Saved[TaxonRef]:
    stream = await store.load(CATEGORY, category_id, expected=call.expected)
    before = stream.state.slug
    stream.add(
        category.describe(
            stream.state,
            name=cmd.name,
            slug=cmd.slug,
            description=cmd.description,
            sort_order=cmd.sort_order,
            image_url=cmd.image_url,
        )
    )
    claims = await claims_for(store, Naming(Kind.CATEGORY_SLUG, category_id, before, stream.state.slug))
    return await store.save(stream, *claims, call=call, result=TaxonRef(category_id))


@command("catalog")
async def move_category(cmd: MoveCategory, call: Call, category_id: UUID, *, store: EventStore) -> Saved[TaxonRef]:
    stream = await store.load(CATEGORY, category_id, expected=call.expected)
    stream.add(category.move(stream.state, cmd.parent_id))
    hierarchy = await store.load(TREE, TREE_ID)
    if stream.pending:
        hierarchy.add(tree.place(hierarchy.state, category_id, cmd.parent_id))
    return await store.save(stream, hierarchy, call=call, result=TaxonRef(category_id))


@command("catalog")
async def withdraw_category(
    cmd: WithdrawCategory, call: Call, category_id: UUID, *, store: EventStore
) -> Saved[TaxonRef]:
    stream = await store.load(CATEGORY, category_id, expected=call.expected)
    stream.add(category.withdraw(stream.state))
    hierarchy = await store.load(TREE, TREE_ID)
    hierarchy.add(tree.remove(hierarchy.state, category_id))
    claims = await claims_for(store, Naming(Kind.CATEGORY_SLUG, category_id, stream.state.slug, None))
    return await store.save(stream, hierarchy, *claims, call=call, result=TaxonRef(category_id))
