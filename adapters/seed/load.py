"""Loads the seed catalogue, with stock to sell, through the contexts' own commands. What is there stays as it is.

    seeded = await seed(store, currency="USD", env="development", scale=100_000)

Ids are made from slugs, so a second run finds the first one's entries and records nothing. Items go in batches, each in
one append, and so do their shelves; a run that was stopped goes on where it stood.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, NoReturn
from uuid import UUID

from msgspec import Struct

from adapters.seed import SeedCategory, SeedProduct, brands, categories, products, types
from adapters.seed.scale import scale as scaled
from application.catalog import (
    AddBrand,
    AddCategory,
    AddType,
    ImageOf,
    ListItem,
    ListItems,
    add_brand,
    add_category,
    add_type,
    list_items,
)
from application.inventory import OpenShelf, OpenShelves, open_shelves
from application.store import Call, EventStore
from application.wire import Price
from domain.catalog import BRAND, CATEGORY, ITEM, ITEM_TYPE
from domain.catalog.values import Status
from domain.inventory import SHELF
from domain.kernel import Aggregate, Forbidden

BATCH = 500
"""Items that are listed in one append."""
FIRST = 5
"""Items that a check names."""
UNITS, RESTOCK, MAXIMUM = 100, 10, 200
"""Of each product: what there is at first, when to order more, and what there is room for."""

Progress = Callable[[int, int], None]
"""Called with the number of items that are done, and of all."""


class SeedingForbidden(Forbidden):
    code = "seeding-forbidden"

    def __init__(self, env: str) -> None:
        super().__init__(f"This is {env}: its catalogue is filled with samples only when forced (--force).", env=env)


class Count(Struct, frozen=True):
    added: int = 0
    present: int = 0
    """How many were there already."""


class Seeded(Struct, frozen=True):
    """What a run did."""

    brands: Count
    types: Count
    categories: Count
    items: Count
    shelves: Count

    @property
    def added(self) -> int:
        return sum(each.added for each in (self.brands, self.types, self.categories, self.items, self.shelves))

    def __str__(self) -> str:
        if not self.added:
            return "Nothing to add: all of it is there already."
        return (
            f"Added {self.brands.added} brands, {self.types.added} types, {self.categories.added} categories"
            f" and {self.items.added:,} products, and stocked {self.shelves.added:,}."
        )


class Check(Struct, frozen=True):
    """What of the seed catalogue is in the shop and active, out of how many."""

    brands: tuple[int, int]
    types: tuple[int, int]
    categories: tuple[int, int]
    items: tuple[int, int]
    shelves: tuple[int, int]
    category_names: tuple[str, ...]
    first_items: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return all(
            found == all_ for found, all_ in (self.brands, self.types, self.categories, self.items, self.shelves)
        )

    def __str__(self) -> str:
        kinds = "brands", "types", "categories", "items", "shelves"
        counts = ", ".join("{} of {} {}".format(*getattr(self, kind), kind) for kind in kinds)
        return f"Of the samples there are {counts}. The first: {', '.join(self.first_items)}."


async def seed(
    store: EventStore,
    *,
    currency: str,
    env: str,
    force: bool = False,
    scale: int = 0,
    progress: Progress = lambda done, total: None,
) -> Seeded:
    """The seed catalogue, and `scale` items besides, all in stock. Prices are in the shop's `currency`, whatever it is.

    Raises SeedingForbidden in production unless forced, and what a command raises: above all NameTaken, where the shop
    has an item, brand, type or category of its own with a name that the seed catalogue wants.
    """
    if env == "production" and not force:
        raise SeedingForbidden(env)
    call = Call(actor="system:seed", now=datetime.now(UTC), correlation_id="seed")
    shelved = (
        await _shelve(store, call, BRAND, add_brand, [AddBrand(id=each.id, name=each.name) for each in brands()]),
        await _shelve(store, call, ITEM_TYPE, add_type, [AddType(id=each.id, name=each.name) for each in types()]),
        await _shelve(store, call, CATEGORY, add_category, [_shelf(each) for each in categories()]),
    )
    return Seeded(*shelved, *await _list(store, call, currency, scale, progress))


async def check(store: EventStore) -> Check:
    """Looks at the streams themselves: true at once, however far the read models are."""
    shelved = await _active(store, CATEGORY, [each.id for each in categories()])
    listed = await _active(store, ITEM, [each.id for each in products()])
    stocked = await store.load_many(SHELF, [each.id for each in products()])
    return Check(
        brands=(len(await _active(store, BRAND, [each.id for each in brands()])), len(brands())),
        types=(len(await _active(store, ITEM_TYPE, [each.id for each in types()])), len(types())),
        categories=(len(shelved), len(categories())),
        items=(len(listed), len(products())),
        shelves=(sum(each.version > 0 for each in stocked.values()), len(products())),
        category_names=tuple(category.name for category in shelved),
        first_items=tuple(item.name for item in listed[:FIRST]),
    )


async def _shelve(
    store: EventStore,
    call: Call,
    aggregate: Aggregate[Any, Any],
    add: Callable[..., Any],
    commands: Sequence[AddBrand | AddType | AddCategory],
) -> Count:
    known = await store.load_many(aggregate, [cmd.id for cmd in commands if cmd.id])
    new = [cmd for cmd in commands if cmd.id and not known[cmd.id].version]
    for cmd in new:
        await add(cmd, call, store=store, new_id=_unneeded)
    return Count(len(new), len(commands) - len(new))


async def _list(store: EventStore, call: Call, currency: str, scale: int, progress: Progress) -> tuple[Count, Count]:
    """The items and their shelves."""
    items, shelves, total = Count(), Count(), len(products()) + scale
    listings = (_listing(product, currency) for product in chain(products(), scaled(scale)))
    while batch := tuple(islice(listings, BATCH)):
        listed = (await list_items(ListItems(batch), call, store=store, currency=currency)).result
        stock = tuple(OpenShelf(each.id, UNITS, RESTOCK, MAXIMUM) for each in batch if each.id)
        opened = (await open_shelves(OpenShelves(stock), call, store=store)).result
        items = Count(items.added + listed.added, items.present + listed.present)
        shelves = Count(shelves.added + opened.added, shelves.present + opened.present)
        progress(items.added + items.present, total)
    return items, shelves


def _shelf(category: SeedCategory) -> AddCategory:
    return AddCategory(
        id=category.id,
        name=category.name,
        slug=category.slug,
        description=category.description,
        parent_id=category.parent_id,
        sort_order=category.sort_order,
    )


def _listing(product: SeedProduct, currency: str) -> ListItem:
    return ListItem(
        id=product.id,
        name=product.name,
        slug=product.slug,
        sku=product.sku,
        price=Price(str(product.price), currency),
        description=product.description,
        brand_id=product.brand_id,
        type_id=product.type_id,
        category_ids=product.category_ids,
        tags=product.tags,
        cost_price=Price(str(product.cost_price), currency),
        featured=product.featured,
        images=(ImageOf(product.picture_key, alt=product.name),),
        metadata=dict(product.metadata),
    )


async def _active(store: EventStore, aggregate: Aggregate[Any, Any], ids: list[UUID]) -> list[Any]:
    streams = await store.load_many(aggregate, ids)
    return [streams[id].state for id in ids if streams[id].state.status is Status.ACTIVE]


def _unneeded() -> NoReturn:
    raise AssertionError("every entry of the seed catalogue brings its id")
