"""What is decided about an order's reservation."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

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
    Shortage,
)
from domain.inventory.reservation.state import Part, PartStep, Reservation
from domain.inventory.shelf.decisions import objection
from domain.inventory.shelf.state import Shelf
from domain.inventory.values import Rejection, Rules, Units, merged
from domain.kernel import is_over

_OVER = frozenset({PartStep.REJECTED, PartStep.RELEASED})
"""Such a part holds nothing, and nothing can come of it."""


def make(
    reservation: Reservation,
    order_id: UUID,
    part_id: UUID,
    buyer_id: str,
    items: Iterable[Units],
    shelves: Mapping[UUID, Shelf],
    rules: Rules,
) -> list[ReservationEvent]:
    """Sets everything aside, or rejects everything. Lines with one product count together.

    `shelves` are those of the products, empty where nothing was ever counted.
    """
    if reservation.closed or part_id in reservation.parts:
        return []
    wanted = merged(items)
    objections = {
        item: why
        for item in wanted
        if (why := objection(shelves[item.product_id], buyer_id, item.quantity, rules)) is not None
    }
    if objections:
        reason = min(objections.values(), key=list(Rejection).index)
        short = (each for each in wanted if objections.get(each) is reason)
        return [ReservationRejected(order_id, part_id, buyer_id, reason, _shortages(short, shelves))]
    return [ReservationMade(order_id, part_id, buyer_id, wanted)]


def allocate(reservation: Reservation, part_id: UUID, shelves: Mapping[UUID, Shelf]) -> list[ReservationEvent]:
    """Makes the order's for good what was set aside; takes anew, or rejects, what has expired meanwhile."""
    order_id, buyer_id = reservation.order_id, reservation.buyer_id
    match reservation.parts.get(part_id):
        case Part(PartStep.RESERVED, items):
            return [ReservationAllocated(order_id, part_id, items, anew=False)]
        case Part(PartStep.EXPIRED, items):
            short = [item for item in items if item.quantity > shelves[item.product_id].available]
            if short:
                shortages = _shortages(short, shelves)
                return [ReservationRejected(order_id, part_id, buyer_id, Rejection.OUT_OF_STOCK, shortages)]
            return [ReservationAllocated(order_id, part_id, items, anew=True)]
        case _:
            return []


def expire(
    reservation: Reservation, made_at: Mapping[UUID, datetime], now: datetime, rules: Rules
) -> list[ReservationExpired]:
    """Ends what was set aside for too long; `made_at` says since when, by part."""
    return [
        ReservationExpired(reservation.order_id, part_id, part.items)
        for part_id, part in reservation.parts.items()
        if part.step is PartStep.RESERVED and is_over(made_at[part_id], rules.lifetime, now)
    ]


def release(reservation: Reservation, part_id: UUID) -> list[ReservationEvent]:
    """An amendment was given up; it lets go what it holds."""
    order_id = reservation.order_id
    match reservation.parts.get(part_id):
        case Part(PartStep.RESERVED, items):
            return [ReservationReleased(order_id, part_id, items, allocated=False)]
        case Part(PartStep.ALLOCATED, items) if not reservation.closed:
            return [ReservationReleased(order_id, part_id, _at_most(reservation.allocated, items), allocated=True)]
        case Part(PartStep.EXPIRED):
            return [ReservationReleased(order_id, part_id, (), allocated=False)]
        case _:
            return []


def reduce(reservation: Reservation, amendment_id: UUID, removed: Iterable[Units]) -> list[ReservationEvent]:
    """The order holds no longer what an amendment took out of it."""
    given_back = _at_most(reservation.allocated, merged(removed))
    if not given_back or amendment_id in reservation.reductions:
        return []
    return [ReservationReduced(reservation.order_id, amendment_id, given_back)]


def cancel(reservation: Reservation) -> list[ReservationEvent]:
    """Lets everything go. What was rejected holds nothing: an order that got nothing costs no further event."""
    if reservation.closed or all(part.step in _OVER for part in reservation.parts.values()):
        return []
    return [ReservationCancelled(reservation.order_id, reservation.reserved, reservation.allocated)]


def ship(reservation: Reservation) -> list[ReservationEvent]:
    if reservation.closed or not reservation.allocated:
        return []
    return [ReservationShipped(reservation.order_id, reservation.allocated, released=reservation.reserved)]


def take_back(
    reservation: Reservation,
    order_id: UUID,
    return_id: UUID,
    restocked: Iterable[Units],
    written_off: Iterable[Units],
) -> list[ReservationEvent]:
    if return_id in reservation.returns:
        return []
    return [ReservationReturned(order_id, return_id, merged(restocked), merged(written_off))]


def _at_most(units: Iterable[Units], wanted: Iterable[Units]) -> tuple[Units, ...]:
    """What is wanted, as far as there is as much of it among the units."""
    there = {item.product_id: item.quantity for item in units}
    return tuple(
        Units(item.product_id, min(item.quantity, there[item.product_id]))
        for item in wanted
        if item.product_id in there
    )


def _shortages(short: Iterable[Units], shelves: Mapping[UUID, Shelf]) -> tuple[Shortage, ...]:
    return tuple(Shortage(item.product_id, item.quantity, shelves[item.product_id].available) for item in short)
