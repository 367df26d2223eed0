"""Suppliers, their deliveries, and categories of stock."""

from datetime import date
from uuid import UUID

import pytest

from domain.inventory import CATEGORY, DELIVERY, SUPPLIER, InvalidUnits, Status, Units, category, delivery, supplier
from domain.inventory.category import (
    CategoryAdded,
    CategoryRenamed,
    CategoryWithdrawn,
    StockCategoryAlreadyAdded,
    StockCategoryNotActive,
)
from domain.inventory.delivery import (
    PRODUCTS,
    DeliveryAlreadyPromised,
    DeliveryCalledOff,
    DeliveryNotExpected,
    DeliveryPromised,
    DeliveryReceived,
    NothingDelivered,
    NotPromised,
    TooManyProducts,
)
from domain.inventory.supplier import (
    LEAD_TIME,
    SupplierAdded,
    SupplierAlreadyAdded,
    SupplierDescribed,
    SupplierNotActive,
    SupplierWithdrawn,
)
from domain.kernel import InvalidText
from tests.given import given

BERGWERK, TENT, STOVE = (UUID(int=number) for number in range(1, 4))
FRIDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 9)

added = SupplierAdded("Bergwerk", 7)
promised = DeliveryPromised(BERGWERK, (Units(TENT, 10),), FRIDAY)
bulky = CategoryAdded("Bulky goods")


# Suppliers


@pytest.mark.proves("INV-11")
def test_a_supplier_is_added_once() -> None:
    given(SUPPLIER).when(supplier.add, " Bergwerk ", 7).then(added)
    given(SUPPLIER, [added]).when(supplier.add, "Bergwerk", 7).then()
    given(SUPPLIER, [added]).when(supplier.add, "Talwerk", 7).refused(SupplierAlreadyAdded, name="Bergwerk")
    given(SUPPLIER).when(supplier.add, " ", 7).refused(InvalidText, path="name")
    for days in (-1, LEAD_TIME + 1):
        given(SUPPLIER).when(supplier.add, "Bergwerk", days).refused(InvalidUnits, path="lead_time_days")


@pytest.mark.proves("INV-11")
def test_only_what_changed_about_a_supplier_is_told() -> None:
    given(SUPPLIER, [added]).when(supplier.describe, name="Bergwerk", lead_time_days=9).then(
        SupplierDescribed(lead_time_days=9)
    )
    given(SUPPLIER, [added]).when(supplier.describe, name="Bergwerk").then()
    given(SUPPLIER, [added]).when(supplier.describe).then()


def test_a_supplier_who_was_withdrawn_stays_as_they_were() -> None:
    gone = [added, SupplierWithdrawn()]

    given(SUPPLIER, [added]).when(supplier.withdraw).then(SupplierWithdrawn())
    given(SUPPLIER, gone).when(supplier.withdraw).then()
    given(SUPPLIER, gone).when(supplier.describe, name="Talwerk").refused(SupplierNotActive, status="withdrawn")
    given(SUPPLIER).when(supplier.withdraw).refused(SupplierNotActive, status=Status.ABSENT.value)


# Deliveries


def test_a_delivery_is_promised_once_and_each_product_counts_once() -> None:
    twice = [Units(TENT, 4), Units(TENT, 6)]

    given(DELIVERY).when(delivery.promise, BERGWERK, twice, FRIDAY).then(promised)
    given(DELIVERY, [promised]).when(delivery.promise, BERGWERK, twice, FRIDAY).then()
    given(DELIVERY, [promised]).when(delivery.promise, BERGWERK, twice, MONDAY).refused(DeliveryAlreadyPromised)


def test_a_delivery_has_products_and_not_too_many() -> None:
    many = [Units(UUID(int=number), 1) for number in range(PRODUCTS + 1)]

    given(DELIVERY).when(delivery.promise, BERGWERK, [], FRIDAY).refused(NothingDelivered, path="items")
    given(DELIVERY).when(delivery.promise, BERGWERK, many, FRIDAY).refused(TooManyProducts, most=PRODUCTS)
    given(DELIVERY).when(delivery.promise, BERGWERK, [Units(TENT, 0)], FRIDAY).refused(InvalidUnits)


@pytest.mark.proves("INV-11")
def test_what_comes_is_what_was_promised_unless_something_else_is_said() -> None:
    given(DELIVERY, [promised]).when(delivery.receive).then(DeliveryReceived(BERGWERK, promised.items))
    given(DELIVERY, [promised]).when(delivery.receive, [Units(TENT, 8)]).then(
        DeliveryReceived(BERGWERK, (Units(TENT, 8),))
    )
    given(DELIVERY, [promised]).when(delivery.receive, [Units(TENT, 12)]).then(
        DeliveryReceived(BERGWERK, (Units(TENT, 12),))
    )
    given(DELIVERY, [promised]).when(delivery.receive, [Units(STOVE, 1)]).refused(NotPromised, product_ids=[str(STOVE)])


def test_a_delivery_comes_once_or_is_called_off() -> None:
    came, off = (
        [promised, DeliveryReceived(BERGWERK, promised.items)],
        [promised, DeliveryCalledOff(BERGWERK)],
    )

    given(DELIVERY, came).when(delivery.receive).then()
    given(DELIVERY, came).when(delivery.receive, [Units(TENT, 1)]).refused(DeliveryNotExpected, status="received")
    given(DELIVERY, came).when(delivery.call_off).refused(DeliveryNotExpected, status="received")
    given(DELIVERY, [promised]).when(delivery.call_off).then(DeliveryCalledOff(BERGWERK))
    given(DELIVERY, off).when(delivery.call_off).then()
    given(DELIVERY, off).when(delivery.receive).refused(DeliveryNotExpected, status="called-off")
    given(DELIVERY).when(delivery.receive).refused(DeliveryNotExpected, status="absent")


# Categories


@pytest.mark.proves("INV-12")
def test_a_category_of_stock_is_added_renamed_and_withdrawn() -> None:
    gone = [bulky, CategoryWithdrawn()]

    given(CATEGORY).when(category.add, "Bulky goods").then(bulky)
    given(CATEGORY, [bulky]).when(category.add, "Bulky goods").then()
    given(CATEGORY, [bulky]).when(category.add, "Oversize").refused(StockCategoryAlreadyAdded, name="Bulky goods")
    given(CATEGORY, [bulky]).when(category.rename, "Oversize").then(CategoryRenamed("Oversize"))
    given(CATEGORY, [bulky]).when(category.rename, "Bulky goods").then()
    given(CATEGORY, [bulky]).when(category.withdraw).then(CategoryWithdrawn())
    given(CATEGORY, gone).when(category.withdraw).then()
    given(CATEGORY, gone).when(category.rename, "Oversize").refused(StockCategoryNotActive, status="withdrawn")
