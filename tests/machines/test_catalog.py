"""The catalogue against a tiny model of it: whatever the staff do in whatever order, both say the same.

The model knows nothing of streams, claims or trees: three dicts and the rules as a reader of the manual would put them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, invariant, multiple, rule
from uuid_utils.compat import uuid7

from adapters.eventstore.memory import MemoryEventStore
from application import catalog
from application.catalog import (
    AddBrand,
    AddCategory,
    BringBackItem,
    DescribeItem,
    ListItem,
    MoveCategory,
    RenameBrand,
    RepriceItem,
    WithdrawBrand,
    WithdrawCategory,
    WithdrawItem,
)
from application.store import Call, EventStore, Saved
from application.wire import Price
from domain.catalog import BRAND, CATEGORY, CONTEXT, ITEM
from domain.catalog.values import Status
from domain.kernel import Refusal, folded
from tests.laws import restored
from tests.machines.machine import Machine, cases

STAFF = Call(actor="sam", now=datetime(2026, 11, 20, tzinfo=UTC), correlation_id="machine")

SKUS = st.sampled_from(["AP-1", "ap-1", "AP-2", "R.1"])
SLUGS = st.sampled_from(["parka", "rope", "tent"])
NAMES = st.sampled_from(["Nordwand", "NORDWAND", "Südwand", "Su\u0308dwand"])
UseCase = Callable[..., Awaitable[Saved[Any]]]
PRICES = st.sampled_from(["1", "1.00", "249", "0.0001"])


@dataclass
class Entry:
    """An item in the model."""

    slug: str
    sku: str
    price: float
    brand: UUID | None
    active: bool = True


@dataclass
class Model:
    items: dict[UUID, Entry] = field(default_factory=dict)
    brands: dict[UUID, str] = field(default_factory=dict)
    """Active ones."""
    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    """Of active categories."""

    def has_item(self, attribute: str, value: str, besides: UUID | None = None) -> bool:
        return any(
            folded(getattr(item, attribute)) == folded(value) for id, item in self.items.items() if id != besides
        )

    def has_brand(self, name: str, besides: UUID | None = None) -> bool:
        return any(folded(known) == folded(name) for id, known in self.brands.items() if id != besides)

    def stands_in(self, category: UUID | None, other: UUID) -> bool:
        while category is not None:
            if category == other:
                return True
            category = self.parents.get(category)
        return False

    def depth(self, category: UUID | None) -> int:
        return 0 if category is None else 1 + self.depth(self.parents[category])

    def height(self, category: UUID) -> int:
        return 1 + max((self.height(each) for each, parent in self.parents.items() if parent == category), default=0)


class Catalogue(Machine):
    items = Bundle[UUID]("items")
    brands = Bundle[UUID]("brands")
    categories = Bundle[UUID]("categories")

    def __init__(self) -> None:
        super().__init__()
        self.store: EventStore = MemoryEventStore([CONTEXT])
        self.model = Model()

    def ask(
        self, command: Callable[..., Awaitable[Saved[Any]]], cmd: Any, *about: Any, **needs: Any
    ) -> Saved[Any] | None:
        """What was saved; None when it was refused, and then nothing was recorded."""

        async def asked() -> Saved[Any] | None:
            before = await self.store.head("catalog")
            try:
                return await command(cmd, STAFF, *about, store=self.store, **needs)
            except Refusal:
                assert before == await self.store.head("catalog")
                return None

        return self.run(asked())

    # Items

    @rule(target=items, slug=SLUGS, sku=SKUS, price=PRICES, brand=st.none() | brands)
    def list_item(self, slug: str, sku: str, price: str, brand: UUID | None) -> Any:
        cmd = ListItem(name="Parka", slug=slug, sku=sku, price=Price(price, "USD"), brand_id=brand)
        saved = self.ask(catalog.list_item, cmd, currency="USD", new_id=uuid7)
        allowed = (
            not self.model.has_item("slug", slug)
            and not self.model.has_item("sku", sku)
            and (brand is None or brand in self.model.brands)
        )

        assert allowed is (saved is not None)
        if saved is None:
            return multiple()
        self.model.items[saved.result.id] = Entry(slug, sku, float(price), brand)
        return saved.result.id

    @rule(id=items, slug=SLUGS, sku=SKUS)
    def rename_item(self, id: UUID, slug: str, sku: str) -> None:
        item = self.model.items[id]
        same = (slug, sku) == (item.slug, item.sku)
        free = not self.model.has_item("slug", slug, id) and not self.model.has_item("sku", sku, id)
        saved = self.ask(catalog.describe_item, DescribeItem(slug=slug, sku=sku), id)

        assert (same or (item.active and free)) is (saved is not None)
        if saved is not None:
            assert same is not bool(saved.events)
            item.slug, item.sku = slug, sku

    @rule(id=items, price=PRICES)
    def reprice_item(self, id: UUID, price: str) -> None:
        item = self.model.items[id]
        same = item.price == float(price)
        saved = self.ask(catalog.reprice_item, RepriceItem(Price(price, "USD")), id, currency="USD")

        assert (same or item.active) is (saved is not None)
        if saved is not None:
            assert same is not bool(saved.events)
            item.price = float(price)

    @rule(id=items)
    def withdraw_item(self, id: UUID) -> None:
        saved = self.ask(catalog.withdraw_item, WithdrawItem(), id)

        assert saved is not None
        assert self.model.items[id].active is bool(saved.events)
        self.model.items[id].active = False

    @rule(id=items)
    def bring_back_item(self, id: UUID) -> None:
        saved = self.ask(catalog.bring_back_item, BringBackItem(), id)

        assert saved is not None
        assert self.model.items[id].active is not bool(saved.events)
        self.model.items[id].active = True

    # Brands

    @rule(target=brands, name=NAMES)
    def add_brand(self, name: str) -> Any:
        saved = self.ask(catalog.add_brand, AddBrand(name=name), new_id=uuid7)

        assert self.model.has_brand(name) is (saved is None)
        if saved is None:
            return multiple()
        self.model.brands[saved.result.id] = normalize("NFC", name)
        return saved.result.id

    @rule(id=brands, name=NAMES)
    def rename_brand(self, id: UUID, name: str) -> None:
        saved = self.ask(catalog.rename_brand, RenameBrand(name), id)

        if id in self.model.brands:
            assert self.model.has_brand(name, id) is (saved is None)
            if saved is not None:
                self.model.brands[id] = normalize("NFC", name)
        else:
            assert saved is None or not saved.events

    @rule(id=brands)
    def withdraw_brand(self, id: UUID) -> None:
        saved = self.ask(catalog.withdraw_brand, WithdrawBrand(), id)

        assert saved is not None
        assert (id in self.model.brands) is bool(saved.events)
        self.model.brands.pop(id, None)

    # Categories

    @rule(target=categories, parent=st.none() | categories)
    def add_category(self, parent: UUID | None) -> Any:
        cmd = AddCategory(name="Shelf", slug=f"shelf-{uuid7()}", parent_id=parent)
        saved = self.ask(catalog.add_category, cmd, new_id=uuid7)
        allowed = parent is None or (parent in self.model.parents and self.model.depth(parent) < 8)

        assert allowed is (saved is not None)
        if saved is None:
            return multiple()
        self.model.parents[saved.result.id] = parent
        return saved.result.id

    @rule(id=categories, parent=st.none() | categories)
    def move_category(self, id: UUID, parent: UUID | None) -> None:
        saved = self.ask(catalog.move_category, MoveCategory(parent), id)
        if id not in self.model.parents:
            assert saved is None or not saved.events
            return
        allowed = parent == self.model.parents[id] or (
            parent is None
            or (
                parent in self.model.parents
                and not self.model.stands_in(parent, id)
                and self.model.depth(parent) + self.model.height(id) <= 8
            )
        )

        assert allowed is (saved is not None)
        if saved is not None:
            self.model.parents[id] = parent

    @rule(id=consumes(categories))
    def withdraw_category(self, id: UUID) -> None:
        saved = self.ask(catalog.withdraw_category, WithdrawCategory(), id)

        assert (id in self.model.parents.values()) is (saved is None)
        if saved is not None:
            del self.model.parents[id]

    # What always holds

    @invariant()
    def the_catalogue_is_as_the_model_says(self) -> None:
        async def read() -> tuple[dict[UUID, Entry], dict[UUID, str], dict[UUID, UUID | None]]:
            items = await self.store.load_many(ITEM, list(self.model.items))
            brands = await self.store.load_many(BRAND, list(self.model.brands))
            categories = await self.store.load_many(CATEGORY, list(self.model.parents))
            assert {Status.ACTIVE} >= {s.state.status for s in brands.values()}
            assert {Status.ACTIVE} >= {s.state.status for s in categories.values()}
            return (
                {
                    id: Entry(
                        s.state.slug,
                        s.state.sku,
                        float(s.state.price.amount) if s.state.price else 0.0,
                        s.state.brand_id,
                        s.state.status is Status.ACTIVE,
                    )
                    for id, s in items.items()
                },
                {id: s.state.name for id, s in brands.items()},
                {id: s.state.parent_id for id, s in categories.items()},
            )

        items, brands, parents = self.run(read())
        assert self.model.items == items
        assert self.model.brands == brands
        assert self.model.parents == parents

    @invariant()
    def stored_history_rebuilds_each_item(self) -> None:
        async def check() -> None:
            for id in self.model.items:
                history = [fact.event for fact in await self.store.history(ITEM, id)]
                assert ITEM.fold(ITEM.initial, restored(ITEM, history)) == (await self.store.load(ITEM, id)).state

        self.run(check())


TestCatalogue = cases(Catalogue, "P12", "CAT-11", "CAT-17", examples=100, in_soak=2_000, steps=30)
