"""Promotions of an order: claimed when it is placed, given back when it is cancelled, in the append that does so."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
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
    Order,
    OrderCancelled,
    OrderEvent,
    Promotion,
    PromotionEvent,
    RedemptionEvent,
    Redemptions,
    Terms,
    promotion_id,
    redemption_stream,
)

MOST_CODES = 20

Code = Annotated[str, Meta(min_length=1, max_length=32, examples=["WELCOME10"])]
"""In any case."""
Codes = Annotated[tuple[Code, ...], Meta(max_length=MOST_CODES)]


class TooManyPromotions(Invalid):
    code = "too-many-promotions"

    def __init__(self) -> None:
        super().__init__(f"An order takes at most {MOST_CODES} promotions.", most=MOST_CODES)


class Claim(NamedTuple):
    terms: Terms
    promotion: Stream[Promotion, PromotionEvent]
    redemptions: Stream[Redemptions, RedemptionEvent]
    """The buyer's."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The promotions that a buyer names, each in force and with a redemption left for them."""

    buyer_id: str
    claims: tuple[Claim, ...]

    @property
    def terms(self) -> tuple[Terms, ...]:
        return tuple(each.terms for each in self.claims)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(each.terms.code for each in self.claims)

    def redeem(self, order_id: UUID) -> list[Stream[Any, Any]]:
        """The streams to save with the order that holds the redemptions. Raises PromotionUsedUp and PromotionSpent."""
        for terms, promotion, redemptions in self.claims:
            decided = ordering.redeem(
                redemptions.state,
                promotion.id,
                self.buyer_id,
                order_id,
                code=terms.code,
                most=terms.limit_per_buyer,
            )
            redemptions.add(decided)
            promotion.add(ordering.count(promotion.state, decided))
        return [stream for each in self.claims for stream in (each.promotion, each.redemptions)]


async def claimed(codes: Sequence[str], buyer_id: str, now: datetime, *, store: EventStore) -> Claims:
    """Looks the codes up; a code that comes twice counts once.

    Raises TooManyPromotions, PromotionUnknown, PromotionNotStarted, PromotionExpired.
    """
    if not codes:
        return Claims(buyer_id, ())
    if len(codes) > MOST_CODES:
        raise TooManyPromotions
    known = {promotion_id(code): code for code in map(ordering.canonical, codes)}
    promotions = await store.load_many(PROMOTION, [*known])
    terms = {id: ordering.in_force(promotions[id].state, code, now) for id, code in known.items()}
    streams = {id: redemption_stream(id, buyer_id) for id in known}
    held = await store.load_many(REDEMPTIONS, [*streams.values()])
    return Claims(buyer_id, tuple(Claim(terms[id], promotions[id], held[streams[id]]) for id in known))


async def terms_of(codes: Iterable[str], *, store: EventStore) -> tuple[Terms, ...]:
    """What an order that was placed with these codes was promised, whatever became of the promotions since."""
    ids = [promotion_id(code) for code in codes]
    if not ids:
        return ()
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
    promotions = await store.load_many(PROMOTION, list({id: None for id, _ in giving}))
    ids = {(id, order.state.buyer_id): redemption_stream(id, order.state.buyer_id) for id, order in giving}
    held = await store.load_many(REDEMPTIONS, list(ids.values()))
    for id, order in giving:
        buyer_id = order.state.buyer_id
        redemptions = held[ids[id, buyer_id]]
        decided = ordering.give_back(redemptions.state, id, buyer_id, order.id)
        redemptions.add(decided)
        promotions[id].add(ordering.count(promotions[id].state, decided))
    return [*promotions.values(), *held.values()]
