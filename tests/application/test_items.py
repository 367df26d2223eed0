"""Items: listed, changed, withdrawn and brought back, and nothing of it half done."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from application import catalog
from application.catalog import (
    AddBrand,
    AddCategory,
    AddType,
    ArrangeImages,
    BringBackItem,
    DescribeItem,
    FeatureItem,
    ImageOf,
    ItemRef,
    ListItem,
    ListItems,
    RepriceItem,
    WithdrawBrand,
    WithdrawCategory,
    WithdrawItem,
    WithdrawType,
)
from application.catalog.items import UnknownReference
from application.commands import DryRun
from application.store import IdTaken, Saved
from application.wire import Price
from domain.catalog import BRAND, ITEM
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
from domain.catalog.values import Status
from domain.kernel import StaleVersion
from domain.money import CurrencyMismatch, Money
from tests.application.shop import NOBODY, STAFF, Shop, with_key

pytestmark = pytest.mark.anyio


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
    await shop.refuses(ItemAlreadyListed, shop.list(id=UUID(int=7), name="Rope"))


async def test_an_id_of_something_of_another_kind_is_taken(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    await shop.list(id=UUID(int=7))
    for cmd in (AddType(id=brand, name="Jackets"), AddCategory(id=UUID(int=7), name="Winter")):
        await shop.refuses(IdTaken, shop.add(cmd))
    await shop.refuses(IdTaken, shop.list(id=brand, sku="B"))
    many = ListItems((ListItem(id=brand, name="Rope", sku="C", price=Price("1", "USD")),))
    await shop.refuses(IdTaken, catalog.list_items(many, STAFF, store=shop.store, currency="USD"))


@pytest.mark.proves("P2")
async def test_listing_again_with_the_same_key_answers_as_the_first_time(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    first = await shop.list(brand_id=brand, call=with_key("list"))
    await shop.do(catalog.withdraw_brand, WithdrawBrand(), brand)
    again = await shop.list(brand_id=brand, call=with_key("list"))

    assert (first.result, first.versions, True) == (again.result, again.versions, again.replayed)


@pytest.mark.parametrize("field", ["brand_id", "type_id", "category_ids"])
async def test_an_item_is_given_only_what_exists(shop: Shop, field: str) -> None:
    given: dict[str, Any] = {field: (NOBODY,) if field == "category_ids" else NOBODY}
    refusal = await shop.refuses(UnknownReference, shop.list(**given))

    assert {"path": field, "id": str(NOBODY)} == refusal.fields
    id = (await shop.list()).result.id
    await shop.refuses(UnknownReference, shop.do(catalog.describe_item, DescribeItem(**given), id))


async def test_an_item_is_given_nothing_that_was_withdrawn(shop: Shop) -> None:
    brand, kind = await shop.add(AddBrand(name="Nordwand")), await shop.add(AddType(name="Jackets"))
    winter = await shop.add(AddCategory(name="Winter"))
    kept = (await shop.list(brand_id=brand, type_id=kind, category_ids=(winter,))).result.id
    await shop.do(catalog.withdraw_brand, WithdrawBrand(), brand)
    await shop.do(catalog.withdraw_type, WithdrawType(), kind)
    await shop.do(catalog.withdraw_category, WithdrawCategory(), winter)

    await shop.refuses(UnknownReference, shop.list("B", name="B", brand_id=brand))
    await shop.refuses(UnknownReference, shop.list("B", name="B", type_id=kind))
    await shop.refuses(UnknownReference, shop.list("B", name="B", category_ids=(winter,)))
    again = DescribeItem(name="Still here", brand_id=brand, type_id=kind, category_ids=(winter,))
    assert (ItemDescribed(name="Still here"),) == (await shop.do(catalog.describe_item, again, kept)).events


@pytest.mark.proves("B27")
async def test_the_id_of_a_brand_is_that_of_no_type_and_no_item(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))

    await shop.refuses(UnknownReference, shop.list(type_id=brand))
    await shop.refuses(UnknownItem, shop.do(catalog.describe_item, DescribeItem(name="X"), brand))


@pytest.mark.proves("B39")
async def test_prices_are_in_the_shops_currency(shop: Shop) -> None:
    id = (await shop.list()).result.id
    euros, dollars = Price("1", "EUR"), Price("1", "USD")

    await shop.refuses(CurrencyMismatch, shop.do(catalog.reprice_item, RepriceItem(euros), id))
    await shop.refuses(CurrencyMismatch, shop.do(catalog.reprice_item, RepriceItem(dollars, euros), id))
    await shop.refuses(CurrencyMismatch, shop.list("B", cost_price=euros))


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

    stale = await shop.refuses(StaleVersion, shop.do(use_case, cmd, id, replace(STAFF, expected=7)))
    assert {"expected": 7, "actual": 1} == stale.fields
    await shop.do(use_case, cmd, id, replace(STAFF, expected=1))
    await shop.refuses(UnknownItem, shop.do(use_case, cmd, NOBODY))


@pytest.mark.proves("B47")
async def test_a_withdrawn_item_is_not_changed(shop: Shop) -> None:
    id = (await shop.list()).result.id
    await shop.do(catalog.withdraw_item, WithdrawItem(), id)

    await shop.refuses(ItemNotActive, shop.do(catalog.describe_item, DescribeItem(slug="x"), id))
    await shop.refuses(ItemNotActive, shop.do(catalog.reprice_item, RepriceItem(Price("1", "USD")), id))


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


async def test_what_was_done_is_kept_with_who_did_it(shop: Shop) -> None:
    brand = await shop.add(AddBrand(name="Nordwand"))
    (fact,) = await shop.store.history(BRAND, brand)

    assert ("sam", "test", 1) == (fact.actor, fact.correlation_id, fact.version)
