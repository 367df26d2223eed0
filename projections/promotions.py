"""The promotions with their terms, and how many orders hold a redemption of each."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace
from psycopg import AsyncConnection

from domain.kernel import Fact, members, set_fields
from domain.money import Money
from domain.ordering import Discount, PromotionStatus, promotion, redemption
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, ask_one

AnyEvent: TypeAlias = promotion.PromotionEvent | redemption.RedemptionEvent


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    promotion_id: UUID
    code: str
    status: PromotionStatus
    description: str
    discount: Discount
    minimum: Money | None
    """The least subtotal, before any discount."""
    starts_at: datetime | None
    ends_at: datetime | None
    limit: int | None
    """Redemptions in all."""
    limit_per_buyer: int | None
    redeemed: int = 0
    """By orders that were not cancelled."""
    created_at: datetime
    version: int
    """Version of the promotion's stream: its ETag."""


def keys(fact: Fact[AnyEvent]) -> Iterable[Key]:
    """Redemptions are in streams of their buyers."""
    match fact.event:
        case redemption.PromotionRedeemed(promotion_id=id) | redemption.RedemptionReturned(promotion_id=id):
            return ((id,),)
        case _:
            return ((fact.stream,),)


def evolve(row: Promotion | None, fact: Fact[AnyEvent], key: Key) -> Promotion | None:
    if isinstance(fact.event, promotion.PromotionCreated):
        return Promotion(
            promotion_id=fact.stream,
            status=PromotionStatus.ACTIVE,
            created_at=fact.recorded_at,
            version=fact.version,
            **asdict(fact.event),
        )
    if row is None:
        return None
    match fact.event:
        case promotion.PromotionAmended() as event:
            return replace(row, version=fact.version, **set_fields(event))
        case promotion.PromotionEnded():
            return replace(row, version=fact.version, status=PromotionStatus.ENDED)
        case redemption.PromotionRedeemed():
            return replace(row, redeemed=row.redeemed + 1)
        case redemption.RedemptionReturned():
            return replace(row, redeemed=row.redeemed - 1)
        case _:
            assert_never(fact.event)


PROMOTIONS = Projection(
    name="promotions",
    version=1,
    context="ordering",
    row=Promotion,
    key=("promotion_id",),
    events=(*members(promotion.PromotionEvent), *members(redemption.RedemptionEvent)),
    keys=keys,
    evolve=evolve,
    indexes=("(code)", "(status, code)"),
)


async def list_promotions(
    connection: AsyncConnection,
    *,
    code: str | None = None,
    status: PromotionStatus | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Seen[list[Promotion]]:
    """By code; `after` is the code of the last one seen."""
    return await ask(
        connection,
        Promotion,
        "SELECT * FROM read.promotions WHERE (%(code)s::text IS NULL OR code = %(code)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(after)s::text IS NULL OR code > %(after)s) ORDER BY code LIMIT %(limit)s",
        {"code": code, "status": status, "after": after, "limit": limit},
        PROMOTIONS,
    )


async def one_promotion(connection: AsyncConnection, promotion_id: UUID) -> Seen[Promotion | None]:
    """Ended ones, too."""
    return await ask_one(
        connection,
        Promotion,
        "SELECT * FROM read.promotions WHERE promotion_id = %(id)s",
        {"id": promotion_id},
        PROMOTIONS,
    )
