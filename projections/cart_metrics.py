"""What happened in each basket on each day, UTC; kept for 90 days."""

from collections.abc import Iterator
from datetime import date
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import basket
from domain.kernel import Fact
from projections.kernel import Key, Projection, Seen
from projections.reading import ask

DAYS = 90


class CartMetrics(msgspec.Struct, frozen=True):
    basket_id: UUID
    """A buyer's one basket: `domain.basket.basket_id(owner)`."""
    day: date
    added: int = 0
    """Times that something was added, and so on."""
    units_added: int = 0
    quantities_set: int = 0
    removed: int = 0
    cleared: int = 0
    merged: int = 0
    checked_out: int = 0
    expired: int = 0


def keys(fact: Fact[basket.BasketEvent]) -> Iterator[Key]:
    yield (fact.stream, fact.day)


def evolve(row: CartMetrics | None, fact: Fact[basket.BasketEvent], key: Key) -> CartMetrics:
    row = row or CartMetrics(*key)
    match fact.event:
        case basket.ItemAdded(added=quantity):
            return replace(row, added=row.added + 1, units_added=row.units_added + quantity)
        case basket.QuantitySet():
            return replace(row, quantities_set=row.quantities_set + 1)
        case basket.ItemRemoved():
            return replace(row, removed=row.removed + 1)
        case basket.BasketCleared():
            return replace(row, cleared=row.cleared + 1)
        case basket.BasketMerged():
            return replace(row, merged=row.merged + 1)
        case basket.BasketCheckedOut():
            return replace(row, checked_out=row.checked_out + 1)
        case basket.BasketExpired():
            return replace(row, expired=row.expired + 1)
        case basket.BasketStarted() | basket.BasketMergedAway():
            return row
        case _:
            assert_never(fact.event)


CART_METRICS = Projection(
    name="cart_metrics",
    version=1,
    context="basket",
    row=CartMetrics,
    key=("basket_id", "day"),
    events=basket.BASKET.events,
    keys=keys,
    evolve=evolve,
    indexes=("(day)",),
    forgets=f"day < current_date - {DAYS}",
)


async def cart_metrics(
    connection: AsyncConnection, basket_id: UUID, *, first: date, last: date
) -> Seen[list[CartMetrics]]:
    """Of one basket, from the first day to the last, both included."""
    return await ask(
        connection,
        CartMetrics,
        "SELECT * FROM read.cart_metrics WHERE basket_id = %(basket_id)s AND day BETWEEN %(first)s AND %(last)s"
        " AND day >= current_date - %(days)s::int ORDER BY day",
        {"basket_id": basket_id, "first": first, "last": last, "days": DAYS},
        CART_METRICS,
    )
