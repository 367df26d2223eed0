"""Promotions of an order: redeemed when it is placed, given back when it is cancelled, in the append that does so."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from msgspec import Meta

from application.store import EventStore, Stream
from domain import ordering
from domain.kernel import Invalid
from domain.ordering import (
    PROMOTION,
    REDEMPTIONS,
    TALLY,
    Order,
    OrderCancelled,
    OrderEvent,
    Tally,
    TallyEvent,
    Terms,
    promotion_id,
    redeemed_tally,
    redemption_stream,
    returned_tally,
)

MOST_CODES = 20

Code = Annotated[str, Meta(min_length=1, max_length=32, examples=["WELCOME10"])]
"""In any case."""
Codes = Annotated[tuple[Code, ...], Meta(max_length=MOST_CODES)]


class TooManyPromotions(Invalid):
    code = "too-many-promotions"

    def __init__(self) -> None:
        super().__init__(f"An order takes at most {MOST_CODES} promotions.", most=MOST_CODES)


class Redeemed(NamedTuple):
    terms: tuple[Terms, ...]
    """What each promotion promises; each once, in the order of the codes."""
    streams: list[Stream[Any, Any]]
    """To be saved with the order."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(each.code for each in self.terms)


async def redeemed(
    codes: Sequence[str], buyer_id: str, order_id: UUID, now: datetime, *, store: EventStore
) -> Redeemed:
    """A redemption of each promotion for the order; a code that comes twice counts once.

    Raises TooManyPromotions, PromotionUnknown, PromotionNotStarted, PromotionExpired, PromotionUsedUp, PromotionSpent.
    Whether the goods are worth enough is for the till to say.
    """
    if not codes:
        return Redeemed((), [])
    if len(codes) > MOST_CODES:
        raise TooManyPromotions
    known = {promotion_id(code): code for code in map(ordering.canonical, codes)}
    promotions = await store.load_many(PROMOTION, [*known])
    promised = {id: ordering.in_force(promotions[id].state, code, now) for id, code in known.items()}
    held = await store.load_many(REDEMPTIONS, [redemption_stream(id, buyer_id) for id in known])
    limits = {id: terms.limit for id, terms in promised.items() if terms.limit is not None}
    tallies = await _tallies(limits, store)
    for id, terms in promised.items():
        buyers = held[redemption_stream(id, buyer_id)]
        decided = ordering.redeem(buyers.state, id, buyer_id, order_id, code=terms.code, most=terms.limit_per_buyer)
        buyers.add(decided)
        if id in limits:
            tally, returned = tallies[redeemed_tally(id)], tallies[returned_tally(id)].state.count
            tally.add(ordering.count(tally.state, decided, code=terms.code, most=limits[id] + returned))
    return Redeemed(tuple(promised.values()), _changed(held, tallies))


async def terms_of(codes: Iterable[str], *, store: EventStore) -> tuple[Terms, ...]:
    """What an order that was placed with these codes was promised, whatever became of the promotions since."""
    ids = [promotion_id(code) for code in codes]
    promotions = await store.load_many(PROMOTION, ids)
    return tuple(terms for id in ids if (terms := promotions[id].state.terms))


async def returned_redemptions(
    orders: Collection[Stream[Order, OrderEvent]], *, store: EventStore
) -> list[Stream[Any, Any]]:
    """The streams to save with the orders among these that are being cancelled: what they redeemed is given back."""
    giving = [
        (promotion_id(code), order)
        for order in orders
        if any(isinstance(event, OrderCancelled) for event in order.pending)
        for code in order.state.promotions
    ]
    if not giving:
        return []
    promotions = await store.load_many(PROMOTION, [id for id, _ in giving])
    limited = [id for id, each in promotions.items() if each.state.terms and each.state.terms.limit is not None]
    held = await store.load_many(REDEMPTIONS, [redemption_stream(id, order.state.buyer_id) for id, order in giving])
    tallies = await _tallies(limited, store)
    for id, order in giving:
        buyer_id = order.state.buyer_id
        buyers = held[redemption_stream(id, buyer_id)]
        decided = ordering.give_back(buyers.state, id, buyer_id, order.id)
        buyers.add(decided)
        if (tally := tallies.get(returned_tally(id))) is not None:
            tally.add(ordering.count(tally.state, decided))
    return _changed(held, tallies)


async def _tallies(promotion_ids: Collection[UUID], store: EventStore) -> dict[UUID, Stream[Tally, TallyEvent]]:
    """Both tallies of each of these, which have a limit in all."""
    ids = [tally for id in promotion_ids for tally in (redeemed_tally(id), returned_tally(id))]
    return await store.load_many(TALLY, ids)


def _changed(*loaded: Mapping[UUID, Stream[Any, Any]]) -> list[Stream[Any, Any]]:
    return [stream for streams in loaded for stream in streams.values() if stream.pending]
