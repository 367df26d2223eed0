"""What an order holds after its events."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import assert_never
from uuid import UUID

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
from domain.inventory.values import Units
from domain.kernel import Aggregate, NotFound, members


class Step(StrEnum):
    RESERVED = "reserved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ALLOCATED = "allocated"
    RELEASED = "released"


class Part(msgspec.Struct, frozen=True):
    step: Step
    items: tuple[Units, ...] = ()
    """What it asked for."""


class Reservation(msgspec.Struct, frozen=True):
    buyer_id: str = ""
    parts: dict[UUID, Part] = {}
    held: dict[UUID, int] = {}
    """Product to how much of it is the order's for good, and not shipped."""
    reductions: frozenset[UUID] = frozenset()
    """Amendments that took something away."""
    returns: frozenset[UUID] = frozenset()
    closed: bool = False
    """Shipped or cancelled."""

    @property
    def product_ids(self) -> frozenset[UUID]:
        """All products that it asked for, or holds."""
        return frozenset(item.product_id for part in self.parts.values() for item in part.items).union(self.held)

    @property
    def reserved(self) -> tuple[Units, ...]:
        """What is set aside for a while: a product once for each part."""
        return tuple(item for part in self.parts.values() if part.step is Step.RESERVED for item in part.items)

    @property
    def allocated(self) -> tuple[Units, ...]:
        """What is the order's for good: each product once."""
        return tuple(Units(product_id, quantity) for product_id, quantity in self.held.items())


def evolve(reservation: Reservation, event: ReservationEvent) -> Reservation:
    """Apply a fact. No rule lives here: history must always replay."""
    parts, held = reservation.parts, reservation.held
    match event:
        case ReservationMade(part_id, buyer_id, items):
            return replace(reservation, buyer_id=buyer_id, parts=parts | {part_id: Part(Step.RESERVED, items)})
        case ReservationRejected(part_id, buyer_id):
            return replace(reservation, buyer_id=buyer_id, parts=parts | {part_id: Part(Step.REJECTED)})
        case ReservationExpired(part_id, items):
            return replace(reservation, parts=parts | {part_id: Part(Step.EXPIRED, items)})
        case ReservationAllocated(part_id, items):
            parts = parts | {part_id: Part(Step.ALLOCATED, items)}
            return replace(reservation, parts=parts, held=_changed(held, items, 1))
        case ReservationReleased(part_id, items, allocated):
            held = _changed(held, items, -1) if allocated else held
            return replace(reservation, parts=parts | {part_id: Part(Step.RELEASED)}, held=held)
        case ReservationReduced(amendment_id, items):
            reductions = reservation.reductions | {amendment_id}
            return replace(reservation, held=_changed(held, items, -1), reductions=reductions)
        case ReservationCancelled() | ReservationShipped():
            ended = {part_id: Part(_end(part.step, event)) for part_id, part in parts.items()}
            return replace(reservation, parts=ended, held={}, closed=True)
        case ReservationReturned(return_id):
            return replace(reservation, returns=reservation.returns | {return_id})
        case _:
            assert_never(event)


def _changed(held: Mapping[UUID, int], items: Iterable[Units], sign: int) -> dict[UUID, int]:
    result = dict(held)
    for item in items:
        result[item.product_id] = result.get(item.product_id, 0) + sign * item.quantity
    return {product_id: quantity for product_id, quantity in result.items() if quantity}


def _end(step: Step, event: ReservationCancelled | ReservationShipped) -> Step:
    if step is Step.REJECTED or (step is Step.ALLOCATED and isinstance(event, ReservationShipped)):
        return step
    return Step.RELEASED


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
