"""A promotion: its terms, until it is ended. Redemptions are in streams of their own (see `redemption`, `tally`).

Refusals
├── PromotionNotFound      no such promotion
├── PromotionCodeTaken     another promotion has, or had, this code
├── PromotionCountless     it has no limit in all, so that its redemptions were never counted
├── PromotionNotActive     it was ended for good, and cannot be changed
├── PromotionUnknown       an order names a code that there is not
├── PromotionNotStarted    … before its time
└── PromotionExpired       … after its time
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from domain.kernel import Aggregate, Conflict, Event, Invalid, NotFound, members, set_fields
from domain.money import Money
from domain.ordering.terms import Discount, Terms, cleaned_terms

# Events


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


PromotionEvent: TypeAlias = PromotionCreated | PromotionAmended | PromotionEnded

# State


class PromotionStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class Promotion(Struct, frozen=True):
    status: PromotionStatus | None = None
    """None for one that was not created yet."""
    terms: Terms | None = None


def evolve(promotion: Promotion, event: PromotionEvent) -> Promotion:
    """Apply a fact. No rule lives here: history must always replay."""
    match event:
        case PromotionCreated():
            return Promotion(PromotionStatus.ACTIVE, Terms(**asdict(event)))
        case PromotionAmended():
            return replace(promotion, terms=promotion.terms and replace(promotion.terms, **set_fields(event)))
        case PromotionEnded():
            return replace(promotion, status=PromotionStatus.ENDED)
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


PROMOTION: Aggregate[Promotion, PromotionEvent] = Aggregate(
    name="ordering.promotion",
    initial=Promotion(),
    evolve=evolve,
    events=members(PromotionEvent),
    missing=PromotionNotFound,
)


# Decisions


def create(promotion: Promotion, terms: Terms) -> list[PromotionEvent]:
    """`terms` as they were asked for; what is recorded is cleaned."""
    terms = cleaned_terms(terms)
    if promotion.terms is None:
        return [PromotionCreated(**asdict(terms))]
    if promotion == Promotion(PromotionStatus.ACTIVE, terms):
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
        description=description, starts_at=starts_at, ends_at=ends_at, limit=limit, limit_per_buyer=limit_per_buyer
    )
    wanted = cleaned_terms(replace(present, **set_fields(asked)))
    if present.limit is None and wanted.limit is not None:
        raise PromotionCountless(present.code)
    changed = {name: value for name, value in asdict(wanted).items() if value != getattr(present, name)}
    return [PromotionAmended(**changed)] if changed else []


def end(promotion: Promotion) -> list[PromotionEvent]:
    if promotion.status is PromotionStatus.ENDED:
        return []
    _active(promotion)
    return [PromotionEnded()]


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


def _active(promotion: Promotion) -> Terms:
    if promotion.terms is None or promotion.status is not PromotionStatus.ACTIVE:
        raise PromotionNotActive
    return promotion.terms
