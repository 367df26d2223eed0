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

from domain.inventory.reservation.decisions import allocate, cancel, expire, make, reduce, release, ship, take_back
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
from domain.inventory.reservation.state import RESERVATION, Part, Reservation, ReservationNotFound, Step

__all__ = [
    "RESERVATION",
    "Part",
    "Reservation",
    "ReservationAllocated",
    "ReservationCancelled",
    "ReservationEvent",
    "ReservationExpired",
    "ReservationMade",
    "ReservationNotFound",
    "ReservationReduced",
    "ReservationRejected",
    "ReservationReleased",
    "ReservationReturned",
    "ReservationShipped",
    "Shortage",
    "Step",
    "allocate",
    "cancel",
    "expire",
    "make",
    "reduce",
    "release",
    "ship",
    "take_back",
]
