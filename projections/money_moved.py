"""How much money came and went each day, UTC, and why: what the reports on money are made of."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql

from domain.kernel import Fact
from domain.money import Money
from domain.payment import (
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    PaymentCaptured,
    PaymentSettled,
    RefundCategory,
    RefundMade,
)
from projections.kernel import Key, Projection, Seen
from projections.reading import ask, money_of


class Movement(StrEnum):
    CAPTURED = "captured"
    SETTLED = "settled"
    """Paid out to the shop; part of what was captured."""
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    """Kept by a bank until it has decided."""
    WON = "won"
    """Given back by a bank; part of what was disputed."""
    LOST = "lost"
    """Given to the buyer by a bank; part of what was disputed."""


class MoneyMoved(msgspec.Struct, frozen=True):
    day: date
    currency: str
    movement: Movement
    category: str
    """Of refunds, why; otherwise empty."""
    times: int = 0
    amount: Decimal = Decimal(0)


MoneyEvent: TypeAlias = PaymentCaptured | PaymentSettled | RefundMade | DisputeOpened | DisputeWon | DisputeLost


def _movement(event: MoneyEvent) -> tuple[Movement, str]:
    match event:
        case PaymentCaptured():
            return Movement.CAPTURED, ""
        case PaymentSettled():
            return Movement.SETTLED, ""
        case RefundMade(category=category):
            return Movement.REFUNDED, str(category)
        case DisputeOpened():
            return Movement.DISPUTED, ""
        case DisputeWon():
            return Movement.WON, ""
        case DisputeLost():
            return Movement.LOST, ""
        case _:
            assert_never(event)


def keys(fact: Fact[MoneyEvent]) -> Iterator[Key]:
    yield (fact.day, fact.event.amount.currency, *_movement(fact.event))


def evolve(row: MoneyMoved | None, fact: Fact[MoneyEvent], key: Key) -> MoneyMoved:
    row = row or MoneyMoved(*key)
    return replace(row, times=row.times + 1, amount=row.amount + fact.event.amount.amount)


MONEY_MOVED = Projection(
    name="money_moved",
    version=1,
    context="payment",
    row=MoneyMoved,
    key=("day", "currency", "movement", "category"),
    events=(PaymentCaptured, PaymentSettled, RefundMade, DisputeOpened, DisputeWon, DisputeLost),
    keys=keys,
    evolve=evolve,
)


class DaysRevenue(msgspec.Struct, frozen=True, kw_only=True):
    """The money of one day, UTC, in one currency."""

    day: date
    payments: int
    """Captured that day."""
    captured: Money
    refunds: int
    refunded: Money
    """Paid back that day, of payments captured on any."""
    disputed: Money
    """Kept by banks since that day."""
    won: Money
    """Given back by banks that day, of what they kept before."""
    net: Money
    """What the shop had more at the end of the day: captured - refunded - disputed + won."""
    settled: Money
    """Paid out to the shop that day, of what was captured before."""


class CategoryRefunds(msgspec.Struct, frozen=True):
    category: RefundCategory
    refunds: int
    refunded: Money


class RefundRate(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the money that came was paid back, in one currency."""

    payments: int
    captured: Money
    refunds: int
    refunded: Money
    rate: float | None
    """refunded / captured, of the same days; null where nothing was captured."""
    categories: list[CategoryRefunds]
    """The refunds by why they were made, the largest first."""


def _times(name: str, movement: Movement) -> str:
    return f"sum(CASE WHEN movement = '{movement}' THEN times ELSE 0 END)::bigint AS {name}"


def _amount(movement: Movement, sign: str = "") -> str:
    """Where there was none it is a zero with the places of its currency: 0.00."""
    return f"sum(CASE WHEN movement = '{movement}' THEN {sign}amount ELSE 0 * amount END)"


_REVENUE = ", ".join(
    (
        "day",
        _times("payments", Movement.CAPTURED),
        _times("refunds", Movement.REFUNDED),
        *(money_of(movement.value, _amount(movement)) for movement in Movement if movement is not Movement.LOST),
        money_of(
            "net",
            " + ".join(
                (
                    *(_amount(Movement.CAPTURED), _amount(Movement.REFUNDED, "-")),
                    *(_amount(Movement.DISPUTED, "-"), _amount(Movement.WON)),
                )
            ),
        ),
    )
)

_SUMS = ", ".join(
    (
        _times("payments", Movement.CAPTURED),
        _times("refunds", Movement.REFUNDED),
        f"{_amount(Movement.CAPTURED)} AS captured",
        f"{_amount(Movement.REFUNDED)} AS refunded",
    )
)


async def revenue(
    connection: AsyncConnection, *, first: date, last: date, after: tuple[date, str] | None = None, limit: int = 100
) -> Seen[list[DaysRevenue]]:
    """From the first day to the last, both included, in the order of days; days without any are left out.

    At most `limit`; `after` is the `day` and the currency of the last one seen.
    """
    after_day, after_currency = after or (None, None)
    return await ask(
        connection,
        DaysRevenue,
        sql.SQL(
            "SELECT {} FROM read.money_moved WHERE day BETWEEN %(first)s AND %(last)s"
            " AND (%(after_day)s::date IS NULL OR (day, currency) > (%(after_day)s, %(after_currency)s::text))"
            " GROUP BY day, currency ORDER BY day, currency LIMIT %(limit)s"
        ).format(sql.SQL(_REVENUE)),
        {
            "first": first,
            "last": last,
            "after_day": after_day,
            "after_currency": after_currency,
            "limit": limit,
        },
        MONEY_MOVED,
    )


async def refund_rate(connection: AsyncConnection, *, first: date, last: date) -> Seen[list[RefundRate]]:
    """From the first day to the last, both included: one for each currency in which money came or went."""
    return await ask(
        connection,
        RefundRate,
        sql.SQL(
            "WITH sums AS (SELECT currency, {sums} FROM read.money_moved WHERE day BETWEEN %(first)s AND %(last)s"
            " AND movement IN ('captured', 'refunded') GROUP BY currency), why AS (SELECT currency,"
            " json_agg(json_build_object('category', category, 'refunds', refunds, 'refunded',"
            " json_build_object('amount', amount::text, 'currency', currency)) ORDER BY amount DESC, category) AS each"
            " FROM (SELECT currency, category, sum(times)::bigint AS refunds, sum(amount) AS amount"
            " FROM read.money_moved WHERE day BETWEEN %(first)s AND %(last)s AND movement = 'refunded'"
            " GROUP BY currency, category) AS categories GROUP BY currency)"
            " SELECT payments, refunds, {shown}, round(refunded / nullif(captured, 0), 4)::float8 AS rate,"
            " coalesce(why.each, '[]') AS categories FROM sums LEFT JOIN why USING (currency) ORDER BY currency"
        ).format(sums=sql.SQL(_SUMS), shown=sql.SQL(f"{money_of('captured')}, {money_of('refunded')}")),
        {"first": first, "last": last},
        MONEY_MOVED,
    )
