"""What an order holds after its events."""

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from domain.inventory.reservation.events import (
    ReservationAllocated,
    ReservationCancelled,
    ReservationEvent,
    ReservationExpired,
    ReservationMade,
    ReservationReduced,
    ReservationRejected,
    ReservationReleased,
    ReservationReturned,
    ReservationShipped,
)
from domain.inventory.values import Units, merged
from domain.kernel import Aggregate, NotFound, members

_RESERVATIONS = UUID("8c1d3b52-6f0e-5b7a-a4d9-3e5f7b2c9d10")


def reservation_stream(order_id: UUID) -> UUID:
    return uuid5(_RESERVATIONS, str(order_id))


class PartStep(StrEnum):
    RESERVED = "reserved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ALLOCATED = "allocated"
    RELEASED = "released"


class Part(msgspec.Struct, frozen=True):
    step: PartStep
    items: tuple[Units, ...] = ()
    """What it asked for."""


class Reservation(msgspec.Struct, frozen=True):
    order_id: UUID = UUID(int=0)
    buyer_id: str = ""
    """Nobody's, like the order, until something is asked for."""
    parts: dict[UUID, Part] = {}
    allocated: tuple[Units, ...] = ()
    """What is the order's for good, and not shipped: each product once."""
    reductions: frozenset[UUID] = frozenset()
    """Amendments that took something away."""
    returns: frozenset[UUID] = frozenset()
    closed: bool = False
    """Shipped or cancelled."""

    @property
    def product_ids(self) -> frozenset[UUID]:
        """All products that it asked for, or holds."""
        asked_for = (item for part in self.parts.values() for item in part.items)
        return frozenset(item.product_id for item in (*asked_for, *self.allocated))

    @property
    def reserved(self) -> tuple[Units, ...]:
        """What is set aside for a while: a product once for each part."""
        return tuple(item for part in self.parts.values() if part.step is PartStep.RESERVED for item in part.items)


def evolve(reservation: Reservation, event: ReservationEvent) -> Reservation:
    """Apply a fact. No rule lives here: history must always replay."""
    parts, allocated = reservation.parts, reservation.allocated
    match event:
        case ReservationMade(order_id, part_id, buyer_id, items):
            parts = parts | {part_id: Part(PartStep.RESERVED, items)}
            return replace(reservation, order_id=order_id, buyer_id=buyer_id, parts=parts)
        case ReservationRejected(order_id, part_id, buyer_id):
            parts = parts | {part_id: Part(PartStep.REJECTED)}
            return replace(reservation, order_id=order_id, buyer_id=buyer_id, parts=parts)
        case ReservationExpired(part_id=part_id, items=items):
            return replace(reservation, parts=parts | {part_id: Part(PartStep.EXPIRED, items)})
        case ReservationAllocated(part_id=part_id, items=items):
            parts = parts | {part_id: Part(PartStep.ALLOCATED, items)}
            return replace(reservation, parts=parts, allocated=merged((*allocated, *items)))
        case ReservationReleased(part_id=part_id, items=items, allocated=for_good):
            allocated = _less(allocated, items) if for_good else allocated
            return replace(reservation, parts=parts | {part_id: Part(PartStep.RELEASED)}, allocated=allocated)
        case ReservationReduced(amendment_id=amendment_id, items=items):
            reductions = reservation.reductions | {amendment_id}
            return replace(reservation, allocated=_less(allocated, items), reductions=reductions)
        case ReservationCancelled() | ReservationShipped():
            ended = {part_id: Part(_end(part.step, event)) for part_id, part in parts.items()}
            return replace(reservation, parts=ended, allocated=(), closed=True)
        case ReservationReturned(order_id, return_id):
            return replace(reservation, order_id=order_id, returns=reservation.returns | {return_id})
        case _:
            assert_never(event)


def _less(units: Iterable[Units], gone: Iterable[Units]) -> tuple[Units, ...]:
    return merged((*units, *(Units(item.product_id, -item.quantity) for item in gone)))


def _end(step: PartStep, event: ReservationCancelled | ReservationShipped) -> PartStep:
    if step is PartStep.REJECTED or (step is PartStep.ALLOCATED and isinstance(event, ReservationShipped)):
        return step
    return PartStep.RELEASED


class ReservationNotFound(NotFound):
    code = "reservation-not-found"

    def __init__(self, order_id: UUID) -> None:
        super().__init__("No stock was asked for by this order.", order_id=str(order_id))


RESERVATION: Aggregate[Reservation, ReservationEvent] = Aggregate(
    name="inventory.reservation",
    initial=Reservation(),
    evolve=evolve,
    events=members(ReservationEvent),
    missing=ReservationNotFound,
)
