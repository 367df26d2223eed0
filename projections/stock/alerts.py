"""Products that need somebody's attention: those of which there is little or nothing, since when."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from domain.inventory import Availability, StockRanOut, StockReplenished, StockRunsLow
from domain.kernel import Fact, members
from projections.item_page import ITEM_PAGE
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import ask
from projections.stock.level import STOCK_LEVEL

Told: TypeAlias = StockRunsLow | StockRanOut | StockReplenished


class StockAlert(msgspec.Struct, frozen=True):
    product_id: UUID
    availability: Availability
    """low-stock or out-of-stock."""
    raised_at: datetime
    version: int
    """Version of the shelf's stream with which it was raised."""


class ShownAlert(StockAlert, frozen=True, kw_only=True):
    """An alert with what there is now, and whether more is on its way."""

    name: str | None
    sku: str | None
    available: int
    restock: int
    expected: int
    supplier_id: UUID | None


def evolve(row: StockAlert | None, fact: Fact[Told], key: Key) -> StockAlert | None:
    match fact.event:
        case StockRunsLow():
            return StockAlert(fact.stream, Availability.LOW_STOCK, fact.recorded_at, fact.version)
        case StockRanOut():
            return StockAlert(fact.stream, Availability.OUT_OF_STOCK, fact.recorded_at, fact.version)
        case StockReplenished():
            return None


STOCK_ALERT = Projection(
    name="stock_alert",
    version=1,
    context="inventory",
    row=StockAlert,
    key=("product_id",),
    events=members(Told),
    keys=by_stream,
    evolve=evolve,
    indexes=("(raised_at DESC, product_id DESC)",),
)

READS = (STOCK_ALERT, STOCK_LEVEL, ITEM_PAGE)


async def list_alerts(
    connection: AsyncConnection,
    *,
    availability: Availability | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Seen[list[ShownAlert]]:
    """The latest first; `after` is `raised_at` and `product_id` of the last one seen."""
    after_at, after_id = after or (None, None)
    return await ask(
        connection,
        ShownAlert,
        "SELECT a.*, i.name, i.sku, s.available, s.restock, s.expected, s.supplier_id FROM read.stock_alert AS a"
        " JOIN read.stock_level AS s USING (product_id) LEFT JOIN read.item_page AS i ON i.item_id = a.product_id"
        " WHERE (%(availability)s::text IS NULL OR a.availability = %(availability)s)"
        " AND (%(after_at)s::timestamptz IS NULL OR (a.raised_at, a.product_id) < (%(after_at)s, %(after_id)s::uuid))"
        " ORDER BY a.raised_at DESC, a.product_id DESC LIMIT %(limit)s",
        {"availability": availability, "after_at": after_at, "after_id": after_id, "limit": limit},
        *READS,
    )
