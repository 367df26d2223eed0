"""What several of the inventory's streams speak of."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.kernel import Invalid

MOST_UNITS = 1_000_000_000
"""Of one product on one shelf, and in one change of it."""


class Rules(msgspec.Struct, frozen=True):
    """What the shop allows of reservations; from the settings."""

    most_reservations: int = 5
    """Of one buyer for one product at once, until they are the order's for good."""
    lifetime: timedelta = timedelta(minutes=5)
    """So long is stock set aside before it is allocated."""


class Units(msgspec.Struct, frozen=True):
    """So much of a product."""

    product_id: UUID
    quantity: int


class Availability(StrEnum):
    """How much there is of a product, in one word."""

    IN_STOCK = "in-stock"
    LOW_STOCK = "low-stock"
    OUT_OF_STOCK = "out-of-stock"


class ReleaseCause(StrEnum):
    """Why what was set aside is anybody's again."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    AMENDED = "amended"
    """The order holds less of it from now on."""
    GIVEN_UP = "given-up"
    """The change to the order that wanted it was given up, or the order was shipped without it."""


class Rejection(StrEnum):
    """Why stock is not set aside for an order."""

    OUT_OF_STOCK = "out-of-stock"
    TOO_MANY_RESERVATIONS = "too-many-reservations"


class AdjustmentReason(StrEnum):
    COUNTED = "counted"
    """A count showed more or less than was thought."""
    FOUND = "found"
    DAMAGED = "damaged"
    LOST = "lost"
    EXPIRED = "expired"
    REMOVED = "removed"
    """Taken for something else than an order."""


class Status(StrEnum):
    """Where a supplier or a category stands."""

    ABSENT = "absent"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class InvalidUnits(Invalid):
    code = "invalid-units"

    def __init__(self, field: str, least: int, most: int) -> None:
        super().__init__(f"`{field}` is a whole number from {least} to {most}.", path=field, least=least, most=most)


def counted(field: str, value: int, *, least: int = 1, most: int = MOST_UNITS) -> int:
    """`value`, where it is allowed. Raises InvalidUnits."""
    if not least <= value <= most:
        raise InvalidUnits(field, least, most)
    return value


def merged(items: Iterable[Units]) -> tuple[Units, ...]:
    """Each product once."""
    quantities: dict[UUID, int] = {}
    for item in items:
        quantities[item.product_id] = quantities.get(item.product_id, 0) + item.quantity
    return tuple(Units(product_id, quantity) for product_id, quantity in quantities.items() if quantity)
