"""Time works on orders: it lets them go on, and gives up those that nobody pays for."""

from application.deadlines.deadline import Deadline, Waiting, waiting
from domain import ordering
from domain.kernel import Fact


def _order_waits(row: Waiting | None, fact: Fact[ordering.OrderEvent]) -> Waiting | None:
    match fact.event:
        case ordering.OrderPlaced():
            return waiting(fact)
        case _:
            return None


GRACE_PERIOD = Deadline(
    name="grace_period",
    context="ordering",
    events=(ordering.OrderPlaced, ordering.OrderValidationRequested, ordering.OrderCancelled),
    evolve=_order_waits,
)
"""Since its placing, until it goes on or is cancelled; ends in `application.ordering.end_grace_period`."""

ORDER_TIMEOUT = Deadline(
    name="order_timeout",
    context="ordering",
    events=(ordering.OrderPlaced, ordering.OrderPaid, ordering.OrderCancelled),
    evolve=_order_waits,
)
"""Since its placing, until it is paid or cancelled; ends in `application.ordering.cancel_stale_order`."""


def _amendment_waits(row: Waiting | None, fact: Fact[ordering.OrderEvent]) -> Waiting | None:
    match fact.event:
        case ordering.AmendmentRequested():
            return waiting(fact)
        case _:
            return None


AMENDMENT_TIMEOUT = Deadline(
    name="amendment_timeout",
    context="ordering",
    events=(
        ordering.AmendmentRequested,
        ordering.AmendmentRejected,
        ordering.OrderAmended,
        ordering.OrderCancelled,
    ),
    evolve=_amendment_waits,
)
"""Since a change to a paid order was asked for, until it is decided; ends in `application.ordering.end_amendment`."""
