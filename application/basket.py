"""What can be done with a basket. Each command is the JSON body of its request; whose basket it is stands beside it.

await add_item(AddItem(product_id, 2), call, "buyer:alice", store=store, pricing=pricing, rules=rules)
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from application.commands import command
from application.contracts import Message, OrderSubmitted
from application.offers import offered
from application.ports import Pricing
from application.store import Call, EventStore, Saved, Stream, check_expected, recorded_at
from domain import basket
from domain.basket import BASKET, Basket, BasketEvent, BasketMerged, Line, MergePolicy, Portion, Rules, basket_id
from domain.money import Money

Quantity = Annotated[int, Meta(ge=1, le=999)]


class AddItem(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds to what is there. Adding at the same time from two windows adds both."""

    product_id: UUID
    quantity: Quantity = 1


class SetQuantity(Struct, frozen=True, forbid_unknown_fields=True):
    quantity: Quantity


class RemoveItem(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ClearBasket(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class MergeBasket(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes an anonymous basket over, as at signing in."""

    policy: MergePolicy = MergePolicy.SUM


class ExpireBasket(Struct, frozen=True):
    pass


class RecordCheckOut(Struct, frozen=True):
    """An order was placed from a version of the basket."""

    order_id: UUID
    version: int
    ordered: tuple[Portion, ...]


class BasketSummary(Struct, frozen=True):
    """The basket after a command."""

    basket_id: UUID
    line_count: int
    units: int
    """Of all its lines together."""
    subtotal: Money | None
    """None for an empty basket."""


class Merged(Struct, frozen=True):
    basket: BasketSummary
    capped: tuple[Portion, ...] = ()
    """What did not fit into a line."""
    left_out: tuple[Portion, ...] = ()
    """Lines that did not fit into the basket."""


@command("basket")
async def add_item(
    cmd: AddItem, call: Call, owner: str, *, store: EventStore, pricing: Pricing, rules: Rules
) -> Saved[BasketSummary]:
    line = await _line(cmd.product_id, cmd.quantity, pricing)
    stream = await _load(owner, call, store)
    stream.add(basket.add(stream.state, owner, line, rules))
    return await store.save(stream, call=call, result=_summary(stream))


@command("basket")
async def set_quantity(
    cmd: SetQuantity, call: Call, owner: str, product_id: UUID, *, store: EventStore, pricing: Pricing, rules: Rules
) -> Saved[BasketSummary]:
    line = await _line(product_id, cmd.quantity, pricing)
    stream = await _load(owner, call, store)
    stream.add(basket.set_quantity(stream.state, owner, line, rules))
    return await store.save(stream, call=call, result=_summary(stream))


@command("basket")
async def remove_item(
    cmd: RemoveItem, call: Call, owner: str, product_id: UUID, *, store: EventStore
) -> Saved[BasketSummary]:
    stream = await _load(owner, call, store)
    stream.add(basket.remove(stream.state, product_id))
    return await store.save(stream, call=call, result=_summary(stream))


@command("basket")
async def clear(cmd: ClearBasket, call: Call, owner: str, *, store: EventStore) -> Saved[BasketSummary]:
    stream = await _load(owner, call, store)
    stream.add(basket.clear(stream.state))
    return await store.save(stream, call=call, result=_summary(stream))


@command("basket")
async def merge(
    cmd: MergeBasket, call: Call, owner: str, other_owner: str, *, store: EventStore, rules: Rules
) -> Saved[Merged]:
    """Merges the other owner's basket into this owner's and empties it, in one append."""
    target_id, source_id = basket_id(owner), basket_id(other_owner)
    streams = await store.load_many(BASKET, [target_id, source_id])
    target, source = streams[target_id], streams[source_id]
    check_expected(call.expected, target.version)
    target.add(basket.merge(target.state, owner, source.state, source_id, source.version, cmd.policy, rules))
    result = Merged(_summary(target))
    match target.pending:
        case [*_, BasketMerged(capped=capped, left_out=left_out)]:
            source.add(basket.merge_away(source.state, target_id))
            result = Merged(_summary(target), capped, left_out)
    changed = (target, source) if source.pending else (target,)
    return await store.save(*changed, call=call, result=result)


@command("basket")
async def expire_basket(
    cmd: ExpireBasket, call: Call, basket_id: UUID, *, store: EventStore, rules: Rules
) -> Saved[BasketSummary]:
    """Ends a filling whose last change is too old. The basket's own history decides that, not the caller."""
    stream = await store.load(BASKET, basket_id, expected=call.expected)
    if stream.version:
        last_change = await recorded_at(store, BASKET, basket_id, stream.version)
        stream.add(basket.expire(stream.state, last_change, call.now, rules))
    return await store.save(stream, call=call, result=_summary(stream))


@command("basket")
async def record_check_out(
    cmd: RecordCheckOut, call: Call, basket_id: UUID, *, store: EventStore
) -> Saved[BasketSummary]:
    stream = await store.load(BASKET, basket_id)
    stream.add(basket.check_out(stream.state, cmd.version, cmd.order_id, cmd.ordered))
    return await store.save(stream, call=call, result=_summary(stream))


async def record_check_outs(
    messages: Sequence[Message[OrderSubmitted]], store: EventStore
) -> list[Stream[Basket, BasketEvent]]:
    """Records orders that their baskets do not know of, because the process died in between; repeats nothing."""
    orders = [(each.contract, each.contract.basket) for each in messages]
    streams = await store.load_many(BASKET, [ref.basket_id for _, ref in orders if ref])
    for order, ref in orders:
        if ref:
            stream = streams[ref.basket_id]
            ordered = tuple(Portion(each.product_id, each.quantity) for each in order.stock_items)
            stream.add(basket.check_out(stream.state, ref.version, order.order_id, ordered))
    return [stream for stream in streams.values() if stream.pending]


async def basket_of(owner: str, *, store: EventStore) -> Stream[Basket, BasketEvent]:
    return await store.load(BASKET, basket_id(owner))


async def _load(owner: str, call: Call, store: EventStore) -> Stream[Basket, BasketEvent]:
    return await store.load(BASKET, basket_id(owner), expected=call.expected)


async def _line(product_id: UUID, quantity: int, pricing: Pricing) -> Line:
    offer = (await offered(pricing, [product_id]))[product_id]
    return Line(product_id, offer.name, offer.picture, offer.price, quantity)


def _summary(stream: Stream[Basket, Any]) -> BasketSummary:
    lines = stream.state.lines.values()
    return BasketSummary(stream.id, len(lines), sum(line.quantity for line in lines), stream.state.subtotal)
