"""What the catalogue does by itself when ordering tells it something."""

from collections.abc import Sequence

from application.contracts import Message, OrderShipped
from application.store import EventStore, Stream
from domain.catalog import review
from domain.catalog.review import REVIEW, Review, ReviewEvent, review_id


async def note_purchases(
    messages: Sequence[Message[OrderShipped]], store: EventStore
) -> list[Stream[Review, ReviewEvent]]:
    """Notes who got which items, for the reviews that they wrote or may write; repeats nothing."""
    orders = [each.contract for each in messages]
    ids = [review_id(each.product_id, order.buyer_id) for order in orders for each in order.stock_items]
    streams = await store.load_many(REVIEW, ids)
    for order in orders:
        for each in order.stock_items:
            stream = streams[review_id(each.product_id, order.buyer_id)]
            stream.add(review.note_purchase(stream.state, each.product_id, order.buyer_id, order.order_id))
    return [stream for stream in streams.values() if stream.pending]
