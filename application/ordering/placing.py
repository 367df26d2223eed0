"""Placing orders. An order's id is derived from what it came from, so what comes twice is one order."""

from collections.abc import Callable
from itertools import count
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from application.commands import command, origin_of
from application.ordering.checking import check_payment_method, check_stock
from application.ordering.redeeming import Codes, redeemed
from application.ordering.till import OrderLines, Till
from application.ports import Destination
from application.store import Call, EventStore, Saved, Stream
from application.wire import Price
from domain import ordering
from domain.money import Money
from domain.ordering import (
    BUYER,
    ORDER,
    Address,
    BasketRef,
    Buyer,
    BuyerEvent,
    Order,
    OrderEvent,
    OrderNotFound,
    Status,
    buyer_stream,
    number,
)


class ShippingAddress(Address, frozen=True, forbid_unknown_fields=True):
    """Where an order is sent."""


class PlaceOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices are the catalogue's. Lines with the same product become one."""

    lines: OrderLines
    address: ShippingAddress
    expected_total: Price | None = None
    """What the buyer agreed to pay. Any other total is refused, and the refusal names it."""
    promotions: Codes = ()
    """All of them or no order."""
    payment_method_id: UUID | None = None
    """One of the buyer's; their default where none is named."""


class OrderReceipt(Struct, frozen=True):
    """The order after a command."""

    order_id: UUID
    number: str
    status: Status
    total: Money


class Found(NamedTuple):
    """The order that came from an origin; a stream without events, under the number drawn for it, where none did."""

    origin: UUID
    number: str
    order: Stream[Order, OrderEvent]


@command("ordering")
async def place_order(
    cmd: PlaceOrder,
    call: Call,
    *,
    store: EventStore,
    till: Till,
    new_id: Callable[[], UUID],
) -> Saved[OrderReceipt]:
    found = await find(origin_of(call, new_id), store=store)
    return await place(cmd, call, found, store=store, till=till)


async def place(
    cmd: PlaceOrder,
    call: Call,
    found: Found,
    *,
    store: EventStore,
    till: Till,
    basket: BasketRef | None = None,
    ordered_version: int = 0,
) -> Saved[OrderReceipt]:
    """Places the order unless it was placed before. The caller is the buyer.

    `ordered_version` is the last version that the basket knows to have been ordered.
    """
    origin, order_number, order = found
    buyer_id = call.actor
    if order.state.status:
        if order.state.buyer_id != buyer_id:
            raise OrderNotFound(order.id)
        return await store.save(order, call=call, result=receipt(order))
    # Before anything is priced: a basket that still shows what was ordered may hold what is no longer sold.
    buyer = await buyer_of(buyer_id, store=store)
    buyer.add(ordering.open_pending(buyer.state, buyer_id, order.id, basket, ordered_version, till.rules))
    address = ordering.cleaned(cmd.address)
    promised = await redeemed(cmd.promotions, buyer_id, order.id, call.now, store=store)
    draft, _ = await till.draft(cmd.lines, destination_of(address), promised.terms)
    await check_payment_method(buyer_id, cmd.payment_method_id, till.methods)
    await check_stock({line.product_id: line.quantity for line in draft.lines}, till.stock)
    order.add(
        ordering.place(
            order.state,
            number=order_number,
            buyer_id=buyer_id,
            origin=origin,
            basket=basket,
            address=address,
            draft=draft,
            expected_total=cmd.expected_total.money(till.currency) if cmd.expected_total else None,
            rules=till.rules,
            promotions=promised.codes,
            payment_method_id=cmd.payment_method_id,
        )
    )
    return await store.save(order, buyer, *promised.streams, call=call, result=receipt(order))


def destination_of(address: Address) -> Destination:
    return Destination(address.country, address.region or None)


async def buyer_of(buyer_id: str, *, store: EventStore) -> Stream[Buyer, BuyerEvent]:
    return await store.load(BUYER, buyer_stream(buyer_id))


async def find(origin: UUID, *, store: EventStore) -> Found:
    """The order that came from `origin`, or the first number drawn for it that belongs to no other order."""
    for attempt in count():
        drawn = number.draw(origin, attempt)
        id = number.order_id(drawn)
        order = (await store.load_many(ORDER, [id]))[id]
        if order.state.origin in {None, origin}:
            return Found(origin, drawn, order)
    raise AssertionError("unreachable: some draw is free")


def receipt(order: Stream[Order, OrderEvent]) -> OrderReceipt:
    state = order.state
    if state.status is None or state.total is None:
        raise OrderNotFound(order.id)
    return OrderReceipt(order.id, state.number, state.status, state.total)
