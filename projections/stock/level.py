"""How much there is of each product: one row a shelf. What may be sold is what is on hand and not set aside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool

from domain import inventory
from domain.inventory import SHELF, Availability, ShelfEvent
from domain.kernel import Fact
from projections.item_page import ITEM_PAGE
from projections.kernel import Key, Projection, Seen, by_stream
from projections.reading import array, ask, ask_one, where
from projections.stock.changes import change_of


class StockLevel(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    on_hand: int = 0
    reserved: int = 0
    """Of those on hand, set aside for orders."""
    available: int = 0
    availability: Availability = Availability.OUT_OF_STOCK
    restock: int = 0
    """At so many available units or fewer, stock is low."""
    maximum: int | None = None
    """No more than this are taken in."""
    expected: int = 0
    """Promised by suppliers and not here yet."""
    supplier_id: UUID | None = None
    category_id: UUID | None = None
    updated_at: datetime
    version: int
    """Version of the shelf's stream."""


class ShownLevel(StockLevel, frozen=True, kw_only=True):
    """A stock level with the product's name as the catalogue has it."""

    name: str | None = None
    """None for a product that the catalogue does not show yet."""
    sku: str | None = None


def evolve(row: StockLevel | None, fact: Fact[ShelfEvent], key: Key) -> StockLevel:
    event = fact.event
    row = row or StockLevel(product_id=fact.stream, updated_at=fact.recorded_at, version=fact.version)
    row = replace(row, updated_at=fact.recorded_at, version=fact.version)
    match event:
        case inventory.StockRunsLow():
            return replace(row, availability=Availability.LOW_STOCK)
        case inventory.StockRanOut():
            return replace(row, availability=Availability.OUT_OF_STOCK)
        case inventory.StockReplenished():
            return replace(row, availability=Availability.IN_STOCK)
        case inventory.ThresholdsSet(restock, maximum):
            return replace(row, restock=restock, maximum=maximum)
        case inventory.StockReordered(quantity=quantity):
            return replace(row, expected=row.expected + quantity)
        case inventory.ReorderClosed(quantity=quantity):
            return replace(row, expected=row.expected - quantity)
        case inventory.SupplierAssigned(supplier_id):
            return replace(row, supplier_id=supplier_id)
        case inventory.CategoryAssigned(category_id):
            return replace(row, category_id=category_id)
        case _:
            change = change_of(event)
            on_hand, reserved = row.on_hand + change.on_hand, row.reserved + change.reserved
            return replace(row, on_hand=on_hand, reserved=reserved, available=on_hand - reserved)


STOCK_LEVEL = Projection(
    name="stock_level",
    version=1,
    context="inventory",
    row=StockLevel,
    key=("product_id",),
    events=SHELF.events,
    keys=by_stream,
    evolve=evolve,
    indexes=(
        # None on what changes with each reservation: such a row is changed in place, without touching an index.
        "(product_id) WHERE availability <> 'in-stock'",
        "(category_id, product_id) WHERE category_id IS NOT NULL",
        "(supplier_id, product_id) WHERE supplier_id IS NOT NULL",
    ),
)

READS = (STOCK_LEVEL, ITEM_PAGE)

_SHOWN = (
    "SELECT s.*, i.name, i.sku FROM read.stock_level AS s LEFT JOIN read.item_page AS i ON i.item_id = s.product_id"
)


async def stock_level(connection: AsyncConnection, product_id: UUID) -> Seen[ShownLevel | None]:
    return await ask_one(
        connection, ShownLevel, f"{_SHOWN} WHERE s.product_id = %(product_id)s", {"product_id": product_id}, *READS
    )


async def list_levels(
    connection: AsyncConnection,
    *,
    availability: Sequence[Availability] = (),
    category_id: UUID | None = None,
    supplier_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 20,
) -> Seen[list[ShownLevel]]:
    """In the order of product ids; `after` is the last one seen."""
    given = {
        "s.availability = ANY(%(availability)s)": list(availability) or None,
        "s.category_id = %(category_id)s": category_id,
        "s.supplier_id = %(supplier_id)s": supplier_id,
        "s.product_id > %(after)s": after,
    }
    return await ask(
        connection,
        ShownLevel,
        sql.SQL("{} WHERE {} ORDER BY s.product_id LIMIT %(limit)s").format(sql.SQL(_SHOWN), where(given)),
        {
            "availability": [word.value for word in availability],
            "category_id": category_id,
            "supplier_id": supplier_id,
            "after": after,
            "limit": limit,
        },
        *READS,
    )


class _Count(msgspec.Struct, frozen=True):
    product_id: UUID
    available: int


async def levels(connection: AsyncConnection, product_ids: Sequence[UUID]) -> Seen[dict[UUID, int]]:
    """How many are available of each product; 0 of one that was never counted."""
    seen = await ask(
        connection,
        _Count,
        "SELECT product_id, available FROM read.stock_level WHERE product_id = ANY(%(product_ids)s)",
        {"product_ids": array(product_ids)},
        STOCK_LEVEL,
    )
    counted = {each.product_id: each.available for each in seen.value}
    return Seen({product_id: counted.get(product_id, 0) for product_id in product_ids}, seen.positions)


class StockLevels:
    """Implements `application.ports.Stock`."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection]) -> None:
        self._pool = pool

    async def available(self, product_ids: Sequence[UUID], *, timeout: float | None = None) -> dict[UUID, int]:
        """As the port says; `timeout` in seconds, where it is not the pool's own."""
        if not product_ids:
            return {}
        async with self._pool.connection(timeout) as connection:
            return (await levels(connection, product_ids)).value
