"""Commands on the stock: what staff take in, count and take away, and what suppliers promise and bring."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from application import inventory
from application.inventory import (
    AddStockCategory,
    AddSupplier,
    AdjustStock,
    AssignCategory,
    AssignSupplier,
    CallOffDelivery,
    DescribeSupplier,
    PromiseDelivery,
    Received,
    ReceiveDelivery,
    ReceiveStock,
    RemoveStock,
    RenameStockCategory,
    SetThresholds,
    StockRef,
    WithdrawStockCategory,
    WithdrawSupplier,
)
from application.offers import ProductUnknown, ProductWithdrawn
from application.store import IdTaken, Saved
from domain.inventory import (
    DELIVERY,
    SHELF,
    SUPPLIER,
    AdjustmentReason,
    Availability,
    NotEnoughStock,
    ReorderClosed,
    ShelfNotFound,
    StockReceived,
    StockReordered,
)
from domain.inventory.category import StockCategoryNotActive, UnknownStockCategory
from domain.inventory.delivery import DeliveryNotExpected, NotPromised, UnknownDelivery
from domain.inventory.supplier import SupplierNotActive, UnknownSupplier
from domain.kernel import Refusal, StaleVersion
from tests.application.market import Catalogue
from tests.application.warehouse import ROPE, STOVE, TENT, Warehouse

pytestmark = pytest.mark.anyio

NOBODY = UUID(int=99)


class Staff(Warehouse):
    """A warehouse with somebody who works in it."""

    def __init__(self) -> None:
        super().__init__()
        self.catalogue = Catalogue()
        for product_id, name in ((TENT, "Storm Tent"), (STOVE, "Pocket Stove"), (ROPE, "Rope")):
            self.catalogue.sell(product_id, name, "10.00")

    async def receive(self, *goods: tuple[UUID, int]) -> Saved[inventory.StockReceipt]:
        cmd = ReceiveStock(tuple(Received(*each) for each in goods))
        return await inventory.receive_stock(cmd, self.call(), store=self.store, pricing=self.catalogue)

    async def adjust(self, change: int, product_id: UUID = TENT) -> Saved[inventory.StockCount]:
        cmd = AdjustStock(change, AdjustmentReason.COUNTED)
        return await inventory.adjust_stock(cmd, self.call(), product_id, store=self.store)

    async def supplier(self, name: str = "Bergwerk", lead_time_days: int = 7) -> UUID:
        cmd = AddSupplier(name=name, lead_time_days=lead_time_days)
        return (await inventory.add_supplier(cmd, self.call(), store=self.store, new_id=uuid4)).result.id

    async def promise(
        self, supplier_id: UUID, *goods: tuple[UUID, int], id: UUID | None = None, day: date | None = None
    ) -> Saved[StockRef]:
        cmd = PromiseDelivery(
            id=id, supplier_id=supplier_id, items=tuple(Received(*each) for each in goods), promised_for=day
        )
        return await inventory.promise_delivery(
            cmd, self.call(), store=self.store, pricing=self.catalogue, new_id=uuid4
        )

    async def deliver(
        self, delivery_id: UUID, goods: Sequence[tuple[UUID, int]] | None = None
    ) -> Saved[inventory.DeliveryTaken]:
        cmd = ReceiveDelivery(None if goods is None else tuple(Received(*each) for each in goods))
        return await inventory.receive_delivery(cmd, self.call(), delivery_id, store=self.store)

    async def category(self, name: str = "Bulky goods") -> UUID:
        cmd = AddStockCategory(name=name)
        return (await inventory.add_category(cmd, self.call(), store=self.store, new_id=uuid4)).result.id


@pytest.fixture
def staff() -> Staff:
    return Staff()


async def refused(refusal: type[Refusal], attempt: Any, staff: Staff) -> Refusal:
    """It is refused, and nothing was recorded."""
    head = await staff.store.head("inventory")
    with pytest.raises(refusal) as caught:
        await attempt
    assert head == await staff.store.head("inventory")
    return caught.value


@pytest.mark.proves("CAT-36")
async def test_many_products_are_received_in_one_append(staff: Staff) -> None:
    saved = await staff.receive((TENT, 5), (STOVE, 2), (TENT, 1))

    assert [(TENT, 6), (STOVE, 2)] == [(each.product_id, each.received) for each in saved.result.shelves]
    assert Availability.IN_STOCK is saved.result.shelves[0].availability
    assert 1 == len({fact.recorded_at for fact in await staff.store.read("inventory")})


@pytest.mark.proves("INV-14")
async def test_a_receipt_tells_what_there_was_no_room_for(staff: Staff) -> None:
    await staff.receive((TENT, 5))
    await inventory.set_thresholds(SetThresholds(2, 8), staff.call(), TENT, store=staff.store)
    (shelf,) = (await staff.receive((TENT, 5))).result.shelves

    assert (3, 2, 8) == (shelf.received, shelf.turned_away, shelf.on_hand)


async def test_only_what_the_catalogue_sells_is_counted_for_the_first_time(staff: Staff) -> None:
    unknown = await refused(ProductUnknown, staff.receive((TENT, 1), (NOBODY, 1)), staff)
    assert [str(NOBODY)] == unknown.fields["product_ids"]
    staff.catalogue.withdraw(ROPE)
    await refused(ProductWithdrawn, staff.receive((ROPE, 1)), staff)

    await staff.receive((TENT, 1))
    staff.catalogue.withdraw(TENT)
    await staff.receive((TENT, 1))
    assert 2 == (await staff.shelf(TENT)).on_hand


async def test_a_product_never_shares_an_id_with_something_else(staff: Staff) -> None:
    supplier_id = await staff.supplier()
    staff.catalogue.sell(supplier_id, "A trap", "1.00")

    await refused(IdTaken, staff.receive((supplier_id, 1)), staff)


async def test_a_count_changes_what_there_is_and_never_what_is_set_aside(staff: Staff) -> None:
    await staff.receive((TENT, 5))

    assert (7, 7) == ((result := (await staff.adjust(2)).result).on_hand, result.available)
    await refused(NotEnoughStock, staff.adjust(-8), staff)
    await refused(ShelfNotFound, staff.adjust(1, ROPE), staff)


@pytest.mark.proves("CAT-07")
async def test_removing_tells_how_many_were_removed(staff: Staff) -> None:
    await staff.receive((TENT, 5))
    results = [
        (await inventory.remove_stock(RemoveStock(each), staff.call(), TENT, store=staff.store)).result
        for each in (3, 3, 3)
    ]

    assert [(3, 2), (2, 0), (0, 0)] == [(each.removed, each.available) for each in results]


@pytest.mark.proves("INV-08", "CAT-08")
async def test_changes_at_the_same_time_are_all_counted(staff: Staff) -> None:
    await staff.receive((TENT, 100))
    await asyncio.gather(
        *(staff.adjust(-1) for _ in range(20)),
        *(inventory.remove_stock(RemoveStock(2), staff.call(), TENT, store=staff.store) for _ in range(20)),
        *(staff.receive((TENT, 3)) for _ in range(20)),
    )

    assert 100 == (await staff.shelf(TENT)).on_hand


async def test_a_count_of_an_older_version_is_refused(staff: Staff) -> None:
    await staff.receive((TENT, 5))
    cmd, stale = AdjustStock(1, AdjustmentReason.FOUND), replace(staff.call(), expected=1)

    await refused(StaleVersion, inventory.adjust_stock(cmd, stale, TENT, store=staff.store), staff)


@pytest.mark.proves("INV-11", "INV-14")
async def test_what_a_supplier_promises_is_expected_until_it_comes(staff: Staff) -> None:
    supplier_id = await staff.supplier(lead_time_days=7)
    delivery_id = (await staff.promise(supplier_id, (TENT, 10), (ROPE, 4))).result.id
    promise = (await staff.store.load(DELIVERY, delivery_id)).state.promise

    assert promise
    assert (staff.now + timedelta(days=7)).date() == promise.promised_for
    assert (10, 4) == ((await staff.shelf(TENT)).expected, (await staff.shelf(ROPE)).expected)

    saved = await staff.deliver(delivery_id, [(TENT, 8)])
    assert [(TENT, 8)] == [(each.product_id, each.received) for each in saved.result.shelves]
    shelf = await staff.shelf(TENT)
    assert (8, 0, 0) == (shelf.on_hand, shelf.expected, (await staff.shelf(ROPE)).expected)
    assert [StockReordered, ReorderClosed, StockReceived] == [
        type(fact.event) for fact in await staff.store.history(SHELF, TENT)
    ][:3]


async def test_a_delivery_comes_once_as_promised_unless_something_else_is_said(staff: Staff) -> None:
    supplier_id = await staff.supplier()
    delivery_id = (await staff.promise(supplier_id, (TENT, 10))).result.id
    await staff.deliver(delivery_id)
    again = await staff.deliver(delivery_id)

    assert () == again.events
    assert 10 == (await staff.shelf(TENT)).on_hand
    await refused(DeliveryNotExpected, staff.deliver(delivery_id, [(TENT, 1)]), staff)
    await refused(DeliveryNotExpected, call_off(staff, delivery_id), staff)
    await refused(UnknownDelivery, staff.deliver(NOBODY), staff)


async def test_what_was_not_promised_does_not_come_with_a_delivery(staff: Staff) -> None:
    delivery_id = (await staff.promise(await staff.supplier(), (TENT, 10))).result.id

    await refused(NotPromised, staff.deliver(delivery_id, [(STOVE, 1)]), staff)


async def test_what_is_called_off_is_expected_no_longer(staff: Staff) -> None:
    delivery_id = (await staff.promise(await staff.supplier(), (TENT, 10))).result.id
    await call_off(staff, delivery_id)

    assert 0 == (await staff.shelf(TENT)).expected
    assert () == (await call_off(staff, delivery_id)).events
    await refused(DeliveryNotExpected, staff.deliver(delivery_id), staff)


async def test_promising_twice_under_one_id_promises_once(staff: Staff) -> None:
    supplier_id, day = await staff.supplier(), date(2026, 4, 1)
    await staff.promise(supplier_id, (TENT, 10), id=NOBODY, day=day)
    await staff.promise(supplier_id, (TENT, 10), id=NOBODY, day=day)

    assert 10 == (await staff.shelf(TENT)).expected


async def test_nothing_is_ordered_from_a_supplier_who_is_not_there(staff: Staff) -> None:
    await refused(UnknownSupplier, staff.promise(NOBODY, (TENT, 1)), staff)
    supplier_id = await staff.supplier()
    await inventory.withdraw_supplier(WithdrawSupplier(), staff.call(), supplier_id, store=staff.store)

    await refused(SupplierNotActive, staff.promise(supplier_id, (TENT, 1)), staff)


@pytest.mark.proves("INV-11")
async def test_a_supplier_is_described_anew(staff: Staff) -> None:
    supplier_id = await staff.supplier()
    cmd = DescribeSupplier(lead_time_days=9)
    await inventory.describe_supplier(cmd, staff.call(), supplier_id, store=staff.store)

    state = (await staff.store.load(SUPPLIER, supplier_id)).state
    assert ("Bergwerk", 9) == (state.name, state.lead_time_days)


@pytest.mark.proves("INV-12")
async def test_a_shelf_stands_in_a_category_and_has_a_supplier_that_are_there(staff: Staff) -> None:
    await staff.receive((TENT, 1))
    category_id, supplier_id = await staff.category(), await staff.supplier()
    await assign(staff, AssignCategory(category_id))
    await assign(staff, AssignSupplier(supplier_id))
    shelf = await staff.shelf(TENT)

    assert (category_id, supplier_id) == (shelf.category_id, shelf.supplier_id)
    await refused(UnknownStockCategory, assign(staff, AssignCategory(NOBODY)), staff)
    await refused(UnknownSupplier, assign(staff, AssignSupplier(NOBODY)), staff)


@pytest.mark.proves("INV-12")
async def test_no_further_shelf_is_put_into_a_withdrawn_category(staff: Staff) -> None:
    await staff.receive((TENT, 1), (ROPE, 1))
    category_id = await staff.category()
    await assign(staff, AssignCategory(category_id))
    renaming = RenameStockCategory("Oversize")
    await inventory.rename_category(renaming, staff.call(), category_id, store=staff.store)
    await inventory.withdraw_category(WithdrawStockCategory(), staff.call(), category_id, store=staff.store)

    await refused(StockCategoryNotActive, assign(staff, AssignCategory(category_id), ROPE), staff)
    assert () == (await assign(staff, AssignCategory(category_id))).events
    await assign(staff, AssignCategory(None))
    assert (await staff.shelf(TENT)).category_id is None


async def assign(staff: Staff, cmd: AssignCategory | AssignSupplier, product_id: UUID = TENT) -> Saved[Any]:
    if isinstance(cmd, AssignCategory):
        return await inventory.assign_category(cmd, staff.call(), product_id, store=staff.store)
    return await inventory.assign_supplier(cmd, staff.call(), product_id, store=staff.store)


async def call_off(staff: Staff, delivery_id: UUID) -> Saved[StockRef]:
    return await inventory.call_off_delivery(CallOffDelivery(), staff.call(), delivery_id, store=staff.store)
