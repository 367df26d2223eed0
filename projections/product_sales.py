"""Sales of each product by day, UTC: what was ordered that day, and what was changed, cancelled or returned that day of
whenever ordered."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection

from domain.kernel import Fact, members
from domain.money import Money
from domain.ordering import OrderAmended, OrderCancelled, OrderEdited, OrderPlaced, ReturnClosed
from projections.kernel import Key, Projection, Seen
from projections.reading import ask


class ProductSales(msgspec.Struct, frozen=True):
    product_id: UUID
    day: date
    orders: int = 0
    units: int = 0
    amount: Decimal = Decimal(0)
    """Of the lines ordered, after discount and with tax."""
    currency: str | None = None
    """None where nothing was ordered that day."""
    cancelled_orders: int = 0
    cancelled_units: int = 0
    returned_units: int = 0


class DaysSales(msgspec.Struct, frozen=True):
    """What is told of a product and a day."""

    product_id: UUID
    day: date
    orders: int
    units: int
    amount: Money | None
    """Of the lines ordered, after discount and with tax; None where nothing was ordered that day."""
    cancelled_orders: int
    cancelled_units: int
    returned_units: int
    """That came back that day, of whenever ordered."""


Sold: TypeAlias = OrderPlaced | OrderEdited | OrderAmended | OrderCancelled | ReturnClosed


def keys(fact: Fact[Sold]) -> Iterator[Key]:
    day = fact.day
    match fact.event:
        case OrderPlaced(lines=lines) | ReturnClosed(lines=lines):
            return ((line.product_id, day) for line in lines)
        case OrderEdited(changes=changes) | OrderAmended(changes=changes):
            return ((change.product_id, day) for change in changes)
        case OrderCancelled(stock_items=items):
            return ((item.product_id, day) for item in items)


def evolve(row: ProductSales | None, fact: Fact[Sold], key: Key) -> ProductSales:
    product_id, _ = key
    row = row or ProductSales(*key)
    match fact.event:
        case OrderPlaced(lines=lines):
            line = next(line for line in lines if line.product_id == product_id)
            return _sold(row, 1, line.quantity, line.total)
        case OrderEdited(changes=changes) | OrderAmended(changes=changes):
            change = next(change for change in changes if change.product_id == product_id)
            return _sold(row, change.orders, change.quantity, change.amount)
        case OrderCancelled(stock_items=items):
            quantity = next(item.quantity for item in items if item.product_id == product_id)
            return replace(
                row, cancelled_orders=row.cancelled_orders + 1, cancelled_units=row.cancelled_units + quantity
            )
        case ReturnClosed(lines=came):
            quantity = next(line.quantity for line in came if line.product_id == product_id)
            return replace(row, returned_units=row.returned_units + quantity)


def _sold(row: ProductSales, orders: int, units: int, amount: Money) -> ProductSales:
    return replace(
        row,
        orders=row.orders + orders,
        units=row.units + units,
        amount=row.amount + amount.amount,
        currency=amount.currency,
    )


PRODUCT_SALES = Projection(
    name="product_sales",
    version=3,
    context="ordering",
    row=ProductSales,
    key=("product_id", "day"),
    events=members(Sold),
    keys=keys,
    evolve=evolve,
    indexes=("(day, product_id)",),
)


async def product_sales(
    connection: AsyncConnection,
    *,
    first: date,
    last: date,
    product_id: UUID | None = None,
    after: tuple[date, UUID] | None = None,
    limit: int = 100,
) -> Seen[list[DaysSales]]:
    """From the first day to the last, both included, in the order of days; of one product or of all.

    At most `limit`; `after` is `day` and `product_id` of the last one seen.
    """
    after_day, after_id = after or (None, None)
    return await ask(
        connection,
        DaysSales,
        "SELECT product_id, day, orders, units, cancelled_orders, cancelled_units, returned_units,"
        " CASE WHEN currency IS NOT NULL THEN json_build_object('amount', amount::text, 'currency', currency) END"
        " AS amount FROM read.product_sales"
        " WHERE day BETWEEN %(first)s AND %(last)s AND (%(product_id)s::uuid IS NULL OR product_id = %(product_id)s)"
        " AND (%(after_day)s::date IS NULL OR (day, product_id) > (%(after_day)s, %(after_id)s::uuid))"
        " ORDER BY day, product_id LIMIT %(limit)s",
        {
            "first": first,
            "last": last,
            "product_id": product_id,
            "after_day": after_day,
            "after_id": after_id,
            "limit": limit,
        },
        PRODUCT_SALES,
    )
