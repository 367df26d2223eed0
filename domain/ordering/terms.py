"""What a promotion promises: a code, what it takes off, from which subtotal on, when and how often.

Refusals
├── InvalidPromotion   a code, a discount, a limit or a period that cannot be
└── PromotionNotMet    a subtotal below the minimum
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import Struct

from domain.kernel import Invalid, clean
from domain.money import Money

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


class Percentage(Struct, frozen=True, tag_field="kind", tag="percentage"):
    """So many per cent of what the goods cost."""

    percent: Decimal


class AmountOff(Struct, frozen=True, tag_field="kind", tag="amount"):
    """So much off the goods, or all that they cost where that is less."""

    amount: Money


class FreeShipping(Struct, frozen=True, tag_field="kind", tag="free-shipping"):
    """Shipping costs nothing."""


Discount: TypeAlias = Percentage | AmountOff | FreeShipping


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


class InvalidPromotion(Invalid):
    code = "invalid-promotion"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"`{field}` {problem}.", path=field)


class PromotionNotMet(Invalid):
    code = "promotion-not-met"

    def __init__(self, promotion: str, minimum: Money, subtotal: Money) -> None:
        super().__init__(
            f"{promotion} is for goods of {minimum} or more, and these come to {subtotal}. Add to them, or go on"
            " without it.",
            promotion=promotion,
            minimum=minimum,
            subtotal=subtotal,
        )


def cleaned_terms(terms: Terms) -> Terms:
    """The terms as they are kept. Raises InvalidPromotion, InvalidText, InvalidMoney."""
    code = canonical(terms.code)
    if not _CODE.fullmatch(code):
        raise InvalidPromotion("code", "is 3 to 32 letters and digits, with dashes and underlines between them")
    starts_at, ends_at = _moment("starts_at", terms.starts_at), _moment("ends_at", terms.ends_at)
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidPromotion("ends_at", "is not after `starts_at`")
    for field, limit in (("limit", terms.limit), ("limit_per_buyer", terms.limit_per_buyer)):
        if limit is not None and not 1 <= limit <= MOST_REDEMPTIONS:
            raise InvalidPromotion(field, f"is 1 to {MOST_REDEMPTIONS}")
    return Terms(
        code=code,
        description=clean("description", terms.description, most=DESCRIPTION, least=0),
        discount=_checked(terms.discount),
        minimum=terms.minimum and terms.minimum.checked(),
        starts_at=starts_at,
        ends_at=ends_at,
        limit=terms.limit,
        limit_per_buyer=terms.limit_per_buyer,
    )


def is_met(terms: Terms, subtotal: Money) -> bool:
    """Whether goods of this price, before any discount, are enough."""
    return terms.minimum is None or terms.minimum <= subtotal


def check_minimum(terms: Terms, subtotal: Money) -> None:
    """Raises PromotionNotMet."""
    if terms.minimum is not None and not is_met(terms, subtotal):
        raise PromotionNotMet(terms.code, terms.minimum, subtotal)


def _checked(discount: Discount) -> Discount:
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
        raise InvalidPromotion(field, "is a moment with an offset from UTC, from the year 2000 on, and before 9000")
    return value.astimezone(UTC)
