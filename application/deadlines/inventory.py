"""Nobody may set stock aside for ever without paying for it."""

from application.deadlines.deadline import Deadline, Waiting, waiting
from domain import inventory
from domain.inventory import ReservationEvent
from domain.kernel import Fact


def _reservation_waits(row: Waiting | None, fact: Fact[ReservationEvent]) -> Waiting | None:
    match fact.event:
        case inventory.ReservationMade():
            return waiting(fact)
        case _:
            return None


RESERVATION_EXPIRY = Deadline(
    name="reservation_expiry",
    context="inventory",
    events=(
        inventory.ReservationMade,
        inventory.ReservationRejected,
        inventory.ReservationExpired,
        inventory.ReservationAllocated,
        inventory.ReservationReleased,
        inventory.ReservationCancelled,
        inventory.ReservationShipped,
    ),
    evolve=_reservation_waits,
)
"""Since it was made, until it is the order's for good or let go; ends in `application.inventory.expire_reservation`.

An order asks for one part at a time, so only the last of them can still be waiting.
"""
