"""What is due when: pure folds that say since when a stream waits for something that may never come.

The folds feed a read model, which only says where to look: the commands decide on the stream's own history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain import basket, ordering
from domain.kernel import Event, Fact, members


class Waiting(msgspec.Struct, frozen=True):
    """A stream that may not wait for ever. How long is a setting and not kept here, so a change counts at once."""

    stream: UUID
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    name: str
    context: str
    events: tuple[type[Event], ...]
    """The events that matter; no others reach `evolve`."""
    evolve: Callable[[Waiting | None, Fact[Any]], Waiting | None]
    """What waits after the fact; None where time no longer matters. Never refuses."""


def _basket_waits(waiting: Waiting | None, fact: Fact[basket.BasketEvent]) -> Waiting | None:
    match fact.event:
        case basket.BasketMergedAway() | basket.BasketExpired() | basket.BasketCheckedOut(rest=()):
            return None
        case _:
            return Waiting(fact.stream, fact.recorded_at)


def _order_waits(waiting: Waiting | None, fact: Fact[ordering.OrderEvent]) -> Waiting | None:
    match fact.event:
        case ordering.OrderPlaced():
            return Waiting(fact.stream, fact.recorded_at)
        case ordering.OrderPaid() | ordering.OrderCancelled():
            return None
        case _:
            return waiting


BASKET_EXPIRY = Deadline(
    name="basket_expiry", context="basket", events=members(basket.BasketEvent), evolve=_basket_waits
)
"""Since its last change; ends in `application.basket.expire_basket`."""

ORDER_TIMEOUT = Deadline(
    name="order_timeout",
    context="ordering",
    events=(ordering.OrderPlaced, ordering.OrderPaid, ordering.OrderCancelled),
    evolve=_order_waits,
)
"""Since its placing, until it is paid or cancelled; ends in `application.ordering.cancel_stale_order`."""

DEADLINES = (BASKET_EXPIRY, ORDER_TIMEOUT)
