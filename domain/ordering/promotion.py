"""A promotion: what a code takes off an order, when, and how often in all.

Its stream counts redemptions only where there is a limit in all: orders with a promotion that has none never wait for
one another. What each buyer has redeemed is in streams of their own (see `redemption`), saved in the same append.

Refusals
├── PromotionNotFound      no such promotion
├── PromotionCodeTaken     another promotion has, or had, this code
├── InvalidPromotion       a code, a discount, a limit or a period that cannot be
├── PromotionCountless     it has no limit in all, so that its redemptions were never counted
├── PromotionNotActive     it was ended for good, and cannot be changed
├── PromotionUnknown       an order names a code that there is not
├── PromotionNotStarted    … before its time
├── PromotionExpired       … after its time
├── PromotionSpent         … after its last redemption
└── PromotionNotMet        … on a subtotal below its minimum
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, clean, members, set_fields
from domain.money import Money
from domain.ordering.redemption import PromotionRedeemed, RedemptionEvent, RedemptionReturned

CODE = 32
"""Characters at most."""
DESCRIPTION = 200
MOST_REDEMPTIONS = 1_000_000_000

_PROMOTIONS = UUID("5d0a7c61-92b4-5b7e-8f0d-6f0c7f6d5b21")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,31}", re.ASCII)
_HUNDREDTH = Decimal("0.01")


def canonical(code: str) -> str:
    """A code as it is kept and compared: in capitals. Raises InvalidText."""
    return clean("code", code, most=CODE).upper()


def promotion_id(code: str) -> UUID:
    """Made from the code, so that a code is unique exactly as a stream is. `code` is canonical."""
    return uuid5(_PROMOTIONS, code)


# Events


class Percentage(Struct, frozen=True, tag_field="kind", tag="percentage"):
    """So many per cent of what the goods cost."""

    percent: Decimal


class AmountOff(Struct, frozen=True, tag_field="kind", tag="amount"):
    """So much off the goods, or all that they cost where that is less."""

    amount: Money


class FreeShipping(Struct, frozen=True, tag_field="kind", tag="free-shipping"):
    """Shipping costs nothing."""


Discount: TypeAlias = Percentage | AmountOff | FreeShipping


class PromotionCreated(Event, frozen=True, kw_only=True, tag="ordering.PromotionCreated"):
    code: str
    description: str
    discount: Discount
    minimum: Money | None = None
    """The least subtotal, before any discount."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """From then on it can no longer be redeemed."""
    limit: int | None = None
    """Redemptions in all; None for any number, which is for ever."""
    limit_per_buyer: int | None = None


class PromotionAmended(Event, frozen=True, kw_only=True, tag="ordering.PromotionAmended"):
    """Some of the terms changed; only what changed is set."""

    description: str | UnsetType = UNSET
    starts_at: datetime | UnsetType | None = UNSET
    ends_at: datetime | UnsetType | None = UNSET
    limit: int | UnsetType = UNSET
    limit_per_buyer: int | UnsetType | None = UNSET


class PromotionEnded(Event, frozen=True, tag="ordering.PromotionEnded"):
    """Nobody can redeem it any more. Orders that have keep what it takes off; its code stays its own."""


class RedemptionCounted(Event, frozen=True, tag="ordering.RedemptionCounted"):
    """One less is left."""

    order_id: UUID


class RedemptionUncounted(Event, frozen=True, tag="ordering.RedemptionUncounted"):
    """The order was cancelled: one more is left."""

    order_id: UUID


PromotionEvent: TypeAlias = (
    PromotionCreated | PromotionAmended | PromotionEnded | RedemptionCounted | RedemptionUncounted
)

# State


class PromotionStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class Terms(Struct, frozen=True, kw_only=True):
    """What orders are promised."""

    code: str
    description: str
    discount: Discount
    minimum: Money | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    limit: int | None = None
    limit_per_buyer: int | None = None


class Promotion(Struct, frozen=True):
    status: PromotionStatus | None = None
    """None for one that was not created yet."""
    terms: Terms | None = None
    counted: int = 0
    """Redemptions towards the limit in all."""


def evolve(promotion: Promotion, event: PromotionEvent) -> Promotion:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case PromotionCreated():
            return replace(promotion, status=PromotionStatus.ACTIVE, terms=Terms(**asdict(event)))
        case PromotionAmended():
            return replace(promotion, terms=promotion.terms and replace(promotion.terms, **set_fields(event)))
        case PromotionEnded():
            return replace(promotion, status=PromotionStatus.ENDED)
        case RedemptionCounted():
            return replace(promotion, counted=promotion.counted + 1)
        case RedemptionUncounted():
            return replace(promotion, counted=promotion.counted - 1)
        case _:
            assert_never(event)


# Refusals


class PromotionNotFound(NotFound):
    code = "promotion-not-found"

    def __init__(self, promotion_id: UUID) -> None:
        super().__init__("There is no such promotion.", promotion_id=str(promotion_id))


class PromotionCodeTaken(Conflict):
    code = "promotion-code-taken"

    def __init__(self, promotion: str) -> None:
        super().__init__(f"There is, or was, another promotion {promotion}. Choose another code.", promotion=promotion)


class InvalidPromotion(Invalid):
    code = "invalid-promotion"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"`{field}` {problem}.", path=field)


class PromotionCountless(Conflict):
    code = "promotion-countless"

    def __init__(self, promotion: str) -> None:
        super().__init__(
            f"{promotion} was made without a limit in all, so its redemptions are not counted. Make a new promotion.",
            promotion=promotion,
        )


class PromotionNotActive(Conflict):
    code = "promotion-not-active"

    def __init__(self) -> None:
        super().__init__("This promotion has ended for good. Make a new one.")


class PromotionUnknown(Invalid):
    code = "promotion-unknown"

    def __init__(self, promotion: str) -> None:
        super().__init__(
            f"There is no promotion {promotion}. Look for a mistyped character, or go on without it.",
            promotion=promotion,
        )


class PromotionNotStarted(Invalid):
    code = "promotion-not-started"

    def __init__(self, promotion: str, starts_at: datetime) -> None:
        super().__init__(
            f"{promotion} can be used from {starts_at.isoformat()} on. Wait until then, or go on without it.",
            promotion=promotion,
            starts_at=starts_at.isoformat(),
        )


class PromotionExpired(Invalid):
    code = "promotion-expired"

    def __init__(self, promotion: str) -> None:
        super().__init__(f"{promotion} can no longer be used. Go on without it.", promotion=promotion)


class PromotionSpent(Invalid):
    code = "promotion-spent"

    def __init__(self, promotion: str) -> None:
        super().__init__(
            f"{promotion} was used as often as it can be. Go on without it.",
            promotion=promotion,
        )


class PromotionNotMet(Invalid):
    code = "promotion-not-met"

    def __init__(self, promotion: str, minimum: Money, subtotal: Money) -> None:
        super().__init__(
            f"{promotion} is for goods of {minimum} or more, and these come to {subtotal}. Add to them, or go on"
            " without it.",
            promotion=promotion,
            minimum=str(minimum.amount),
            subtotal=str(subtotal.amount),
            currency=minimum.currency,
        )


PROMOTION: Aggregate[Promotion, PromotionEvent] = Aggregate(
    name="ordering.promotion",
    initial=Promotion(),
    evolve=evolve,
    events=members(PromotionEvent),
    missing=PromotionNotFound,
    snapshot_every=100,
)


# Decisions


def create(promotion: Promotion, terms: Terms) -> list[PromotionEvent]:
    """`terms` as they were asked for; what is recorded is cleaned."""
    terms = _checked(
        replace(
            terms,
            code=canonical(terms.code),
            description=clean("description", terms.description, most=DESCRIPTION, least=0),
            discount=_checked_discount(terms.discount),
            minimum=terms.minimum and terms.minimum.checked(),
        )
    )
    if not _CODE.fullmatch(terms.code):
        raise InvalidPromotion("code", "is 3 to 32 letters and digits, with dashes and underlines between them")
    if promotion.terms is None:
        return [PromotionCreated(**asdict(terms))]
    if promotion.terms == terms and promotion.status is PromotionStatus.ACTIVE:
        return []
    raise PromotionCodeTaken(promotion.terms.code)


def amend(
    promotion: Promotion,
    *,
    description: str | UnsetType = UNSET,
    starts_at: datetime | UnsetType | None = UNSET,
    ends_at: datetime | UnsetType | None = UNSET,
    limit: int | UnsetType = UNSET,
    limit_per_buyer: int | UnsetType | None = UNSET,
) -> list[PromotionEvent]:
    """What a promotion takes off, and from which subtotal on, stays as it was promised."""
    present = _active(promotion)
    asked = PromotionAmended(
        description=description
        if description is UNSET
        else clean("description", description, most=DESCRIPTION, least=0),
        starts_at=starts_at,
        ends_at=ends_at,
        limit=limit,
        limit_per_buyer=limit_per_buyer,
    )
    wanted = _checked(replace(present, **set_fields(asked)))
    if present.limit is None and wanted.limit is not None:
        raise PromotionCountless(present.code)
    changed = {name: value for name, value in asdict(wanted).items() if value != getattr(present, name)}
    return [PromotionAmended(**changed)] if changed else []


def end(promotion: Promotion) -> list[PromotionEvent]:
    if promotion.status is PromotionStatus.ENDED:
        return []
    _active(promotion)
    return [PromotionEnded()]


def count(promotion: Promotion, decided: Iterable[RedemptionEvent]) -> list[PromotionEvent]:
    """Counts what a buyer's redemptions decided, where there is a limit in all. Raises PromotionSpent.

    The buyer's stream knows which orders hold a redemption: it decides nothing when it is asked again, nor does this.
    """
    terms = promotion.terms
    if terms is None or terms.limit is None:
        return []
    events: list[PromotionEvent] = []
    left = terms.limit - promotion.counted
    for each in decided:
        match each:
            case PromotionRedeemed(order_id=order_id):
                if left <= 0:
                    raise PromotionSpent(terms.code)
                left -= 1
                events.append(RedemptionCounted(order_id))
            case RedemptionReturned(order_id=order_id):
                left += 1
                events.append(RedemptionUncounted(order_id))
            case _:
                assert_never(each)
    return events


# Questions


def in_force(promotion: Promotion, code: str, now: datetime) -> Terms:
    """What whoever names the code is promised. Raises PromotionUnknown, PromotionNotStarted and PromotionExpired."""
    terms = promotion.terms
    if terms is None:
        raise PromotionUnknown(code)
    if promotion.status is PromotionStatus.ENDED or (terms.ends_at and terms.ends_at <= now):
        raise PromotionExpired(code)
    if terms.starts_at and now < terms.starts_at:
        raise PromotionNotStarted(code, terms.starts_at)
    return terms


def is_met(terms: Terms, subtotal: Money) -> bool:
    """Whether goods of this price, before any discount, are enough."""
    return terms.minimum is None or terms.minimum <= subtotal


def check_minimum(terms: Terms, subtotal: Money) -> None:
    """Raises PromotionNotMet."""
    if terms.minimum is not None and not is_met(terms, subtotal):
        raise PromotionNotMet(terms.code, terms.minimum, subtotal)


def _active(promotion: Promotion) -> Terms:
    if promotion.terms is None or promotion.status is not PromotionStatus.ACTIVE:
        raise PromotionNotActive
    return promotion.terms


def _checked(terms: Terms) -> Terms:
    starts_at, ends_at = _moment("starts_at", terms.starts_at), _moment("ends_at", terms.ends_at)
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidPromotion("ends_at", "is not after `starts_at`")
    for field, limit in (("limit", terms.limit), ("limit_per_buyer", terms.limit_per_buyer)):
        if limit is not None and not 1 <= limit <= MOST_REDEMPTIONS:
            raise InvalidPromotion(field, f"is 1 to {MOST_REDEMPTIONS}")
    return replace(terms, starts_at=starts_at, ends_at=ends_at)


def _checked_discount(discount: Discount) -> Discount:
    match discount:
        case Percentage(percent):
            if not percent.is_finite() or not 0 < percent <= 100 or percent != percent.quantize(_HUNDREDTH):
                raise InvalidPromotion(
                    "discount.percent", "is above 0 and at most 100, with at most two decimal places"
                )
            return discount
        case AmountOff(amount):
            amount = amount.checked()
            if not amount.amount or amount != amount.rounded():
                raise InvalidPromotion("discount.amount", "is more than nothing, in whole cents or what is one there")
            return AmountOff(amount)
        case FreeShipping():
            return discount
        case _:
            assert_never(discount)


def _moment(field: str, value: datetime | None) -> datetime | None:
    """In UTC."""
    if value is None:
        return None
    if value.tzinfo is None or not 2000 <= value.year < 9000:
        raise InvalidPromotion(field, "is a moment with an offset from UTC, from the year 2000 on")
    return value.astimezone(UTC)
