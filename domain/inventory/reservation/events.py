"""What happens to an order's reservation."""

from typing import TypeAlias
from uuid import UUID

import msgspec

from domain.inventory.values import Rejection, Units
from domain.kernel import Event


class Shortage(msgspec.Struct, frozen=True):
    """A product of which not as much could be set aside as was asked for."""

    product_id: UUID
    wanted: int
    available: int


class ReservationMade(Event, frozen=True, tag="inventory.ReservationMade"):
    """All that the part asks for is set aside for a while."""

    order_id: UUID
    part_id: UUID
    buyer_id: str
    items: tuple[Units, ...]
    """Each product once."""


class ReservationRejected(Event, frozen=True, tag="inventory.ReservationRejected"):
    """Not all could be set aside, so nothing is."""

    order_id: UUID
    part_id: UUID
    buyer_id: str
    reason: Rejection
    shortages: tuple[Shortage, ...]


class ReservationExpired(Event, frozen=True, tag="inventory.ReservationExpired"):
    """It was set aside for too long, and is anybody's again."""

    order_id: UUID
    part_id: UUID
    items: tuple[Units, ...]


class ReservationAllocated(Event, frozen=True, tag="inventory.ReservationAllocated"):
    """What the part asked for is the order's for good."""

    order_id: UUID
    part_id: UUID
    items: tuple[Units, ...]
    anew: bool
    """Whether it had expired and was taken again."""


class ReservationReleased(Event, frozen=True, tag="inventory.ReservationReleased"):
    """The amendment that asked for it was given up; it holds nothing any more."""

    order_id: UUID
    part_id: UUID
    items: tuple[Units, ...]
    """None where it had expired."""
    allocated: bool
    """Whether they were the order's for good."""


class ReservationReduced(Event, frozen=True, tag="inventory.ReservationReduced"):
    """By an amendment the order holds less for good."""

    order_id: UUID
    amendment_id: UUID
    items: tuple[Units, ...]
    """What it gave back."""


class ReservationCancelled(Event, frozen=True, tag="inventory.ReservationCancelled"):
    """The order was cancelled: it holds nothing any more, and never will again."""

    order_id: UUID
    reserved: tuple[Units, ...]
    """What was set aside for a while: a product once for each part."""
    allocated: tuple[Units, ...]
    """What was the order's for good."""


class ReservationShipped(Event, frozen=True, tag="inventory.ReservationShipped"):
    """All that was the order's for good is on its way."""

    order_id: UUID
    items: tuple[Units, ...]
    released: tuple[Units, ...]
    """What was still set aside for a while: the order was shipped without it."""


class ReservationReturned(Event, frozen=True, tag="inventory.ReservationReturned"):
    """Goods that the order had shipped came back."""

    order_id: UUID
    return_id: UUID
    restocked: tuple[Units, ...]
    written_off: tuple[Units, ...]


ReservationEvent: TypeAlias = (
    ReservationMade
    | ReservationRejected
    | ReservationExpired
    | ReservationAllocated
    | ReservationReleased
    | ReservationReduced
    | ReservationCancelled
    | ReservationShipped
    | ReservationReturned
)
