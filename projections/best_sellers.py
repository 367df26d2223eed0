"""What sells best: units of each product ordered, and neither cancelled nor returned."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain.kernel import Fact, members
from domain.ordering import OrderAmended, OrderCancelled, OrderEdited, OrderPlaced, ReturnClosed
from projections.kernel import Key, Projection, Seen
from projections.reading import ask


class BestSeller(msgspec.Struct, frozen=True):
    product_id: UUID
    name: str = ""
    """As the last order called it."""
    units: int = 0
    orders: int = 0
    last_ordered_at: datetime | None = None


Sold: TypeAlias = OrderPlaced | OrderEdited | OrderAmended | OrderCancelled | ReturnClosed


def keys(fact: Fact[Sold]) -> Iterator[Key]:
    match fact.event:
        case OrderPlaced(lines=lines) | ReturnClosed(lines=lines):
            return ((line.product_id,) for line in lines)
        case OrderEdited(changes=changes) | OrderAmended(changes=changes):
            return ((change.product_id,) for change in changes)
        case OrderCancelled(stock_items=items):
            return ((item.product_id,) for item in items)


def evolve(row: BestSeller | None, fact: Fact[Sold], key: Key) -> BestSeller:
    (product_id,) = key
    row = row or BestSeller(product_id)
    match fact.event:
        case OrderPlaced(lines=lines):
            line = next(line for line in lines if line.product_id == product_id)
            return BestSeller(product_id, line.name, row.units + line.quantity, row.orders + 1, fact.recorded_at)
        case OrderEdited(changes=changes) | OrderAmended(changes=changes):
            change = next(change for change in changes if change.product_id == product_id)
            return replace(row, units=row.units + change.quantity, orders=row.orders + change.orders)
        case OrderCancelled(stock_items=items):
            quantity = next(item.quantity for item in items if item.product_id == product_id)
            return replace(row, units=row.units - quantity, orders=row.orders - 1)
        case ReturnClosed(lines=came):
            quantity = next(line.quantity for line in came if line.product_id == product_id)
            return replace(row, units=row.units - quantity)


BEST_SELLERS = Projection(
    name="best_sellers",
    version=2,
    context="ordering",
    row=BestSeller,
    key=("product_id",),
    events=members(Sold),
    keys=keys,
    evolve=evolve,
    indexes=("(units DESC, product_id)",),
)


async def best_sellers(connection: AsyncConnection, limit: int = 10) -> Seen[list[BestSeller]]:
    """The most sold first; of equals the one with the smaller id, so that the answer is always the same."""
    return await ask(
        connection,
        BestSeller,
        "SELECT * FROM read.best_sellers WHERE units > 0 ORDER BY units DESC, product_id LIMIT %(limit)s",
        {"limit": limit},
        BEST_SELLERS,
    )
