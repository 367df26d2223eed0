"""An item: what the shop sells, how it is described, and what it costs.

Refusals
├── UnknownItem         no such item
├── ItemAlreadyListed   its id belongs to another item
├── ItemNotActive       it was withdrawn, or never listed
└── InvalidPrice        a price of zero
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import asdict, replace

from domain.catalog.values import (
    CATEGORIES,
    Image,
    Status,
    TooMany,
    clean_description,
    clean_images,
    clean_metadata,
    clean_name,
    clean_sku,
    clean_slug,
    clean_tags,
    distinct,
)
from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, clean, members, set_fields
from domain.money import CurrencyMismatch, Money

REASON = 200
"""Characters at most."""

# Events


class ItemListed(Event, frozen=True, kw_only=True, tag="catalog.ItemListed"):
    """An item is in the catalogue from now on."""

    name: str
    slug: str
    sku: str
    price: Money
    description: str = ""
    brand_id: UUID | None = None
    type_id: UUID | None = None
    category_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()
    cost_price: Money | None = None
    featured: bool = False
    images: tuple[Image, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


class ItemDescribed(Event, frozen=True, kw_only=True, tag="catalog.ItemDescribed"):
    """Some of the description changed; only what changed is set."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    sku: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    brand_id: UUID | UnsetType | None = UNSET
    type_id: UUID | UnsetType | None = UNSET
    category_ids: tuple[UUID, ...] | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class ItemRepriced(Event, frozen=True, tag="catalog.ItemRepriced"):
    old_price: Money
    new_price: Money


class ItemCostChanged(Event, frozen=True, tag="catalog.ItemCostChanged"):
    """What the shop itself pays changed; not for customers' eyes."""

    old_cost: Money | None
    new_cost: Money | None


class ItemImagesArranged(Event, frozen=True, tag="catalog.ItemImagesArranged"):
    """All images after the change, in order; exactly one is primary where there are any."""

    images: tuple[Image, ...]


class ItemFeatured(Event, frozen=True, tag="catalog.ItemFeatured"):
    """The shop puts the item forward."""


class ItemUnfeatured(Event, frozen=True, tag="catalog.ItemUnfeatured"):
    """The shop no longer puts the item forward."""


class ItemWithdrawn(Event, frozen=True, tag="catalog.ItemWithdrawn"):
    """The item is no longer sold. Its slug and SKU stay its own, since it can be brought back."""

    reason: str = ""


class ItemBroughtBack(Event, frozen=True, tag="catalog.ItemBroughtBack"):
    """The item is sold again, as it was."""


ItemEvent: TypeAlias = (
    ItemListed
    | ItemDescribed
    | ItemRepriced
    | ItemCostChanged
    | ItemImagesArranged
    | ItemFeatured
    | ItemUnfeatured
    | ItemWithdrawn
    | ItemBroughtBack
)

# State


class Item(Struct, frozen=True, kw_only=True):
    status: Status = Status.ABSENT
    name: str = ""
    slug: str = ""
    sku: str = ""
    description: str = ""
    brand_id: UUID | None = None
    type_id: UUID | None = None
    category_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()
    price: Money | None = None
    cost_price: Money | None = None
    featured: bool = False
    images: tuple[Image, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)


def margin_percentage(price: Money, cost: Money | None) -> Decimal | None:
    """What remains of the price after the cost, in per cent with two places; None where the cost is not known."""
    if cost is None or price.currency != cost.currency or not price.amount:
        return None
    share = (price - cost).amount / price.amount
    return (share * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def evolve(item: Item, event: ItemEvent) -> Item:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case ItemListed():
            return Item(status=Status.ACTIVE, **asdict(event))
        case ItemDescribed():
            return replace(item, **set_fields(event))
        case ItemRepriced(new_price=price):
            return replace(item, price=price)
        case ItemCostChanged(new_cost=cost):
            return replace(item, cost_price=cost)
        case ItemImagesArranged(images=images):
            return replace(item, images=images)
        case ItemFeatured():
            return replace(item, featured=True)
        case ItemUnfeatured():
            return replace(item, featured=False)
        case ItemWithdrawn():
            return replace(item, status=Status.WITHDRAWN)
        case ItemBroughtBack():
            return replace(item, status=Status.ACTIVE)
        case _:
            assert_never(event)


# Refusals


class UnknownItem(NotFound):
    code = "item-not-found"

    def __init__(self, id: UUID) -> None:
        super().__init__("There is no such item.", item_id=str(id))


class ItemAlreadyListed(Conflict):
    code = "item-already-listed"

    def __init__(self, slug: str) -> None:
        super().__init__("Another item was listed under this id. Choose another id, or change that item.", slug=slug)


class ItemNotActive(Conflict):
    code = "item-not-active"

    def __init__(self, status: Status) -> None:
        super().__init__(
            f"The item is {status}. List it or bring it back before you change it.",
            status=status.value,
        )


class InvalidPrice(Invalid):
    code = "invalid-price"


ITEM: Aggregate[Item, ItemEvent] = Aggregate(
    name="catalog.item",
    initial=Item(),
    evolve=evolve,
    events=members(ItemEvent),
    missing=UnknownItem,
    snapshot_every=100,
)


# Decisions


def list_item(
    item: Item,
    *,
    name: str,
    slug: str,
    sku: str,
    price: Money,
    description: str = "",
    brand_id: UUID | None = None,
    type_id: UUID | None = None,
    category_ids: Sequence[UUID] = (),
    tags: Sequence[str] = (),
    cost_price: Money | None = None,
    featured: bool = False,
    images: Sequence[Image] = (),
    metadata: Mapping[str, Any] | None = None,
) -> list[ItemEvent]:
    """Puts an item into the catalogue, active at once."""
    listed = ItemListed(
        name=clean_name(name),
        slug=clean_slug(slug),
        sku=clean_sku(sku),
        price=_price(price),
        description=clean_description(description),
        brand_id=brand_id,
        type_id=type_id,
        category_ids=_category_ids(category_ids),
        tags=clean_tags(tags),
        cost_price=_cost(cost_price, price.currency),
        featured=featured,
        images=clean_images(images),
        metadata=clean_metadata(metadata or {}),
    )
    if item.status is Status.ABSENT:
        return [listed]
    if item == evolve(item, listed):
        return []
    raise ItemAlreadyListed(item.slug)


def describe(
    item: Item,
    *,
    name: str | UnsetType = UNSET,
    slug: str | UnsetType = UNSET,
    sku: str | UnsetType = UNSET,
    description: str | UnsetType = UNSET,
    brand_id: UUID | UnsetType | None = UNSET,
    type_id: UUID | UnsetType | None = UNSET,
    category_ids: Sequence[UUID] | UnsetType = UNSET,
    tags: Sequence[str] | UnsetType = UNSET,
    metadata: Mapping[str, Any] | UnsetType = UNSET,
) -> list[ItemEvent]:
    """Changes what is given and leaves the rest; the event names only what is different afterwards."""
    wanted = ItemDescribed(
        name=UNSET if name is UNSET else clean_name(name),
        slug=UNSET if slug is UNSET else clean_slug(slug),
        sku=UNSET if sku is UNSET else clean_sku(sku),
        description=UNSET if description is UNSET else clean_description(description),
        brand_id=brand_id,
        type_id=type_id,
        category_ids=UNSET if category_ids is UNSET else _category_ids(category_ids),
        tags=UNSET if tags is UNSET else clean_tags(tags),
        metadata=UNSET if metadata is UNSET else clean_metadata(metadata),
    )
    changed = {field: value for field, value in set_fields(wanted).items() if value != getattr(item, field)}
    if not changed:
        return []
    _must_be_active(item)
    return [ItemDescribed(**changed)]


def reprice(item: Item, price: Money, *, cost_price: Money | UnsetType | None = UNSET) -> list[ItemEvent]:
    """Sets the price, and the cost price where one is given (None: not known)."""
    price = _price(price)
    cost = _cost(item.cost_price if cost_price is UNSET else cost_price, price.currency)
    events: list[ItemEvent] = []
    if item.price != price:
        events.append(ItemRepriced(item.price or Money.zero(price.currency), price))
    if item.cost_price != cost:
        events.append(ItemCostChanged(item.cost_price, cost))
    if events:
        _must_be_active(item)
    return events


def arrange_images(item: Item, images: Sequence[Image]) -> list[ItemEvent]:
    """Replaces all images: adds, removes, reorders and names the primary one in a single step."""
    arranged = clean_images(images)
    if arranged == item.images:
        return []
    _must_be_active(item)
    return [ItemImagesArranged(arranged)]


def feature(item: Item, featured: bool = True) -> list[ItemEvent]:
    if item.featured is featured:
        return []
    _must_be_active(item)
    return [ItemFeatured() if featured else ItemUnfeatured()]


def withdraw(item: Item, reason: str = "") -> list[ItemEvent]:
    """Takes the item out of the catalogue; it can be brought back."""
    reason = clean("reason", reason, most=REASON, least=0)
    if item.status is Status.WITHDRAWN:
        return []
    _must_be_active(item)
    return [ItemWithdrawn(reason)]


def bring_back(item: Item) -> list[ItemEvent]:
    match item.status:
        case Status.ACTIVE:
            return []
        case Status.WITHDRAWN:
            return [ItemBroughtBack()]
        case Status.ABSENT:
            raise ItemNotActive(item.status)
        case _:
            assert_never(item.status)


def _must_be_active(item: Item) -> None:
    if item.status is not Status.ACTIVE:
        raise ItemNotActive(item.status)


def _price(price: Money) -> Money:
    price = price.checked()
    if not price.amount:
        raise InvalidPrice("A price is more than zero.")
    return price


def _cost(cost: Money | None, currency: str) -> Money | None:
    if cost is None:
        return None
    if cost.currency != currency:
        raise CurrencyMismatch(currency, cost.currency)
    return cost.checked()


def _category_ids(ids: Sequence[UUID]) -> tuple[UUID, ...]:
    if len(ids) > CATEGORIES:
        raise TooMany("category_ids", CATEGORIES)
    return distinct(ids)
