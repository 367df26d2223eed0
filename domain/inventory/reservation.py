"""What an order holds of the stock: first for a while, then for good, until it is shipped or cancelled.

Its id is that of the order. A part is what was asked for at once: the order as it was placed, whose part has the
order's id, or an amendment, by its own.

    reserved ──→ allocated ──→ shipped
       │ └→ expired ─┘ (taken anew, if there still is as much)
       └→ released, as from expired and allocated
    rejected, at once or when it cannot be taken anew

A step that was taken before, or that comes too late, decides nothing: whoever asks waits for an answer, which is an
event, and not for a refusal. What a decision does to the shelves is told by `effects`, and saved in the same append.

Refusals
└── ReservationNotFound   no stock was ever asked for by this order
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.inventory.shelf import Shelf, objection
from domain.inventory.values import Rejection, Rules, Units, merged
from domain.kernel import Aggregate, Event, NotFound, members

# Events


class Shortage(msgspec.Struct, frozen=True):
    """A product of which not as much could be set aside as was asked for."""

    product_id: UUID
    wanted: int
    available: int


class ReservationMade(Event, frozen=True, tag="inventory.ReservationMade"):
    """All that the part asks for is set aside for a while."""

    part_id: UUID
    buyer_id: str
    items: tuple[Units, ...]
    """Each product once."""


class ReservationRejected(Event, frozen=True, tag="inventory.ReservationRejected"):
    """Not all could be set aside, so nothing is."""

    part_id: UUID
    buyer_id: str
    reason: Rejection
    shortages: tuple[Shortage, ...]


class ReservationExpired(Event, frozen=True, tag="inventory.ReservationExpired"):
    """It was set aside for too long, and is anybody's again."""

    part_id: UUID
    items: tuple[Units, ...]


class ReservationAllocated(Event, frozen=True, tag="inventory.ReservationAllocated"):
    """What the part asked for is the order's for good."""

    part_id: UUID
    items: tuple[Units, ...]
    anew: bool
    """Whether it had expired and was taken again."""


class ReservationReleased(Event, frozen=True, tag="inventory.ReservationReleased"):
    """The amendment that asked for it was given up; it holds nothing any more."""

    part_id: UUID
    items: tuple[Units, ...]
    """None where it had expired."""
    allocated: bool
    """Whether they were the order's for good."""


class ReservationReduced(Event, frozen=True, tag="inventory.ReservationReduced"):
    """By an amendment the order holds less for good."""

    amendment_id: UUID
    items: tuple[Units, ...]
    """What it gave back."""


class ReservationCancelled(Event, frozen=True, tag="inventory.ReservationCancelled"):
    """The order was cancelled: it holds nothing any more, and never will again."""

    reserved: tuple[Units, ...]
    """What was set aside for a while: a product once for each part."""
    allocated: tuple[Units, ...]
    """What was the order's for good."""


class ReservationShipped(Event, frozen=True, tag="inventory.ReservationShipped"):
    """All that was the order's for good is on its way."""

    items: tuple[Units, ...]
    released: tuple[Units, ...]
    """What was still set aside for a while: the order was shipped without it."""


class ReservationReturned(Event, frozen=True, tag="inventory.ReservationReturned"):
    """Goods that the order had shipped came back."""

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

# State


class Step(StrEnum):
    RESERVED = "reserved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ALLOCATED = "allocated"
    RELEASED = "released"


_OVER = frozenset({Step.REJECTED, Step.RELEASED})
"""Such a part holds nothing, and nothing can come of it."""


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


# Refusals


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


# Decisions


def make(
    reservation: Reservation,
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
        return [
            _rejected(part_id, buyer_id, reason, [each for each in wanted if objections.get(each) is reason], shelves)
        ]
    return [ReservationMade(part_id, buyer_id, wanted)]


def allocate(reservation: Reservation, part_id: UUID, shelves: Mapping[UUID, Shelf]) -> list[ReservationEvent]:
    """Makes the order's for good what was set aside; takes anew, or rejects, what has expired meanwhile."""
    match reservation.parts.get(part_id):
        case Part(Step.RESERVED, items):
            return [ReservationAllocated(part_id, items, anew=False)]
        case Part(Step.EXPIRED, items):
            short = [item for item in items if item.quantity > shelves[item.product_id].available]
            if short:
                return [_rejected(part_id, reservation.buyer_id, Rejection.OUT_OF_STOCK, short, shelves)]
            return [ReservationAllocated(part_id, items, anew=True)]
        case _:
            return []


def expire(
    reservation: Reservation, made_at: Mapping[UUID, datetime], now: datetime, rules: Rules
) -> list[ReservationExpired]:
    """Ends what was set aside for too long; `made_at` says since when, by part."""
    return [
        ReservationExpired(part_id, part.items)
        for part_id, part in reservation.parts.items()
        if part.step is Step.RESERVED and now - made_at[part_id] >= rules.lifetime
    ]


def release(reservation: Reservation, part_id: UUID) -> list[ReservationEvent]:
    """An amendment was given up; it lets go what it holds."""
    match reservation.parts.get(part_id):
        case Part(Step.RESERVED, items):
            return [ReservationReleased(part_id, items, allocated=False)]
        case Part(Step.ALLOCATED, items) if not reservation.closed:
            return [ReservationReleased(part_id, _held(reservation, items), allocated=True)]
        case Part(Step.EXPIRED):
            return [ReservationReleased(part_id, (), allocated=False)]
        case _:
            return []


def reduce(reservation: Reservation, amendment_id: UUID, removed: Iterable[Units]) -> list[ReservationEvent]:
    """The order holds no longer what an amendment took out of it."""
    given_back = _held(reservation, merged(removed))
    if not given_back or amendment_id in reservation.reductions:
        return []
    return [ReservationReduced(amendment_id, given_back)]


def cancel(reservation: Reservation) -> list[ReservationEvent]:
    """Lets everything go. What was rejected holds nothing: an order that got nothing costs no further event."""
    if reservation.closed or all(part.step in _OVER for part in reservation.parts.values()):
        return []
    return [ReservationCancelled(reservation.reserved, reservation.allocated)]


def ship(reservation: Reservation) -> list[ReservationEvent]:
    if reservation.closed or not reservation.held:
        return []
    return [ReservationShipped(reservation.allocated, released=reservation.reserved)]


def take_back(
    reservation: Reservation, return_id: UUID, restocked: Iterable[Units], written_off: Iterable[Units]
) -> list[ReservationEvent]:
    if return_id in reservation.returns:
        return []
    return [ReservationReturned(return_id, merged(restocked), merged(written_off))]


def _held(reservation: Reservation, items: Iterable[Units]) -> tuple[Units, ...]:
    """As much of these as the order really holds."""
    held = reservation.held
    return tuple(
        Units(item.product_id, min(item.quantity, held[item.product_id])) for item in items if item.product_id in held
    )


def _rejected(
    part_id: UUID, buyer_id: str, reason: Rejection, short: Iterable[Units], shelves: Mapping[UUID, Shelf]
) -> ReservationRejected:
    shortages = (Shortage(item.product_id, item.quantity, shelves[item.product_id].available) for item in short)
    return ReservationRejected(part_id, buyer_id, reason, tuple(shortages))
