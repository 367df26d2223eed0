"""Who delivers, what they promised, and what came; and the categories that stock is sorted by."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.beginning import begin
from application.commands import command
from application.inventory.shelves import Goods, StockTakenIn, shelves_for, take_in
from application.ports import Pricing
from application.store import Call, EventStore, Saved
from domain.inventory import CATEGORY, DELIVERY, SHELF, SUPPLIER, Units, category, delivery, supplier
from domain.inventory.shelf import decisions as shelf

SupplierName = Annotated[str, Meta(min_length=1, max_length=supplier.NAME, examples=["Bergwerk GmbH"])]
CategoryName = Annotated[str, Meta(min_length=1, max_length=category.NAME, examples=["Bulky goods"])]
LeadTime = Annotated[int, Meta(ge=0, le=supplier.LEAD_TIME, examples=[7])]


class AddSupplier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    name: SupplierName
    lead_time_days: LeadTime
    """From the order to the delivery, as the supplier says."""


class DescribeSupplier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes the fields that are given."""

    name: SupplierName | UnsetType = UNSET
    lead_time_days: LeadTime | UnsetType = UNSET


class WithdrawSupplier(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PromiseDelivery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records what a supplier promised. What is promised is expected until it came or is called off."""

    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    supplier_id: UUID
    items: Goods
    promised_for: date | None = None
    """The day on which it is to come; by the supplier's lead time where it is not given."""


class ReceiveDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    items: Goods | None = None
    """What came, where it is not what was promised."""


class CallOffDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class AddStockCategory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: UUID | None = None
    """Chosen by the caller, or else by the shop."""
    name: CategoryName


class RenameStockCategory(Struct, frozen=True, forbid_unknown_fields=True):
    name: CategoryName


class WithdrawStockCategory(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class StockRef(Struct, frozen=True):
    """A supplier, a delivery or a category of stock."""

    id: UUID


class DeliveryTaken(StockRef, frozen=True):
    shelves: tuple[StockTakenIn, ...]


@command("inventory")
async def add_supplier(
    cmd: AddSupplier, call: Call, *, store: EventStore, new_id: Callable[[], UUID]
) -> Saved[StockRef]:
    stream = await begin(store, SUPPLIER, cmd.id, new_id)
    stream.add(supplier.add(stream.state, cmd.name, cmd.lead_time_days))
    return await store.save(stream, call=call, result=StockRef(stream.id))


@command("inventory")
async def describe_supplier(
    cmd: DescribeSupplier, call: Call, supplier_id: UUID, *, store: EventStore
) -> Saved[StockRef]:
    stream = await store.load(SUPPLIER, supplier_id, expected=call.expected)
    stream.add(supplier.describe(stream.state, name=cmd.name, lead_time_days=cmd.lead_time_days))
    return await store.save(stream, call=call, result=StockRef(supplier_id))


@command("inventory")
async def withdraw_supplier(
    cmd: WithdrawSupplier, call: Call, supplier_id: UUID, *, store: EventStore
) -> Saved[StockRef]:
    stream = await store.load(SUPPLIER, supplier_id, expected=call.expected)
    stream.add(supplier.withdraw(stream.state))
    return await store.save(stream, call=call, result=StockRef(supplier_id))


@command("inventory")
async def promise_delivery(
    cmd: PromiseDelivery, call: Call, *, store: EventStore, pricing: Pricing, new_id: Callable[[], UUID]
) -> Saved[StockRef]:
    """The delivery and what each shelf expects of it, in one append."""
    promiser = (await store.load(SUPPLIER, cmd.supplier_id)).state
    stream = await begin(store, DELIVERY, cmd.id, new_id)
    day = cmd.promised_for or call.now.date() + timedelta(days=promiser.lead_time_days)
    items = [Units(each.product_id, each.quantity) for each in cmd.items]
    stream.add(delivery.promise(stream.state, cmd.supplier_id, items, day))
    if not stream.pending:
        return await store.save(stream, call=call, result=StockRef(stream.id))
    supplier.must_be_active(promiser)
    promised = stream.state.promised
    shelves = await shelves_for(store, pricing, [each.product_id for each in promised])
    for each, item in zip(shelves, promised, strict=True):
        each.add(shelf.reorder(each.state, stream.id, item.quantity))
    return await store.save(stream, *shelves, call=call, result=StockRef(stream.id))


@command("inventory")
async def receive_delivery(
    cmd: ReceiveDelivery, call: Call, delivery_id: UUID, *, store: EventStore
) -> Saved[DeliveryTaken]:
    """The delivery and the shelves that it fills, in one append."""
    stream = await store.load(DELIVERY, delivery_id, expected=call.expected)
    came = None if cmd.items is None else [Units(each.product_id, each.quantity) for each in cmd.items]
    stream.add(delivery.receive(stream.state, came))
    if not stream.pending:
        return await store.save(stream, call=call, result=DeliveryTaken(delivery_id, ()))
    shelves = await store.load_many(SHELF, [each.product_id for each in stream.state.promised])
    for item in stream.state.promised:
        each = shelves[item.product_id]
        each.add(shelf.close_reorder(each.state, delivery_id, item.quantity))
    taken = tuple(take_in(shelves[item.product_id], item.quantity, delivery_id) for item in stream.state.received)
    return await store.save(stream, *shelves.values(), call=call, result=DeliveryTaken(delivery_id, taken))


@command("inventory")
async def call_off_delivery(
    cmd: CallOffDelivery, call: Call, delivery_id: UUID, *, store: EventStore
) -> Saved[StockRef]:
    stream = await store.load(DELIVERY, delivery_id, expected=call.expected)
    stream.add(delivery.call_off(stream.state))
    promised = stream.state.promised if stream.pending else ()
    shelves = await store.load_many(SHELF, [each.product_id for each in promised])
    for item in promised:
        each = shelves[item.product_id]
        each.add(shelf.close_reorder(each.state, delivery_id, item.quantity))
    return await store.save(stream, *shelves.values(), call=call, result=StockRef(delivery_id))


@command("inventory")
async def add_category(
    cmd: AddStockCategory, call: Call, *, store: EventStore, new_id: Callable[[], UUID]
) -> Saved[StockRef]:
    stream = await begin(store, CATEGORY, cmd.id, new_id)
    stream.add(category.add(stream.state, cmd.name))
    return await store.save(stream, call=call, result=StockRef(stream.id))


@command("inventory")
async def rename_category(
    cmd: RenameStockCategory, call: Call, category_id: UUID, *, store: EventStore
) -> Saved[StockRef]:
    stream = await store.load(CATEGORY, category_id, expected=call.expected)
    stream.add(category.rename(stream.state, cmd.name))
    return await store.save(stream, call=call, result=StockRef(category_id))


@command("inventory")
async def withdraw_category(
    cmd: WithdrawStockCategory, call: Call, category_id: UUID, *, store: EventStore
) -> Saved[StockRef]:
    stream = await store.load(CATEGORY, category_id, expected=call.expected)
    stream.add(category.withdraw(stream.state))
    return await store.save(stream, call=call, result=StockRef(category_id))
