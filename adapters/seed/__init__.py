"""The seed catalogue: a shop of 148 products to look at, written for this project, with a drawn picture each.

Ids are made from slugs, so that seeding twice names the same things twice. `adapters.seed.scale` makes as many more
products as a measurement needs.
"""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct, convert

CATALOG = Path(__file__).parent / "catalog"
PICTURES = Path(__file__).parent / "pictures"
_NAMESPACE = uuid5(NAMESPACE_URL, "storeline:seed")

S = TypeVar("S", bound=Struct)


def seed_id(kind: str, slug: str) -> UUID:
    """The id of a seeded `item`, `brand`, `type` or `category`."""
    return uuid5(_NAMESPACE, f"{kind}:{slug}")


class SeedBrand(Struct, frozen=True, forbid_unknown_fields=True):
    slug: str
    name: str

    @property
    def id(self) -> UUID:
        return seed_id("brand", self.slug)


class SeedType(Struct, frozen=True, forbid_unknown_fields=True):
    slug: str
    name: str

    @property
    def id(self) -> UUID:
        return seed_id("type", self.slug)


class SeedCategory(Struct, frozen=True, forbid_unknown_fields=True):
    slug: str
    name: str
    description: str
    sort_order: int
    parent: str | None = None
    """Slug of the category it stands in, which comes before it."""

    @property
    def id(self) -> UUID:
        return seed_id("category", self.slug)

    @property
    def parent_id(self) -> UUID | None:
        return seed_id("category", self.parent) if self.parent else None


class SeedProduct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slug: str
    name: str
    sku: str
    description: str
    brand: str
    type: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    price: Decimal
    cost_price: Decimal
    metadata: dict[str, str | int | float]
    picture: str
    """Name of a drawn picture; see `picture`."""
    featured: bool = False

    @property
    def id(self) -> UUID:
        return seed_id("item", self.slug)

    @property
    def brand_id(self) -> UUID:
        return seed_id("brand", self.brand)

    @property
    def type_id(self) -> UUID:
        return seed_id("type", self.type)

    @property
    def category_ids(self) -> tuple[UUID, ...]:
        return tuple(seed_id("category", slug) for slug in self.categories)

    @property
    def picture_key(self) -> str:
        """The key under which the catalogue knows the picture."""
        return f"items/{self.picture}.webp"


def brands() -> list[SeedBrand]:
    return _shop("brands", SeedBrand)


def types() -> list[SeedType]:
    return _shop("types", SeedType)


def categories() -> list[SeedCategory]:
    """Parents before their children."""
    return _shop("categories", SeedCategory)


def products() -> list[SeedProduct]:
    return [
        convert(entry | {"type": kind.slug, "picture": entry["slug"]}, SeedProduct)
        for kind in types()
        for entry in _read(kind.slug)["products"]
    ]


def picture(name: str) -> bytes:
    """A drawn picture, WebP of 480 x 480. Raises KeyError for a name that no picture has."""
    return _pictures()[name].read_bytes()


@cache
def _pictures() -> dict[str, Path]:
    return {path.stem: path for path in PICTURES.glob("*.webp")}


def _shop(table: str, kind: type[S]) -> list[S]:
    return [convert(entry, kind) for entry in _read("shop")[table]]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((CATALOG / f"{name}.toml").read_text("utf-8"))
