"""How fast each product sells and how long there was none of it: sums over the life of its shelf, a row each.

Turnover is what was shipped by the average stock. Averages are over time: each count weighs as long as it lasted.
"""

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain import inventory
from domain.kernel import Fact, members
from projections.item_page import ITEM_PAGE
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask
from projections.stock.durations import seconds

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


class StockTurnover(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    since: datetime
    """When it was first counted."""
    on_hand: int = 0
    received: int = 0
    shipped: int = 0
    returned: int = 0
    written_off: int = 0
    adjusted: int = 0
    """Found less lost."""
    unit_seconds: Decimal = Decimal(0)
    """What was on hand times how long, up to `counted_at`."""
    counted_at: datetime
    stock_outs: int = 0
    """How often none was available any more."""
    out_seconds: Decimal = Decimal(0)
    """How long none was available, up to `out_since`."""
    out_since: datetime | None = None
    """Since when none is available; null while some is."""


class ShownTurnover(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    name: str | None
    sku: str | None
    since: datetime
    on_hand: int
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
    """Of the time since it was first counted."""


def evolve(row: StockTurnover | None, fact: Fact[Counted], key: Key) -> StockTurnover:
    at = fact.recorded_at
    row = row or StockTurnover(product_id=fact.stream, since=at, counted_at=at)
    row = replace(row, unit_seconds=row.unit_seconds + row.on_hand * seconds(row.counted_at, at), counted_at=at)
    match fact.event:
        case inventory.StockReceived(quantity):
            return replace(row, on_hand=row.on_hand + quantity, received=row.received + quantity)
        case inventory.StockShipped(quantity=quantity):
            return replace(row, on_hand=row.on_hand - quantity, shipped=row.shipped + quantity)
        case inventory.StockReturned(quantity=quantity):
            return replace(row, on_hand=row.on_hand + quantity, returned=row.returned + quantity)
        case inventory.StockAdjusted(change):
            return replace(row, on_hand=row.on_hand + change, adjusted=row.adjusted + change)
        case inventory.StockWrittenOff(quantity=quantity):
            return replace(row, written_off=row.written_off + quantity)
        case inventory.StockRanOut():
            return replace(row, stock_outs=row.stock_outs + 1, out_since=row.out_since or at)
        case inventory.StockRunsLow() | inventory.StockReplenished():
            out = seconds(row.out_since, at) if row.out_since else 0
            return replace(row, out_seconds=row.out_seconds + out, out_since=None)
        case _:
            assert_never(fact.event)


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
    product_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Seen[list[ShownTurnover]]:
    """In the order of product ids; `after` is the last one seen."""
    return await ask(
        connection,
        ShownTurnover,
        "SELECT t.product_id, i.name, i.sku, since, on_hand, received, shipped, returned, written_off, adjusted,"
        " stock_outs, round(stock / nullif(seconds, 0), 4)::text AS average_on_hand,"
        " round(shipped * seconds / nullif(stock, 0), 4)::text AS turnover,"
        " round(out)::bigint AS out_of_stock_seconds,"
        " round(out / nullif(seconds, 0), 4)::text AS out_of_stock_share"
        " FROM (SELECT *, extract(epoch FROM %(now)s - since) AS seconds,"
        " unit_seconds + on_hand * extract(epoch FROM %(now)s - counted_at) AS stock,"
        " out_seconds + coalesce(extract(epoch FROM %(now)s - out_since), 0) AS out"
        " FROM read.stock_turnover WHERE (%(product_id)s::uuid IS NULL OR product_id = %(product_id)s)"
        " AND (%(after)s::uuid IS NULL OR product_id > %(after)s)"
        " ORDER BY product_id LIMIT %(limit)s) AS t"
        " LEFT JOIN read.item_page AS i ON i.item_id = t.product_id ORDER BY t.product_id",
        {"now": now, "product_id": product_id, "after": after, "limit": limit},
        *READS,
    )
