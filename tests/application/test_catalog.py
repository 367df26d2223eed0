"""What the catalogue's commands promise: names are nobody else's, references exist, and nothing is half done."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace
from uuid_utils.compat import uuid7

from adapters.eventstore.memory import MemoryEventStore
from application import catalog
from application.catalog import (
    AddBrand,
    AddCategory,
    AddType,
    ArrangeImages,
    BringBackItem,
    DescribeCategory,
    DescribeItem,
    FeatureItem,
    IdTaken,
    ImageOf,
    ItemRef,
    ListItem,
    ListItems,
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
from application.catalog.items import UnknownReference
from application.commands import DryRun
from application.store import Call, EventStore, Idempotency, Saved
from application.wire import Price
from domain.catalog import BRAND, CATEGORY, CONTEXT, ITEM, TREE
from domain.catalog.brand import UnknownBrand
from domain.catalog.category import UnknownCategory
from domain.catalog.claim import NameTaken
from domain.catalog.item import (
    ItemAlreadyListed,
    ItemBroughtBack,
    ItemCostChanged,
    ItemDescribed,
    ItemFeatured,
    ItemImagesArranged,
    ItemListed,
    ItemNotActive,
    ItemRepriced,
    ItemWithdrawn,
    UnknownItem,
)
from domain.catalog.item_type import UnknownType
from domain.catalog.tree import TREE_ID, CategoryCycle, CategoryNotEmpty, CategoryTooDeep, UnknownParent
from domain.catalog.values import Status
from domain.kernel import Refusal, StaleVersion
from domain.money import CurrencyMismatch, Money

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
STAFF = Call(actor="sam", now=NOW, correlation_id="test")
NOBODY = UUID(int=404)


class Shop:
    """The catalogue's commands on one store, with the staff calling."""

    def __init__(self, store: EventStore) -> None:
        self.store = store

    async def list(self, sku: str = "AP-100", name: str = "Alpine Parka", call: Call = STAFF, **more: Any) -> Any:
        cmd = ListItem(name=name, sku=sku, price=Price("249.00", "USD"), **more)
        return await catalog.list_item(cmd, call, store=self.store, currency="USD", new_id=uuid7)

    async def add(self, cmd: AddBrand | AddType | AddCategory, call: Call = STAFF) -> UUID:
        use_case: Any = {
            AddBrand: catalog.add_brand,
            AddType: catalog.add_type,
            AddCategory: catalog.add_category,
        }[type(cmd)]
        saved: Saved[TaxonRef] = await use_case(cmd, call, store=self.store, new_id=uuid7)
        return saved.result.id

    async def do(self, use_case: Callable[..., Awaitable[Saved[Any]]], cmd: Any, id: UUID, call: Call = STAFF) -> Any:
        needs = {"currency": "USD"} if isinstance(cmd, RepriceItem) else {}
        return await use_case(cmd, call, id, store=self.store, **needs)

    async def recorded(self) -> int:
        return len(await self.store.read("catalog", limit=10_000))


@pytest.fixture
def shop() -> Shop:
    return Shop(MemoryEventStore([CONTEXT]))


def with_key(key: str) -> Call:
    return replace(STAFF, idempotency=Idempotency(key, "sam", "test", key.encode()))


async def refused(refusal: type[Refusal], attempt: Awaitable[Any], shop: Shop) -> Refusal:
    """The attempt is refused so, and nothing was recorded."""
    before = await shop.recorded()
    with pytest.raises(refusal) as caught:
        await attempt

    assert before == await shop.recorded()
    return caught.value


# Items


async def test_an_item_can_be_listed_described_priced_shown_withdrawn_and_brought_back(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    kind = await shop.add(AddType(name="Jackets"))
    winter = await shop.add(AddCategory(name="Winter"))
    saved: Saved[ItemRef] = await shop.list(brand_id=brand, type_id=kind, category_ids=(winter,), tags=("Down",))
    id = saved.result.id

    assert ItemRef(id, "alpine-parka") == saved.result
    assert isinstance(saved.events[0], ItemListed)

    described = await shop.do(catalog.describe_item, DescribeItem(name="Alpine Parka II", brand_id=None), id)
    assert (ItemDescribed(name="Alpine Parka II", brand_id=None),) == described.events

    repriced = await shop.do(catalog.reprice_item, RepriceItem(Price("199", "USD"), Price("90", "USD")), id)
    old, new, cost = (Money.parse(amount, "USD") for amount in ("249.00", "199", "90"))
    assert (ItemRepriced(old, new), ItemCostChanged(None, cost)) == repriced.events

    arranged = await shop.do(catalog.arrange_images, ArrangeImages((ImageOf("a.svg"), ImageOf("b.svg"))), id)
    assert isinstance(arranged.events[0], ItemImagesArranged)

    assert (ItemFeatured(),) == (await shop.do(catalog.feature_item, FeatureItem(True), id)).events
    assert (ItemWithdrawn("Recalled"),) == (await shop.do(catalog.withdraw_item, WithdrawItem("Recalled"), id)).events
    back = await shop.do(catalog.bring_back_item, BringBackItem(), id)
    assert (ItemBroughtBack(),) == back.events

    item = await shop.store.load(ITEM, id)
    assert {id: 8} == back.versions == {id: item.version}
    assert ("Alpine Parka II", new, Status.ACTIVE) == (item.state.name, item.state.price, item.state.status)


async def test_the_caller_may_choose_an_items_id_and_slug(shop: Shop) -> None:
    saved = await shop.list(id=UUID(int=7), slug="parka")

    assert ItemRef(UUID(int=7), "parka") == saved.result


async def test_an_item_with_a_name_beyond_ascii_is_found_by_its_sku(shop: Shop) -> None:
    assert "ap-100" == (await shop.list(name="雪山")).result.slug


@pytest.mark.proves("B16", "B17")
async def test_listing_again_under_a_chosen_id_lists_once(shop: Shop) -> None:
    first = await shop.list(id=UUID(int=7))
    before = await shop.recorded()
    again = await shop.list(id=UUID(int=7))

    assert (first.result, ()) == (again.result, again.events)
    assert before == await shop.recorded()
    await refused(ItemAlreadyListed, shop.list(id=UUID(int=7), name="Rope"), shop)


async def test_an_id_of_something_of_another_kind_is_taken(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    await shop.list(id=UUID(int=7))
    for cmd in (AddType(id=brand, name="Jackets"), AddCategory(id=UUID(int=7), name="Winter")):
        await refused(IdTaken, shop.add(cmd), shop)
    await refused(IdTaken, shop.list(id=brand, sku="B"), shop)
    many = ListItems((ListItem(id=brand, name="Rope", sku="C", price=Price("1", "USD")),))
    await refused(IdTaken, catalog.list_items(many, STAFF, store=shop.store, currency="USD"), shop)


@pytest.mark.proves("P2")
async def test_listing_again_with_the_same_key_answers_as_the_first_time(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    first = await shop.list(brand_id=brand, call=with_key("list"))
    await shop.do(catalog.withdraw_brand, WithdrawBrand(), brand)
    again = await shop.list(brand_id=brand, call=with_key("list"))

    assert (first.result, first.versions, True) == (again.result, again.versions, again.replayed)


@pytest.mark.proves("B23", "B25")
@pytest.mark.parametrize("sku", ["AP-100", "ap-100", "Ap-100"])
async def test_no_two_items_have_one_sku(shop: Shop, sku: str) -> None:
    await shop.list("AP-100")
    refusal = await refused(NameTaken, shop.list(sku, name="Another"), shop)

    assert {"kind": "item-sku", "name": sku} == refusal.fields


async def test_no_two_items_have_one_slug(shop: Shop) -> None:
    first = (await shop.list("A")).result.id
    await refused(NameTaken, shop.list("B"), shop)
    second = (await shop.list("B", slug="parka-b")).result.id
    await refused(NameTaken, shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka"), second), shop)

    await shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka-1", sku="A.1"), first)
    await shop.do(catalog.describe_item, DescribeItem(slug="alpine-parka", sku="A"), second)

    assert "alpine-parka" == (await shop.store.load(ITEM, second)).state.slug


async def test_the_names_of_a_withdrawn_item_stay_its_own(shop: Shop) -> None:
    id = (await shop.list()).result.id
    await shop.do(catalog.withdraw_item, WithdrawItem(), id)

    await refused(NameTaken, shop.list("ap-100", name="Another"), shop)
    await refused(NameTaken, shop.list("Other"), shop)


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


@pytest.mark.parametrize("field", ["brand_id", "type_id", "category_ids"])
async def test_an_item_is_given_only_what_exists(shop: Shop, field: str) -> None:
    given: dict[str, Any] = {field: (NOBODY,) if field == "category_ids" else NOBODY}
    refusal = await refused(UnknownReference, shop.list(**given), shop)

    assert {"path": field, "id": str(NOBODY)} == refusal.fields
    id = (await shop.list()).result.id
    await refused(UnknownReference, shop.do(catalog.describe_item, DescribeItem(**given), id), shop)


async def test_an_item_is_given_nothing_that_was_withdrawn(shop: Shop) -> None:
    brand, kind = await shop.add(AddBrand(name="Nordwand")), await shop.add(AddType(name="Jackets"))
    winter = await shop.add(AddCategory(name="Winter"))
    kept = (await shop.list(brand_id=brand, type_id=kind, category_ids=(winter,))).result.id
    await shop.do(catalog.withdraw_brand, WithdrawBrand(), brand)
    await shop.do(catalog.withdraw_type, WithdrawType(), kind)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), winter)

    await refused(UnknownReference, shop.list("B", name="B", brand_id=brand), shop)
    await refused(UnknownReference, shop.list("B", name="B", type_id=kind), shop)
    await refused(UnknownReference, shop.list("B", name="B", category_ids=(winter,)), shop)
    again = DescribeItem(name="Still here", brand_id=brand, type_id=kind, category_ids=(winter,))
    assert (ItemDescribed(name="Still here"),) == (await shop.do(catalog.describe_item, again, kept)).events


@pytest.mark.proves("B27")
async def test_the_id_of_a_brand_is_no_brand_of_another_kind(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))

    await refused(UnknownReference, shop.list(type_id=brand), shop)
    await refused(UnknownItem, shop.do(catalog.describe_item, DescribeItem(name="X"), brand), shop)


@pytest.mark.proves("B39")
async def test_prices_are_in_the_shops_currency(shop: Shop) -> None:
    id = (await shop.list()).result.id
    euros, dollars = Price("1", "EUR"), Price("1", "USD")

    await refused(CurrencyMismatch, shop.do(catalog.reprice_item, RepriceItem(euros), id), shop)
    await refused(CurrencyMismatch, shop.do(catalog.reprice_item, RepriceItem(dollars, euros), id), shop)
    await refused(CurrencyMismatch, shop.list("B", cost_price=euros), shop)


@pytest.mark.proves("B41")
@pytest.mark.parametrize(
    ("use_case", "cmd"),
    [
        (catalog.describe_item, DescribeItem(name="Rope")),
        (catalog.reprice_item, RepriceItem(Price("1", "USD"))),
        (catalog.arrange_images, ArrangeImages(())),
        (catalog.feature_item, FeatureItem(True)),
        (catalog.withdraw_item, WithdrawItem()),
        (catalog.bring_back_item, BringBackItem()),
    ],
)
async def test_an_item_is_changed_only_in_the_version_that_was_seen(shop: Shop, use_case: Any, cmd: Any) -> None:
    id = (await shop.list()).result.id

    stale = await refused(StaleVersion, shop.do(use_case, cmd, id, replace(STAFF, expected=7)), shop)
    assert {"expected": 7, "actual": 1} == stale.fields
    await shop.do(use_case, cmd, id, replace(STAFF, expected=1))
    await refused(UnknownItem, shop.do(use_case, cmd, NOBODY), shop)


@pytest.mark.proves("B47")
async def test_a_withdrawn_item_is_not_changed(shop: Shop) -> None:
    id = (await shop.list()).result.id
    await shop.do(catalog.withdraw_item, WithdrawItem(), id)

    await refused(ItemNotActive, shop.do(catalog.describe_item, DescribeItem(slug="x"), id), shop)
    await refused(ItemNotActive, shop.do(catalog.reprice_item, RepriceItem(Price("1", "USD")), id), shop)


async def test_a_rehearsal_says_what_would_be_recorded_and_records_nothing(shop: Shop) -> None:
    saved = await Shop(DryRun(shop.store)).list()

    assert ["ItemListed", "NameClaimed", "NameClaimed"] == [type(event).__name__ for event in saved.events]
    assert 0 == await shop.recorded()


@pytest.mark.proves("B12", "B15", "B16", "B17", "B18", "B20")
@pytest.mark.parametrize(
    "body",
    [
        {"price": {"amount": 19.99, "currency": "USD"}},
        {"price": {"amount": "1e5", "currency": "USD"}},
        {"price": {"amount": "1", "currency": "USD", "rate": "2"}},
        {"price": "19.99"},
        {"price": None},
        {"name": None},
        {"name": 1},
        {"name": ""},
        {"name": "x" * 1_000_000},
        {"slug": "Not A Slug"},
        {"tags": "winter"},
        {"tags": ["x"] * 21},
        {"featured": 1},
        {"featured": "true"},
        {"brand_id": "{00000000-0000-0000-0000-000000000001}"},
        {"category_ids": ["nonsense"]},
        {"images": [{"picture": "a.svg", "url": "b"}]},
        {"metadata": []},
        {"is_admin": True},
        {"status": "active"},
        {"sku": msgspec.UNSET},
    ],
)
def test_a_body_that_is_no_command_is_never_one(body: dict[str, Any]) -> None:
    whole = {"name": "Rope", "sku": "R-1", "price": {"amount": "80", "currency": "USD"}}
    sent = {key: value for key, value in (whole | body).items() if value is not msgspec.UNSET}

    assert msgspec.json.decode(msgspec.json.encode(whole), type=ListItem)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(sent), type=ListItem)


# Brands and types

LABELS: list[Any] = [
    pytest.param(
        AddBrand, RenameBrand, WithdrawBrand, catalog.rename_brand, catalog.withdraw_brand, UnknownBrand, id="brand"
    ),
    pytest.param(AddType, RenameType, WithdrawType, catalog.rename_type, catalog.withdraw_type, UnknownType, id="type"),
]


@pytest.mark.parametrize(("add", "rename", "withdraw", "renames", "withdraws", "unknown"), LABELS)
async def test_a_brands_name_is_its_own_until_it_gives_it_up(
    shop: Shop, add: Any, rename: Any, withdraw: Any, renames: Any, withdraws: Any, unknown: Any
) -> None:
    one = await shop.add(add(name="Nordwand"))
    await refused(NameTaken, shop.add(add(name="NORDWAND")), shop)
    await shop.do(renames, rename("Südwand"), one)
    other = await shop.add(add(name="Nordwand"))
    await refused(NameTaken, shop.do(renames, rename("sÜdwand"), other), shop)
    await shop.do(withdraws, withdraw(), one)
    await shop.do(renames, rename("Südwand"), other)
    await shop.do(withdraws, withdraw(), one)

    await refused(NameTaken, shop.add(add(name="Südwand")), shop)
    await refused(unknown, shop.do(renames, rename("X"), NOBODY), shop)
    await refused(StaleVersion, shop.do(withdraws, withdraw(), other, replace(STAFF, expected=1)), shop)


@pytest.mark.parametrize(("add", "rename", "withdraw", "renames", "withdraws", "unknown"), LABELS)
async def test_what_was_done_to_a_brand_is_done_once(
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


# Categories


@pytest.mark.proves("CAT-10", "CAT-11")
async def test_categories_stand_in_each_other_and_move(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    ropes = await shop.add(AddCategory(name="Ropes", parent_id=climbing, sort_order=2))
    await shop.do(catalog.move_category, MoveCategory(None), climbing)
    await shop.do(catalog.describe_category, DescribeCategory(slug="strong-ropes", sort_order=1), ropes)

    assert {outdoor: None, climbing: None, ropes: climbing} == (await shop.store.load(TREE, TREE_ID)).state.parents
    described = (await shop.store.load(CATEGORY, ropes)).state
    assert ("strong-ropes", 1, climbing) == (described.slug, described.sort_order, described.parent_id)
    await shop.add(AddCategory(name="Ropes"))
    await refused(NameTaken, shop.add(AddCategory(name="Strong ropes")), shop)


async def test_a_category_cannot_stand_in_itself_or_in_nothing(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))

    await refused(CategoryCycle, shop.do(catalog.move_category, MoveCategory(climbing), outdoor), shop)
    await refused(UnknownParent, shop.do(catalog.move_category, MoveCategory(NOBODY), climbing), shop)
    await refused(UnknownParent, shop.add(AddCategory(name="Ropes", parent_id=NOBODY)), shop)
    await refused(UnknownCategory, shop.do(catalog.move_category, MoveCategory(None), NOBODY), shop)


async def test_categories_stand_only_so_deep(shop: Shop) -> None:
    parent = None
    for level in range(8):
        parent = await shop.add(AddCategory(name=f"Level {level}", parent_id=parent))

    await refused(CategoryTooDeep, shop.add(AddCategory(name="Level 8", parent_id=parent)), shop)


@pytest.mark.proves("P12", "CAT-11")
async def test_two_categories_that_move_into_each_other_at_once_make_no_cycle(shop: Shop) -> None:
    one, other = await shop.add(AddCategory(name="One")), await shop.add(AddCategory(name="Other"))
    results = await asyncio.gather(
        shop.do(catalog.move_category, MoveCategory(other), one),
        shop.do(catalog.move_category, MoveCategory(one), other),
        return_exceptions=True,
    )

    assert 1 == sum(isinstance(result, CategoryCycle) for result in results)
    assert 1 == sum(isinstance(result, Saved) for result in results)


@pytest.mark.proves("CAT-17")
async def test_a_category_is_withdrawn_when_it_is_empty_and_frees_its_slug(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    await refused(CategoryNotEmpty, shop.do(catalog.withdraw_category, WithdrawCategory(), outdoor), shop)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), outdoor)

    assert Status.WITHDRAWN is (await shop.store.load(CATEGORY, outdoor)).state.status
    assert {} == (await shop.store.load(TREE, TREE_ID)).state.parents
    await shop.add(AddCategory(name="Outdoor"))
    await refused(UnknownParent, shop.add(AddCategory(name="Ropes", parent_id=outdoor)), shop)


async def test_a_withdrawn_category_does_not_come_back_by_moving_where_it_stood(shop: Shop) -> None:
    outdoor = await shop.add(AddCategory(name="Outdoor"))
    climbing = await shop.add(AddCategory(name="Climbing", parent_id=outdoor))
    await shop.do(catalog.withdraw_category, WithdrawCategory(), climbing)
    saved = await shop.do(catalog.move_category, MoveCategory(outdoor), climbing)

    assert () == saved.events
    assert {outdoor: None} == (await shop.store.load(TREE, TREE_ID)).state.parents


async def test_adding_a_category_again_adds_it_once(shop: Shop) -> None:
    await shop.add(AddCategory(id=UUID(int=1), name="Outdoor"))
    before = await shop.recorded()
    await shop.add(AddCategory(id=UUID(int=1), name="Outdoor"))

    assert before == await shop.recorded()


async def test_what_was_done_is_kept_with_who_did_it(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    (fact,) = await shop.store.history(BRAND, brand)

    assert ("sam", "test", 1) == (fact.actor, fact.correlation_id, fact.version)
