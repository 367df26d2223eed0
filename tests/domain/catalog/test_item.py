"""What the catalogue promises about its items."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.catalog.item import (
    ITEM,
    InvalidPrice,
    Item,
    ItemAlreadyListed,
    ItemBroughtBack,
    ItemCostChanged,
    ItemDescribed,
    ItemEvent,
    ItemFeatured,
    ItemImagesArranged,
    ItemListed,
    ItemNotActive,
    ItemRepriced,
    ItemUnfeatured,
    ItemWithdrawn,
    arrange_images,
    bring_back,
    describe,
    feature,
    list_item,
    margin_percentage,
    reprice,
    withdraw,
)
from domain.catalog.values import Image, InvalidSlug, Status, TooMany, primary_picture
from domain.kernel import InvalidText
from domain.money import CurrencyMismatch, InvalidMoney, Money
from tests.domain.catalog.examples import BACK, FRONT, NORDWAND, PARKA, SALE, WINTER, listed
from tests.given import given
from tests.money import usd

withdrawn = ItemWithdrawn("Recalled")
brought_back = ItemBroughtBack()


@pytest.mark.proves("CAT-03", "CAT-12", "CAT-13")
def test_an_item_is_listed_with_all_that_is_said_of_it() -> None:
    item = given(ITEM).when(list_item, **PARKA).then(listed)

    assert Item(status=Status.ACTIVE, **PARKA) == item


def test_an_item_needs_no_more_than_a_name_a_slug_a_sku_and_a_price() -> None:
    plain: dict[str, Any] = {"name": "Rope", "slug": "rope", "sku": "R-1", "price": usd("80")}
    given(ITEM).when(list_item, **plain).then(ItemListed(**plain))


def test_what_is_listed_is_cleaned_first() -> None:
    untidy = PARKA | {
        "name": "  Alpine Parka ",
        "price": Money(Decimal("249.0000"), "USD"),
        "tags": ["Winter", "DOWN", "winter"],
        "category_ids": [WINTER, WINTER],
        "images": [Image(FRONT.picture, " Seen from the front "), BACK],
    }
    given(ITEM).when(list_item, **untidy).then(listed)


def test_listing_the_same_item_twice_lists_it_once() -> None:
    given(ITEM, [listed]).when(list_item, **PARKA).then()


def test_another_item_cannot_be_listed_under_the_same_id() -> None:
    given(ITEM, [listed]).when(list_item, **PARKA | {"name": "Rope"}).refused(ItemAlreadyListed, slug="alpine-parka")
    given(ITEM, [listed, withdrawn]).when(list_item, **PARKA).refused(ItemAlreadyListed)


@pytest.mark.proves("B13", "B14", "B39")
@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"name": " "}, InvalidText),
        ({"name": "x" * 121}, InvalidText),
        ({"description": "x" * 4001}, InvalidText),
        ({"description": "a\0b"}, InvalidText),
        ({"slug": "Alpine Parka"}, InvalidSlug),
        ({"price": usd("0")}, InvalidPrice),
        ({"price": Money(Decimal(-1), "USD")}, InvalidMoney),
        ({"price": Money(Decimal("1e12"), "USD")}, InvalidMoney),
        ({"price": Money(Decimal("0.00001"), "USD")}, InvalidMoney),
        ({"price": Money(Decimal("NaN"), "USD")}, InvalidMoney),
        ({"cost_price": Money.parse("1", "EUR")}, CurrencyMismatch),
        ({"cost_price": Money(Decimal(-1), "USD")}, InvalidMoney),
        ({"category_ids": [UUID(int=number) for number in range(21)]}, TooMany),
    ],
)
def test_an_item_that_cannot_be_sold_as_it_stands_is_not_listed(wrong: dict[str, Any], refusal: Any) -> None:
    given(ITEM).when(list_item, **PARKA | wrong).refused(refusal)


def test_describing_records_only_what_changed() -> None:
    item = (
        given(ITEM, [listed])
        .when(describe, name="Alpine Parka II", sku="NW-AP-100", tags=["Winter", "down"], category_ids=[SALE])
        .then(ItemDescribed(name="Alpine Parka II", category_ids=(SALE,)))
    )

    assert Item(status=Status.ACTIVE, **PARKA | {"name": "Alpine Parka II", "category_ids": (SALE,)}) == item


def test_every_part_of_a_description_can_change() -> None:
    anew: dict[str, Any] = {
        "name": "Rope",
        "slug": "rope",
        "sku": "R-1",
        "description": "",
        "brand_id": None,
        "type_id": None,
        "category_ids": (),
        "tags": (),
        "metadata": {},
    }
    item = given(ITEM, [listed]).when(describe, **anew).then(ItemDescribed(**anew))

    assert Item(status=Status.ACTIVE, **PARKA | anew) == item


@pytest.mark.parametrize("history", [[listed], [listed, withdrawn]])
def test_describing_an_item_as_it_is_decides_nothing(history: list[ItemEvent]) -> None:
    given(ITEM, history).when(describe).then()
    given(ITEM, history).when(describe, name="Alpine Parka", brand_id=NORDWAND, metadata=PARKA["metadata"]).then()


@pytest.mark.proves("CAT-38")
def test_a_new_price_is_recorded_beside_the_old_one() -> None:
    item = given(ITEM, [listed]).when(reprice, usd("199")).then(ItemRepriced(usd("249.00"), usd("199.00")))

    assert usd("199") == item.price
    assert usd("99.60") == item.cost_price


def test_the_same_price_written_otherwise_is_no_new_price() -> None:
    given(ITEM, [listed]).when(reprice, Money(Decimal("249.0"), "USD")).then()
    given(ITEM, [listed]).when(reprice, usd("249"), cost_price=usd("99.6")).then()


def test_the_cost_can_change_with_the_price_or_without_it() -> None:
    given(ITEM, [listed]).when(reprice, usd("249"), cost_price=usd("90")).then(
        ItemCostChanged(usd("99.60"), usd("90.00"))
    )
    given(ITEM, [listed]).when(reprice, usd("199"), cost_price=None).then(
        ItemRepriced(usd("249.00"), usd("199.00")), ItemCostChanged(usd("99.60"), None)
    )


@pytest.mark.proves("B14", "B39")
@pytest.mark.parametrize(
    ("price", "cost", "refusal"),
    [
        (usd("0"), None, InvalidPrice),
        (Money(Decimal(-1), "USD"), None, InvalidMoney),
        (Money(Decimal("1e12"), "USD"), None, InvalidMoney),
        (usd("1"), Money.parse("1", "EUR"), CurrencyMismatch),
        (usd("1"), Money(Decimal("-0.01"), "USD"), InvalidMoney),
    ],
)
def test_a_price_that_cannot_be_charged_is_refused(price: Money, cost: Money | None, refusal: Any) -> None:
    given(ITEM, [listed]).when(reprice, price, cost_price=cost).refused(refusal)


def test_a_shop_that_changes_its_currency_must_say_what_its_items_cost_in_the_new_one() -> None:
    euros = Money.parse("229", "EUR")
    given(ITEM, [listed]).when(reprice, euros).refused(CurrencyMismatch)
    given(ITEM, [listed]).when(reprice, euros, cost_price=None).then(
        ItemRepriced(usd("249.00"), euros), ItemCostChanged(usd("99.60"), None)
    )


@pytest.mark.proves("CAT-12")
@pytest.mark.parametrize(
    ("price", "cost", "margin"),
    [
        ("249.00", "99.60", "60.00"),
        ("100", "0", "100.00"),
        ("100", "100", "0.00"),
        ("100", "150", "-50.00"),
        ("3", "1", "66.67"),
    ],
)
def test_the_margin_is_derived_from_price_and_cost(price: str, cost: str, margin: str) -> None:
    assert Decimal(margin) == margin_percentage(usd(price), usd(cost))
    assert "margin_percentage" not in Item.__struct_fields__


def test_without_a_cost_there_is_no_margin() -> None:
    assert margin_percentage(usd("1"), None) is None
    assert margin_percentage(usd("0"), usd("0")) is None
    assert margin_percentage(usd("1"), Money.parse("1", "EUR")) is None


@pytest.mark.proves("CAT-16")
def test_images_are_added_removed_and_reordered_in_one_step() -> None:
    side = Image("https://pictures.example/side.png")
    item = given(ITEM, [listed]).when(arrange_images, [BACK, side, FRONT]).then(ItemImagesArranged((BACK, side, FRONT)))

    assert FRONT.picture == primary_picture(item.images)


@pytest.mark.proves("CAT-16")
def test_the_first_image_is_primary_unless_another_is_marked() -> None:
    shown = (
        given(ITEM, [listed])
        .when(arrange_images, [BACK])
        .then(ItemImagesArranged((Image(BACK.picture, BACK.alt, primary=True),)))
    )

    assert BACK.picture == primary_picture(shown.images)


def test_an_item_can_do_without_images() -> None:
    item = given(ITEM, [listed]).when(arrange_images, []).then(ItemImagesArranged(()))

    assert primary_picture(item.images) is None


def test_images_that_stand_as_they_should_are_left_alone() -> None:
    given(ITEM, [listed]).when(arrange_images, [Image(FRONT.picture, FRONT.alt), BACK]).then()
    given(ITEM, [listed, withdrawn]).when(arrange_images, [FRONT, BACK]).then()


def test_an_item_is_put_forward_and_taken_back() -> None:
    assert given(ITEM, [listed]).when(feature, True).then(ItemFeatured()).featured
    assert not given(ITEM, [listed, ItemFeatured()]).when(feature, False).then(ItemUnfeatured()).featured
    given(ITEM, [listed, ItemFeatured()]).when(feature, True).then()
    given(ITEM, [listed]).when(feature, False).then()


@pytest.mark.proves("CAT-17")
def test_withdrawing_keeps_all_that_is_known_of_an_item() -> None:
    item = given(ITEM, [listed]).when(withdraw, " Recalled ").then(withdrawn)

    assert Item(status=Status.WITHDRAWN, **PARKA) == item


def test_withdrawing_twice_withdraws_once() -> None:
    given(ITEM, [listed, withdrawn]).when(withdraw, "Again").then()


@pytest.mark.proves("CAT-17")
def test_an_item_comes_back_as_it_was() -> None:
    item = given(ITEM, [listed, withdrawn]).when(bring_back).then(brought_back)

    assert Item(status=Status.ACTIVE, **PARKA) == item


def test_bringing_back_an_active_item_decides_nothing() -> None:
    given(ITEM, [listed]).when(bring_back).then()
    given(ITEM, [listed, withdrawn, brought_back]).when(bring_back).then()


@pytest.mark.proves("B47")
@pytest.mark.parametrize(
    ("decision", "args"),
    [
        (describe, {"name": "Rope"}),
        (reprice, {"price": usd("1")}),
        (arrange_images, {"images": []}),
        (feature, {"featured": True}),
    ],
)
def test_a_withdrawn_item_cannot_be_changed(decision: Any, args: dict[str, Any]) -> None:
    given(ITEM, [listed, withdrawn]).when(decision, **args).refused(ItemNotActive, status="withdrawn")
    given(ITEM, [listed, withdrawn, brought_back]).when(decision, **args)


@pytest.mark.proves("B47")
@pytest.mark.parametrize(
    ("decision", "args"),
    [(describe, {"name": "Rope"}), (reprice, {"price": usd("1")}), (withdraw, {}), (bring_back, {})],
)
def test_an_item_that_was_never_listed_cannot_be_changed(decision: Any, args: dict[str, Any]) -> None:
    given(ITEM).when(decision, **args).refused(ItemNotActive, status="absent")


@pytest.mark.proves("B20")
def test_a_reason_is_short() -> None:
    given(ITEM, [listed]).when(withdraw, "x" * 201).refused(InvalidText, path="reason")


def test_nobody_who_is_given_metadata_can_change_what_was_recorded() -> None:
    mine = {"colours": ["ink"]}
    (event,) = list_item(Item(), **PARKA | {"metadata": mine})
    mine["colours"].append("moss")

    assert isinstance(event, ItemListed)
    assert {"colours": ["ink"]} == event.metadata
