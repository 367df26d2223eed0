"""What the shop can do with promotions. Each command is the JSON body of its request; its promotion stands beside."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from application.commands import command
from application.ordering.redeeming import Code
from application.store import Call, EventStore, Saved
from application.wire import Price
from domain import ordering
from domain.ordering import PROMOTION, Discount, Terms, promotion
from domain.ordering.terms import DESCRIPTION, MOST_REDEMPTIONS

Description = Annotated[str, Meta(max_length=DESCRIPTION, examples=["Ten per cent off a first order"])]
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-12-24T00:00:00Z"])]
Limit = Annotated[int, Meta(ge=1, le=MOST_REDEMPTIONS)]


class PercentageDiscount(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="percentage"):
    """So many per cent of what the goods cost."""

    percent: Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$", examples=["12.5"])]


class AmountDiscount(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="amount"):
    """So much off the goods, or all that they cost where that is less."""

    amount: Price


class FreeShippingDiscount(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="free-shipping"):
    """Shipping costs nothing."""


AnyDiscount: TypeAlias = PercentageDiscount | AmountDiscount | FreeShippingDiscount


class CreatePromotion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Code
    """3 to 32 letters and digits, dashes and underlines; kept in capitals. Nothing else ever has it."""
    discount: AnyDiscount
    description: Description = ""
    minimum: Price | None = None
    """The least subtotal, before any discount."""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    """From then on it can no longer be redeemed."""
    limit: Limit | None = None
    """Redemptions in all; null for any number, which is for ever."""
    limit_per_buyer: Limit | None = None


class AmendPromotion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes the fields that are given. What it takes off, and from which subtotal on, stays as it was promised."""

    description: Description | UnsetType = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    limit: Limit | UnsetType = UNSET
    limit_per_buyer: Limit | UnsetType | None = UNSET


class EndPromotion(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PromotionRef(Struct, frozen=True):
    promotion_id: UUID


@command("ordering")
async def create_promotion(
    cmd: CreatePromotion, call: Call, *, store: EventStore, currency: str
) -> Saved[PromotionRef]:
    code = ordering.canonical(cmd.code)
    id = ordering.promotion_id(code)
    stream = (await store.load_many(PROMOTION, [id]))[id]
    terms = Terms(
        code=code,
        description=cmd.description,
        discount=_discount(cmd.discount, currency),
        minimum=cmd.minimum.money(currency) if cmd.minimum else None,
        starts_at=cmd.starts_at,
        ends_at=cmd.ends_at,
        limit=cmd.limit,
        limit_per_buyer=cmd.limit_per_buyer,
    )
    stream.add(promotion.create(stream.state, terms))
    return await store.save(stream, call=call, result=PromotionRef(id))


@command("ordering")
async def amend_promotion(
    cmd: AmendPromotion, call: Call, promotion_id: UUID, *, store: EventStore
) -> Saved[PromotionRef]:
    stream = await store.load(PROMOTION, promotion_id, expected=call.expected)
    stream.add(
        promotion.amend(
            stream.state,
            description=cmd.description,
            starts_at=cmd.starts_at,
            ends_at=cmd.ends_at,
            limit=cmd.limit,
            limit_per_buyer=cmd.limit_per_buyer,
        )
    )
    return await store.save(stream, call=call, result=PromotionRef(promotion_id))


@command("ordering")
async def end_promotion(cmd: EndPromotion, call: Call, promotion_id: UUID, *, store: EventStore) -> Saved[PromotionRef]:
    stream = await store.load(PROMOTION, promotion_id, expected=call.expected)
    stream.add(promotion.end(stream.state))
    return await store.save(stream, call=call, result=PromotionRef(promotion_id))


def _discount(asked: AnyDiscount, currency: str) -> Discount:
    match asked:
        case PercentageDiscount(percent):
            return ordering.Percentage(Decimal(percent))
        case AmountDiscount(amount):
            return ordering.AmountOff(amount.money(currency))
        case FreeShippingDiscount():
            return ordering.FreeShipping()
        case _:
            assert_never(asked)
