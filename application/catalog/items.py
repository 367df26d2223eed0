"""Items: listing, describing, pricing and withdrawing what the shop sells."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.beginning import begin
from application.catalog.naming import Naming, claims_for
from application.commands import command
from application.store import Call, EventStore, Saved, Stream
from application.wire import Price
from domain.catalog import item, values
from domain.catalog.brand import BRAND
from domain.catalog.category import CATEGORY
from domain.catalog.claim import Kind
from domain.catalog.item import ITEM, Item, ItemDescribed, ItemEvent, ItemListed
from domain.catalog.item_type import ITEM_TYPE
from domain.kernel import Aggregate, Invalid

Name = Annotated[str, Meta(min_length=1, max_length=values.NAME, examples=["Alpine Parka"])]
Slug = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=values.SLUG, examples=["alpine-parka"])]
Sku = Annotated[str, Meta(pattern="^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$", max_length=values.SKU, examples=["AP-100.M"])]
Description = Annotated[str, Meta(max_length=values.DESCRIPTION)]
CategoryIds = Annotated[tuple[UUID, ...], Meta(max_length=values.CATEGORIES)]
Tags = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=values.TAG, examples=["winter"])], ...],
    Meta(max_length=values.TAGS),
]


class ImageOf(Struct, frozen=True, forbid_unknown_fields=True):
    """A picture of an item. The first is the primary one, unless another is marked."""

    picture: Annotated[str, Meta(min_length=1, max_length=values.PICTURE, examples=["items/alpine-parka.svg"])]
    """An http(s) URL, or the key of a picture that the shop keeps itself."""
    alt: Annotated[str, Meta(max_length=values.ALT)] = ""
    primary: bool = False


Images = Annotated[tuple[ImageOf, ...], Meta(max_length=values.IMAGES)]


class ListItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, who can then repeat the command safely even without a key; else by the shop."""
    name: Name
    slug: Slug | None = None
    """Made from the name where it is not given."""
    sku: Sku
    price: Price
    description: Description = ""
    brand_id: UUID | None = None
    type_id: UUID | None = None
    category_ids: CategoryIds = ()
    tags: Tags = ()
    cost_price: Price | None = None
    """What the shop itself pays."""
    featured: bool = False
    images: Images = ()
    metadata: dict[str, Any] = {}


class DescribeItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes the fields that are given; null takes a brand or a type away."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    sku: Sku | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    brand_id: UUID | UnsetType | None = UNSET
    type_id: UUID | UnsetType | None = UNSET
    category_ids: CategoryIds | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class RepriceItem(Struct, frozen=True, forbid_unknown_fields=True):
    price: Price
    cost_price: Price | UnsetType | None = UNSET
    """Stays as it is when it is not given; null: not known."""


class ArrangeImages(Struct, frozen=True, forbid_unknown_fields=True):
    """All images in their order; those that are not among them are taken away."""

    images: Images


class FeatureItem(Struct, frozen=True, forbid_unknown_fields=True):
    featured: bool


class WithdrawItem(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(max_length=item.REASON)] = ""


class BringBackItem(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ItemRef(Struct, frozen=True):
    id: UUID
    slug: str


class UnknownReference(Invalid):
    """A brand, type or category that an item is given does not exist, or was withdrawn."""

    code = "unknown-reference"

    def __init__(self, field: str, id: UUID) -> None:
        super().__init__(
            f"`{field}` names something that does not exist or was withdrawn. Choose another.", path=field, id=str(id)
        )


@command("catalog")
async def list_item(
    cmd: ListItem, call: Call, *, store: EventStore, currency: str, new_id: Callable[[], UUID]
) -> Saved[ItemRef]:
    stream = await begin(store, ITEM, cmd.id, new_id)
    stream.add(decide_listing(stream.state, cmd, currency))
    return await _save(store, stream, Item(), call)


@command("catalog")
async def describe_item(cmd: DescribeItem, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    before = stream.state
    stream.add(
        item.describe(
            before,
            name=cmd.name,
            slug=cmd.slug,
            sku=cmd.sku,
            description=cmd.description,
            brand_id=cmd.brand_id,
            type_id=cmd.type_id,
            category_ids=cmd.category_ids,
            tags=cmd.tags,
            metadata=cmd.metadata,
        )
    )
    return await _save(store, stream, before, call)


@command("catalog")
async def reprice_item(
    cmd: RepriceItem, call: Call, item_id: UUID, *, store: EventStore, currency: str
) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    cost = cmd.cost_price.money(currency) if isinstance(cmd.cost_price, Price) else cmd.cost_price
    stream.add(item.reprice(stream.state, cmd.price.money(currency), cost_price=cost))
    return await store.save(stream, call=call, result=_ref(stream))


@command("catalog")
async def arrange_images(cmd: ArrangeImages, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    stream.add(item.arrange_images(stream.state, _images(cmd.images)))
    return await store.save(stream, call=call, result=_ref(stream))


@command("catalog")
async def feature_item(cmd: FeatureItem, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    stream.add(item.feature(stream.state, cmd.featured))
    return await store.save(stream, call=call, result=_ref(stream))


@command("catalog")
async def withdraw_item(cmd: WithdrawItem, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    stream.add(item.withdraw(stream.state, cmd.reason))
    return await store.save(stream, call=call, result=_ref(stream))


@command("catalog")
async def bring_back_item(cmd: BringBackItem, call: Call, item_id: UUID, *, store: EventStore) -> Saved[ItemRef]:
    stream = await store.load(ITEM, item_id, expected=call.expected)
    stream.add(item.bring_back(stream.state))
    return await store.save(stream, call=call, result=_ref(stream))


def decide_listing(state: Item, cmd: ListItem, currency: str) -> list[ItemEvent]:
    return item.list_item(
        state,
        name=cmd.name,
        slug=cmd.slug or values.slug_of(cmd.name) or values.slug_of(cmd.sku),
        sku=cmd.sku,
        price=cmd.price.money(currency),
        description=cmd.description,
        brand_id=cmd.brand_id,
        type_id=cmd.type_id,
        category_ids=cmd.category_ids,
        tags=cmd.tags,
        cost_price=None if cmd.cost_price is None else cmd.cost_price.money(currency),
        featured=cmd.featured,
        images=_images(cmd.images),
        metadata=cmd.metadata,
    )


def names(stream: Stream[Item, ItemEvent], before: Item) -> tuple[Naming, Naming]:
    """The names of an item that must be unique: as they were in `before`, and as they are now."""
    return (
        Naming(Kind.ITEM_SLUG, stream.id, before.slug or None, stream.state.slug),
        Naming(Kind.ITEM_SKU, stream.id, before.sku or None, stream.state.sku),
    )


async def check_references(store: EventStore, events: Sequence[ItemEvent]) -> None:
    """Raises UnknownReference where items are given a brand, type or category that does not exist or was withdrawn.

    One that is withdrawn a moment later is no different from one withdrawn next week: items that have it keep it.
    """
    described = [event for event in events if isinstance(event, ItemListed | ItemDescribed)]
    await _check_active(store, BRAND, "brand_id", (event.brand_id for event in described))
    await _check_active(store, ITEM_TYPE, "type_id", (event.type_id for event in described))
    shelved = (event.category_ids for event in described if event.category_ids is not UNSET)
    await _check_active(store, CATEGORY, "category_ids", chain.from_iterable(shelved))


async def _save(store: EventStore, stream: Stream[Item, ItemEvent], before: Item, call: Call) -> Saved[ItemRef]:
    """Saves what was decided about an item's description, together with the names that it takes and gives up."""
    await check_references(store, stream.pending)
    claims = await claims_for(store, *names(stream, before))
    return await store.save(stream, *claims, call=call, result=_ref(stream))


async def _check_active(
    store: EventStore, aggregate: Aggregate[Any, Any], field: str, ids: Iterable[UUID | UnsetType | None]
) -> None:
    given = {id for id in ids if isinstance(id, UUID)}
    for id, stream in (await store.load_many(aggregate, list(given))).items():
        if stream.state.status is not values.Status.ACTIVE:
            raise UnknownReference(field, id)


def _images(images: Sequence[ImageOf]) -> list[values.Image]:
    return [values.Image(image.picture, image.alt, image.primary) for image in images]


def _ref(stream: Stream[Item, ItemEvent]) -> ItemRef:
    return ItemRef(stream.id, stream.state.slug)
