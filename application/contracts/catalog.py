"""What the catalog tells: an item's life, as far as others sell, ship or show it."""

from uuid import UUID

from application.contracts.message import Contract
from domain.money import Money


class ItemListed(Contract, frozen=True, tag="catalog.item_listed.v1"):
    """An item came into the catalogue."""

    product_id: UUID
    sku: str
    name: str
    brand: str
    type: str
    price: Money


class ItemChanged(Contract, frozen=True, tag="catalog.item_changed.v1"):
    """An item is described anew. Prices change with `item_repriced`."""

    product_id: UUID
    sku: str
    name: str
    brand: str
    type: str


class ItemRepriced(Contract, frozen=True, tag="catalog.item_repriced.v1"):
    """An item costs something else now. eShop: ProductPriceChanged."""

    product_id: UUID
    old_price: Money
    new_price: Money


class ItemWithdrawn(Contract, frozen=True, tag="catalog.item_withdrawn.v1"):
    """An item is no longer sold."""

    product_id: UUID


class ItemBroughtBack(Contract, frozen=True, tag="catalog.item_brought_back.v1"):
    """An item that was withdrawn is sold again."""

    product_id: UUID


CatalogContract = ItemListed | ItemChanged | ItemRepriced | ItemWithdrawn | ItemBroughtBack
