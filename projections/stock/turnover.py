"""How fast each product sells and how long there was none of it: a row each, with the sums of every month.

Turnover is what was shipped by the average stock. Averages are over time: each count weighs as long as it lasted.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import inventory
from domain.kernel import Fact, members
from projections.item_page import ITEM_PAGE
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask
from projections.stock.figures import month_of, next_month, ratio, seconds

Counted: TypeAlias = (
    inventory.StockReceived
    | inventory.StockAdjusted
    | inventory.StockShipped
    | inventory.StockReturned
    | inventory.StockWrittenOff
    | inventory.StockRanOut
    | inventory.StockRunsLow
    | inventory.StockReplenished
)


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a month, UTC, and what there was in it."""

    month: date
    """Its first day."""
    received: int = 0
    shipped: int = 0
    returned: int = 0
    written_off: int = 0
    adjusted: int = 0
    """Found less lost."""
    stock_outs: int = 0
    """How often none was available any more."""
    unit_seconds: Decimal = Decimal(0)
    """What was on hand times how long."""
    out_seconds: Decimal = Decimal(0)
    """How long none was available."""


class StockTurnover(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    since: datetime
    """When it was first counted."""
    on_hand: int = 0
    out: bool = False
    """Whether none is available, after some was."""
    counted_at: datetime
    """Up to when the time is in the months."""
    months: tuple[Month, ...]
    """Each since it was first counted: a dozen entries a year."""


Row = TypeVar("Row", bound=StockTurnover)


class _Named(StockTurnover, frozen=True, kw_only=True):
    name: str | None
    sku: str | None


class ShownTurnover(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    name: str | None
    sku: str | None
    since: datetime
    """When it was first counted. All else but `on_hand` is about the months that were asked for, from then to now."""
    on_hand: int
    """There now."""
    received: int
    shipped: int
    returned: int
    written_off: int
    adjusted: int
    average_on_hand: Decimal | None
    """Over time; null where no time has passed."""
    turnover: Decimal | None
    """Units shipped by the average on hand; null where there never was any."""
    stock_outs: int
    out_of_stock_seconds: int
    out_of_stock_share: Decimal | None
    """Of the time."""


def evolve(row: StockTurnover | None, fact: Fact[Counted], key: Key) -> StockTurnover:
    at = fact.recorded_at
    first = Month(month=month_of(at))
    row = row or StockTurnover(product_id=fact.stream, since=at, counted_at=at, months=(first,))
    row = until(row, at)
    *earlier, month = row.months
    on_hand, out = row.on_hand, row.out
    match fact.event:
        case inventory.StockReceived(quantity):
            on_hand, month = on_hand + quantity, replace(month, received=month.received + quantity)
        case inventory.StockShipped(quantity=quantity):
            on_hand, month = on_hand - quantity, replace(month, shipped=month.shipped + quantity)
        case inventory.StockReturned(quantity=quantity):
            on_hand, month = on_hand + quantity, replace(month, returned=month.returned + quantity)
        case inventory.StockAdjusted(change):
            on_hand, month = on_hand + change, replace(month, adjusted=month.adjusted + change)
        case inventory.StockWrittenOff(quantity=quantity):
            month = replace(month, written_off=month.written_off + quantity)
        case inventory.StockRanOut():
            out, month = True, replace(month, stock_outs=month.stock_outs + 1)
        case inventory.StockRunsLow() | inventory.StockReplenished():
            out = False
        case _:
            assert_never(fact.event)
    return replace(row, on_hand=on_hand, out=out, months=(*earlier, month))


def until(row: Row, at: datetime) -> Row:
    """The row with the time up to then counted, in the months in which it passed."""
    *earlier, month = row.months
    start = row.counted_at
    while start < at:
        following = next_month(month.month)
        end = min(at, _beginning(following))
        passed = seconds(start, end)
        month = replace(
            month,
            unit_seconds=month.unit_seconds + row.on_hand * passed,
            out_seconds=month.out_seconds + (passed if row.out else 0),
        )
        if end == _beginning(following):
            earlier.append(month)
            month = Month(month=following)
        start = end
    return replace(row, counted_at=start, months=(*earlier, month))


def shown(row: _Named, now: datetime, first: date | None, last: date | None) -> ShownTurnover:
    """What the months from the first to the last, itself included, come to; or all of them."""
    row = until(row, now)
    months = [
        each for each in row.months if (first is None or first <= each.month) and (last is None or each.month <= last)
    ]
    start = max(row.since, _beginning(first)) if first else row.since
    end = min(row.counted_at, _beginning(next_month(last))) if last else row.counted_at
    passed = seconds(start, end)
    stock = sum((each.unit_seconds for each in months), Decimal(0))
    out = sum((each.out_seconds for each in months), Decimal(0))
    shipped = sum(each.shipped for each in months)
    return ShownTurnover(
        product_id=row.product_id,
        name=row.name,
        sku=row.sku,
        since=row.since,
        on_hand=row.on_hand,
        received=sum(each.received for each in months),
        shipped=shipped,
        returned=sum(each.returned for each in months),
        written_off=sum(each.written_off for each in months),
        adjusted=sum(each.adjusted for each in months),
        average_on_hand=ratio(stock, passed),
        turnover=ratio(shipped * passed, stock),
        stock_outs=sum(each.stock_outs for each in months),
        out_of_stock_seconds=round(out),
        out_of_stock_share=ratio(out, passed),
    )


def _beginning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


STOCK_TURNOVER = Projection(
    name="stock_turnover",
    version=1,
    context="inventory",
    row=StockTurnover,
    key=("product_id",),
    events=members(Counted),
    keys=by_stream,
    evolve=evolve,
)

READS = (STOCK_TURNOVER, ITEM_PAGE)


async def turnover(
    connection: AsyncConnection,
    *,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    product_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Seen[list[ShownTurnover]]:
    """In the order of product ids; `after` is the last one seen. `first` and `last` are first days of months."""
    seen = await ask(
        connection,
        _Named,
        "SELECT t.*, i.name, i.sku FROM read.stock_turnover AS t"
        " LEFT JOIN read.item_page AS i ON i.item_id = t.product_id"
        " WHERE (%(product_id)s::uuid IS NULL OR t.product_id = %(product_id)s)"
        " AND (%(after)s::uuid IS NULL OR t.product_id > %(after)s) ORDER BY t.product_id LIMIT %(limit)s",
        {"product_id": product_id, "after": after, "limit": limit},
        *READS,
    )
    return Seen([shown(row, now, first, last) for row in seen.value], seen.positions)
