"""How many baskets became orders, by day, UTC: each thing counts on the day on which it happened."""

from collections.abc import Iterator
from datetime import date
from typing import TypeAlias, assert_never

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain.basket import BasketCheckedOut, BasketExpired, BasketMergedAway, BasketStarted
from domain.kernel import Fact, members
from projections.kernel import Key, Projection, Seen
from projections.reading import ask_one


class DaysBaskets(msgspec.Struct, frozen=True):
    day: date
    begun: int = 0
    """Baskets into which something was put first; what stays in one that is ordered from is a new one."""
    merged: int = 0
    """Baskets of somebody unknown that went into those of whom they turned out to be."""
    ordered: int = 0
    expired: int = 0
    """Nobody touched them for too long."""


Told: TypeAlias = BasketStarted | BasketMergedAway | BasketCheckedOut | BasketExpired


def keys(fact: Fact[Told]) -> Iterator[Key]:
    yield (fact.day,)


def evolve(row: DaysBaskets | None, fact: Fact[Told], key: Key) -> DaysBaskets:
    row = row or DaysBaskets(*key)
    match fact.event:
        case BasketStarted():
            return replace(row, begun=row.begun + 1)
        case BasketMergedAway():
            return replace(row, merged=row.merged + 1)
        case BasketCheckedOut(rest=rest):
            return replace(row, ordered=row.ordered + 1, begun=row.begun + bool(rest))
        case BasketExpired():
            return replace(row, expired=row.expired + 1)
        case _:
            assert_never(fact.event)


CONVERSION = Projection(
    name="conversion",
    version=1,
    context="basket",
    row=DaysBaskets,
    key=("day",),
    events=members(Told),
    keys=keys,
    evolve=evolve,
)


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """Of a span of days."""

    begun: int
    merged: int
    ordered: int
    expired: int
    rate: float | None
    """ordered / (begun - merged), since who merges two baskets can order but one; null where none was begun."""
    days: list[DaysBaskets]
    """Those on which anything happened, in their order."""


async def conversion(connection: AsyncConnection, *, first: date, last: date) -> Seen[Conversion]:
    """From the first day to the last, both included."""
    seen = await ask_one(
        connection,
        Conversion,
        "WITH days AS (SELECT * FROM read.conversion WHERE day BETWEEN %(first)s AND %(last)s),"
        " sums AS (SELECT coalesce(sum(begun), 0)::bigint AS begun, coalesce(sum(merged), 0)::bigint AS merged,"
        " coalesce(sum(ordered), 0)::bigint AS ordered, coalesce(sum(expired), 0)::bigint AS expired FROM days)"
        " SELECT *, CASE WHEN begun > merged THEN round(ordered::numeric / (begun - merged), 4)::float8 END AS rate,"
        " (SELECT coalesce(json_agg(days ORDER BY day), '[]') FROM days) AS days FROM sums",
        {"first": first, "last": last},
        CONVERSION,
    )
    return Seen(seen.value or Conversion(begun=0, merged=0, ordered=0, expired=0, rate=None, days=[]), seen.positions)
