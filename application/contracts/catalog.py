"""What the catalogue tells: an item's life, as far as others sell, ship or show it."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from application.contracts.message import Contract
from domain.money import Money


class ItemListed(Contract, frozen=True, tag="catalog.item_listed.v1"):
    """An item is sold from now on."""

    product_id: UUID
    name: str
    slug: str
    sku: str
    price: Money
    description: str = ""
    brand_id: UUID | None = None
    type_id: UUID | None = None
    category_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()


class ItemChanged(Contract, frozen=True, tag="catalog.item_changed.v1"):
    """An item is described anew; only what changed is there. Prices change with `item_repriced`."""

    product_id: UUID
    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    sku: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    brand_id: UUID | UnsetType | None = UNSET
    type_id: UUID | UnsetType | None = UNSET
    category_ids: tuple[UUID, ...] | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET


class ItemRepriced(Contract, frozen=True, tag="catalog.item_repriced.v1"):
    """An item costs something else now. eShop: ProductPriceChanged."""

    product_id: UUID
    old_price: Money
    new_price: Money


class ItemWithdrawn(Contract, frozen=True, tag="catalog.item_withdrawn.v1"):
    """An item is no longer sold."""

    product_id: UUID


class ItemBroughtBack(Contract, frozen=True, tag="catalog.item_brought_back.v1"):
    """An item that was withdrawn is sold again, as it was."""

    product_id: UUID


CatalogContract = ItemListed | ItemChanged | ItemRepriced | ItemWithdrawn | ItemBroughtBack
