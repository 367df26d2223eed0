"""What is saved together with orders that come to a turn, so that no race leaves one without the other."""

from collections.abc import Collection
from typing import Any

from application.ordering.redeeming import returned_redemptions
from application.store import EventStore, Stream
from domain import ordering
from domain.ordering import BUYER, Order, OrderCancelled, OrderEvent, OrderPaid, buyer_stream


async def with_others(orders: Collection[Stream[Order, OrderEvent]], *, store: EventStore) -> list[Stream[Any, Any]]:
    """The streams to save: the orders, the buyers of those that were paid or cancelled just now, and the promotions
    that the cancelled ones had redeemed."""
    closed = [order for order in orders if any(isinstance(each, OrderPaid | OrderCancelled) for each in order.pending)]
    if not closed:
        return [*orders]
    buyers = await store.load_many(BUYER, [buyer_stream(order.state.buyer_id) for order in closed])
    for order in closed:
        buyer = buyers[buyer_stream(order.state.buyer_id)]
        buyer.add(ordering.close_pending(buyer.state, order.state.buyer_id, order.id))
    return [*orders, *buyers.values(), *await returned_redemptions(orders, store=store)]
