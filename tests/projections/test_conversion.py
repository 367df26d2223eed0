"""How many baskets became orders."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from domain.basket import (
    BasketCheckedOut,
    BasketExpired,
    BasketMergedAway,
    BasketStarted,
    ItemAdded,
    Line,
    Portion,
)
from domain.kernel import Event
from domain.money import Money
from projections.conversion import CONVERSION, Conversion, DaysBaskets, conversion
from tests.given import START, facts, given_facts
from tests.projections.logs import FactLog, follow

TENT = Line(UUID(int=1), "Storm Tent", None, Money.parse("289.00", "USD"), 1)
DAY = START.date()
started = BasketStarted("buyer:alice", 1)
ordered = BasketCheckedOut(UUID(int=7), 2, (Portion(TENT.product_id, 1),))


def test_each_thing_counts_on_its_day() -> None:
    given_facts(CONVERSION, started, ItemAdded(TENT, 1), ordered, started, BasketExpired()).then(
        DaysBaskets(DAY, begun=2, ordered=1, expired=1)
    )
    given_facts(CONVERSION, started, started, BasketMergedAway(UUID(int=9)), ordered).then(
        DaysBaskets(DAY, begun=2, merged=1, ordered=1)
    )


def test_what_stays_in_a_basket_that_is_ordered_from_is_a_basket_of_its_own() -> None:
    rest = BasketCheckedOut(UUID(int=7), 2, (Portion(UUID(int=2), 1),), (TENT,))
    given_facts(CONVERSION, started, rest, ordered).then(DaysBaskets(DAY, begun=2, ordered=2))


@pytest.mark.anyio
@pytest.mark.proves("ORD-35")
async def test_the_report_adds_up_the_days(pool: Pool) -> None:
    day = timedelta(days=1)
    first: list[Event] = [started] * 4 + [ordered, BasketMergedAway(UUID(int=9))]
    log = FactLog(facts("basket", *first))
    log.add(facts("basket", started, ordered, start=START + day, after=10))
    log.add(facts("basket", *[started] * 9, start=START + 9 * day, after=20))
    await follow(CONVERSION, log, pool)
    days = [DaysBaskets(DAY, begun=4, merged=1, ordered=1), DaysBaskets(DAY + day, begun=1, ordered=1)]

    async def seen(first: date, last: date) -> Any:
        async with pool.connection() as connection:
            return (await conversion(connection, first=first, last=last)).value

    assert Conversion(begun=5, merged=1, ordered=2, expired=0, rate=0.5, days=days) == await seen(DAY, DAY + day)
    assert Conversion(begun=0, merged=0, ordered=0, expired=0, rate=None, days=[]) == await seen(DAY - day, DAY - day)
