"""How fast products sell and how long there was none of them: up to now, and in the months that are asked for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as for_all
from msgspec.structs import replace

from adapters.followers.bookmark import Pool
from domain.inventory import StockRanOut, StockReceived, StockReplenished, StockReserved, StockShipped
from domain.kernel import Event, Fact
from projections.item_page import ITEM_PAGE
from projections.kernel import fold
from projections.stock import STOCK_TURNOVER
from projections.stock.turnover import Month, ShownTurnover, turnover
from tests.given import STREAM, facts, given_facts
from tests.projections.histories import logs
from tests.projections.logs import FactLog, follow

TENT, STOVE, ORDER, OTHER = (UUID(int=number) for number in range(1, 5))
DAY = timedelta(days=1)
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in range(1, 5))

ten = (StockReceived(10), StockReplenished(10))


def at(day: date, *events: Event, after: int) -> list[Fact[Event]]:
    """At its noon."""
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return [
        replace(fact, recorded_at=start)
        for fact in facts("inventory", *((TENT, each) for each in events), start=start, after=after)
    ]


def test_turnover_weighs_each_count_by_how_long_it_lasted() -> None:
    """Facts are a second apart: ten units for three seconds, four for two, none for one."""
    events = [
        *ten,
        StockReserved(ORDER, "alice", 6),
        StockShipped(ORDER, 6),
        StockReserved(OTHER, "bob", 4),
        StockShipped(OTHER, 4),
        StockRanOut(),
        StockReplenished(3),
    ]
    row = given_facts(STOCK_TURNOVER, *events).row(STREAM)

    (month,) = row.months
    assert (10, 10, 1, Decimal(1)) == (month.received, month.shipped, month.stock_outs, month.out_seconds)
    assert Decimal(3 * 10 + 2 * 4) == month.unit_seconds
    assert not row.out


@pytest.mark.anyio
@pytest.mark.proves("INV-13")
async def test_turnover_and_the_time_without_stock_are_had_by_the_month(pool: Pool) -> None:
    """Ten units from the middle of January on; half of them leave in February, the rest in March, and then nothing."""
    log = FactLog(
        [
            *at(date(2026, 1, 21), *ten, after=0),
            *at(date(2026, 2, 15), StockShipped(ORDER, 5), after=2),
            *at(date(2026, 3, 30), StockShipped(ORDER, 5), StockRanOut(), after=3),
        ]
    )
    await follow(STOCK_TURNOVER, log, pool)
    await follow(ITEM_PAGE, log, pool)

    async def asked(first: date | None = None, last: date | None = None) -> ShownTurnover:
        now = datetime(2026, 4, 11, tzinfo=UTC)
        async with pool.connection() as connection:
            (row,) = (await turnover(connection, now=now, first=first, last=last)).value
        return row

    assert (10, 0) == ((january := await asked(JANUARY, JANUARY)).received, january.shipped)
    assert (Decimal("10.0000"), Decimal("0.0000"), 0) == (
        january.average_on_hand,
        january.turnover,
        january.out_of_stock_seconds,
    )
    february = await asked(FEBRUARY, FEBRUARY)
    assert (0, 5, Decimal("7.5893"), Decimal("0.6588")) == (
        february.received,
        february.shipped,
        february.average_on_hand,
        february.turnover,
    )
    march, april = await asked(MARCH, MARCH), await asked(APRIL)
    assert (5, 1, DAY * 1.5 // timedelta(seconds=1)) == (march.shipped, march.stock_outs, march.out_of_stock_seconds)
    assert (None, Decimal(0), Decimal("1.0000"), DAY * 10 // timedelta(seconds=1)) == (
        april.turnover,
        april.average_on_hand,
        april.out_of_stock_share,
        april.out_of_stock_seconds,
    )
    whole = await asked()
    assert whole == await asked(JANUARY, APRIL)
    assert (10, 10, 1) == (whole.received, whole.shipped, whole.stock_outs)
    before = await asked(date(2025, 1, 1), date(2025, 12, 1))
    assert (0, None, None) == (before.received, before.average_on_hand, before.turnover)


@pytest.mark.anyio
@pytest.mark.proves("INV-13")
async def test_turnover_and_the_time_without_stock_are_told_up_to_now(pool: Pool) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    sold = (*ten, StockReserved(ORDER, "alice", 10), StockShipped(ORDER, 10), StockRanOut())
    events = (*((TENT, event) for event in sold), *((STOVE, event) for event in ten))
    log = FactLog(facts("inventory", *events, start=start))
    await follow(STOCK_TURNOVER, log, pool)
    await follow(ITEM_PAGE, log, pool)
    async with pool.connection() as connection:
        tent, stove = (await turnover(connection, now=start + timedelta(seconds=14))).value
        (again,) = (await turnover(connection, now=start + timedelta(seconds=14), product_id=STOVE)).value

    # Ten units for three of fourteen seconds; none for the last ten.
    assert (Decimal("2.1429"), Decimal("4.6667")) == (tent.average_on_hand, tent.turnover)
    assert (1, 10, Decimal("0.7143")) == (tent.stock_outs, tent.out_of_stock_seconds, tent.out_of_stock_share)
    assert (Decimal("10.0000"), Decimal(0), 0) == (stove.average_on_hand, stove.turnover, stove.stock_outs)
    assert again == stove


@for_all(logs("inventory"))
def test_the_months_follow_each_other_and_add_up_to_what_is_there(log: list[Fact[Event]]) -> None:
    for row in fold(STOCK_TURNOVER, log).values():
        months: tuple[Month, ...] = row.months
        assert sorted({each.month for each in months}) == [each.month for each in months]
        assert row.on_hand == sum(each.received + each.returned + each.adjusted - each.shipped for each in months)
