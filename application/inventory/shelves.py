"""What staff do with shelves: take in, count, take away, say when there is little."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.beginning import begin_all
from application.commands import command
from application.offers import offered
from application.ports import Pricing
from application.store import Call, EventStore, Saved, Stream
from domain.inventory import (
    CATEGORY,
    SHELF,
    SUPPLIER,
    AdjustmentReason,
    Availability,
    Shelf,
    ShelfEvent,
    StockReceived,
    Units,
    category,
    merged,
    supplier,
)
from domain.inventory.delivery import PRODUCTS, NothingDelivered
from domain.inventory.shelf import decisions as shelf
from domain.inventory.values import MOST_UNITS

Quantity = Annotated[int, Meta(ge=1, le=MOST_UNITS, examples=[100])]
Comment = Annotated[str, Meta(max_length=shelf.COMMENT, examples=["Found behind the shelf"])]
Restock = Annotated[int, Meta(ge=0, le=MOST_UNITS, examples=[10])]


class Received(Struct, frozen=True, forbid_unknown_fields=True):
    """So much of a product."""

    product_id: UUID
    quantity: Quantity


Goods = Annotated[tuple[Received, ...], Meta(min_length=1, max_length=PRODUCTS)]


class ReceiveStock(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes in new units of one product or of many: all of them or none."""

    items: Goods


class AdjustStock(Struct, frozen=True, forbid_unknown_fields=True):
    change: Annotated[int, Meta(ge=-MOST_UNITS, le=MOST_UNITS, examples=[-2])]
    """Below zero for fewer."""
    reason: AdjustmentReason
    comment: Comment = ""


class RemoveStock(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes away as many as are wanted, or as there are available where that is less."""

    quantity: Quantity
    reason: AdjustmentReason = AdjustmentReason.REMOVED
    comment: Comment = ""


class SetThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    restock: Restock
    """At so many available units or fewer, stock is low."""
    maximum: Quantity | None
    """No more than this are taken in; null for any number."""


class AssignSupplier(Struct, frozen=True, forbid_unknown_fields=True):
    supplier_id: UUID | None
    """Who delivers it; null for nobody."""


class AssignCategory(Struct, frozen=True, forbid_unknown_fields=True):
    category_id: UUID | None
    """The category of stock that it stands in; null for none."""


class OpenShelf(Struct, frozen=True):
    product_id: UUID
    quantity: int
    restock: int
    maximum: int


class OpenShelves(Struct, frozen=True):
    """Stocks the products that were never counted. What was counted before stays as it is."""

    shelves: tuple[OpenShelf, ...]


class ShelvesOpened(Struct, frozen=True):
    added: int
    present: int
    """How many were there already."""


class StockCount(Struct, frozen=True):
    """A shelf after a command."""

    product_id: UUID
    on_hand: int
    reserved: int
    available: int
    availability: Availability


class StockTakenIn(StockCount, frozen=True):
    received: int
    turned_away: int
    """What there was no room for."""


class StockReceipt(Struct, frozen=True):
    shelves: tuple[StockTakenIn, ...]


class StockRemoved(StockCount, frozen=True):
    removed: int


@command("inventory")
async def receive_stock(cmd: ReceiveStock, call: Call, *, store: EventStore, pricing: Pricing) -> Saved[StockReceipt]:
    came = merged(Units(each.product_id, each.quantity) for each in cmd.items)
    if not came:
        raise NothingDelivered
    shelves = await shelves_for(store, pricing, [each.product_id for each in came])
    result = StockReceipt(tuple(take_in(shelf, each.quantity) for shelf, each in zip(shelves, came, strict=True)))
    return await store.save(*shelves, call=call, result=result)


@command("inventory")
async def adjust_stock(cmd: AdjustStock, call: Call, product_id: UUID, *, store: EventStore) -> Saved[StockCount]:
    stream = await store.load(SHELF, product_id, expected=call.expected)
    stream.add(shelf.adjust(stream.state, cmd.change, cmd.reason, cmd.comment))
    return await store.save(stream, call=call, result=_count(stream))


@command("inventory")
async def remove_stock(cmd: RemoveStock, call: Call, product_id: UUID, *, store: EventStore) -> Saved[StockRemoved]:
    stream = await store.load(SHELF, product_id, expected=call.expected)
    before = stream.state.on_hand
    stream.add(shelf.remove(stream.state, cmd.quantity, cmd.reason, cmd.comment))
    result = StockRemoved(*_counts(stream), removed=before - stream.state.on_hand)
    return await store.save(stream, call=call, result=result)


@command("inventory")
async def set_thresholds(cmd: SetThresholds, call: Call, product_id: UUID, *, store: EventStore) -> Saved[StockCount]:
    stream = await store.load(SHELF, product_id, expected=call.expected)
    stream.add(shelf.set_thresholds(stream.state, cmd.restock, cmd.maximum))
    return await store.save(stream, call=call, result=_count(stream))


@command("inventory")
async def assign_supplier(cmd: AssignSupplier, call: Call, product_id: UUID, *, store: EventStore) -> Saved[StockCount]:
    stream = await store.load(SHELF, product_id, expected=call.expected)
    if cmd.supplier_id is not None and cmd.supplier_id != stream.state.supplier_id:
        supplier.must_be_active((await store.load(SUPPLIER, cmd.supplier_id)).state)
    stream.add(shelf.assign_supplier(stream.state, cmd.supplier_id))
    return await store.save(stream, call=call, result=_count(stream))


@command("inventory")
async def assign_category(cmd: AssignCategory, call: Call, product_id: UUID, *, store: EventStore) -> Saved[StockCount]:
    stream = await store.load(SHELF, product_id, expected=call.expected)
    if cmd.category_id is not None and cmd.category_id != stream.state.category_id:
        category.must_be_active((await store.load(CATEGORY, cmd.category_id)).state)
    stream.add(shelf.assign_category(stream.state, cmd.category_id))
    return await store.save(stream, call=call, result=_count(stream))


@command("inventory")
async def open_shelves(cmd: OpenShelves, call: Call, *, store: EventStore) -> Saved[ShelvesOpened]:
    """All of them in one append. Its caller knows that the catalogue has these products."""
    wanted = {each.product_id: each for each in cmd.shelves}
    streams = await begin_all(store, SHELF, list(wanted))
    new = [stream for stream in streams if not stream.version]
    for stream in new:
        each = wanted[stream.id]
        stream.add(shelf.set_thresholds(stream.state, each.restock, each.maximum))
        stream.add(shelf.receive(stream.state, each.quantity))
    result = ShelvesOpened(len(new), len(wanted) - len(new))
    return await store.save(*new, call=call, result=result, context="inventory")


async def shelves_for(
    store: EventStore, pricing: Pricing, product_ids: Sequence[UUID]
) -> list[Stream[Shelf, ShelfEvent]]:
    """The shelves of these products, in their order; the catalogue is asked about those that were never counted.

    Raises ProductUnknown, ProductWithdrawn, IdTaken.
    """
    shelves = await begin_all(store, SHELF, product_ids)
    await offered(pricing, [stream.id for stream in shelves if not stream.version])
    return shelves


def take_in(stream: Stream[Shelf, ShelfEvent], quantity: int, delivery_id: UUID | None = None) -> StockTakenIn:
    """Puts new units on a shelf, and says how many of them."""
    stream.add(shelf.receive(stream.state, quantity, delivery_id))
    came = [event for event in stream.pending if isinstance(event, StockReceived)]
    received, turned_away = sum(each.quantity for each in came), sum(each.turned_away for each in came)
    return StockTakenIn(*_counts(stream), received=received, turned_away=turned_away)


def _count(stream: Stream[Shelf, ShelfEvent]) -> StockCount:
    return StockCount(*_counts(stream))


def _counts(stream: Stream[Shelf, ShelfEvent]) -> tuple[UUID, int, int, int, Availability]:
    state = stream.state
    return stream.id, state.on_hand, state.reserved, state.available, state.availability
