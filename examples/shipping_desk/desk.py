"""What the desk keeps, and what each message changes in it.

Messages of one order may come in any order after a failure, so each writes what it alone knows.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import to_builtins
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pools import make_pool
from adapters.rabbit import inbox
from adapters.rabbit.consumer import Consumer
from application.contracts import Message, OrderAmended, OrderCancelled, OrderPaid, OrderSubmitted, StockItem

NAME = "shipping_desk"
CONTRACTS = (OrderSubmitted, OrderPaid, OrderAmended, OrderCancelled)

SCHEMA = f"""
CREATE SCHEMA IF NOT EXISTS {NAME};
CREATE TABLE IF NOT EXISTS parcel (
    order_id uuid PRIMARY KEY,
    number text,
    items jsonb,
    told_at bigint,  -- position of the message that the items are from
    paid_at timestamptz,
    cancelled_at timestamptz
);
ALTER TABLE parcel ADD COLUMN IF NOT EXISTS told_at bigint;
CREATE TABLE IF NOT EXISTS label (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL
);
{inbox.TABLE}
"""


class Parcel(NamedTuple):
    """An order to be packed."""

    order_id: UUID
    number: str
    items: list[dict[str, Any]]


def make_desk_pool(database_url: str) -> AsyncConnectionPool[AsyncConnection]:
    return make_pool(make_conninfo(database_url, options=f"-c search_path={NAME}"), NAME)


async def set_up(pool: AsyncConnectionPool[AsyncConnection]) -> None:
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (NAME,))
        await connection.execute(SCHEMA)


def make_consumer(amqp_url: str, pool: AsyncConnectionPool[AsyncConnection]) -> Consumer:
    return Consumer(NAME, CONTRACTS, handle, amqp_url=amqp_url, pool=pool)


async def handle(message: Message[Any], connection: AsyncConnection) -> None:
    """Commits together with the inbox row; not acknowledged before."""
    match message.contract:
        case OrderSubmitted(order_id, number):
            await connection.execute(
                "INSERT INTO parcel (order_id, number) VALUES (%s, %s)"
                " ON CONFLICT (order_id) DO UPDATE SET number = excluded.number",
                (order_id, number),
            )
        case OrderAmended(order_id, stock_items=items):
            await _hold(order_id, items, message.position, connection)
        case OrderPaid(order_id, stock_items=items):
            await _hold(order_id, items, message.position, connection)
            await connection.execute(
                "INSERT INTO parcel (order_id, paid_at) VALUES (%s, %s)"
                " ON CONFLICT (order_id) DO UPDATE SET paid_at = excluded.paid_at",
                (order_id, message.occurred_at),
            )
            await connection.execute("INSERT INTO label (order_id) VALUES (%s)", (order_id,))
        case OrderCancelled(order_id):
            await connection.execute(
                "INSERT INTO parcel (order_id, cancelled_at) VALUES (%s, %s)"
                " ON CONFLICT (order_id) DO UPDATE SET cancelled_at = excluded.cancelled_at",
                (order_id, message.occurred_at),
            )


async def _hold(order_id: UUID, items: Iterable[StockItem], position: int, connection: AsyncConnection) -> None:
    """What an order holds may change until it is shipped: the newest that was told counts, whenever it comes."""
    await connection.execute(
        "INSERT INTO parcel (order_id, items, told_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (order_id) DO UPDATE SET items = excluded.items, told_at = excluded.told_at"
        " WHERE coalesce(parcel.told_at, 0) < excluded.told_at",
        (order_id, Jsonb(to_builtins(list(items))), position),
    )


async def to_pack(pool: AsyncConnectionPool[AsyncConnection]) -> list[Parcel]:
    """Orders that are paid and not cancelled, oldest payment first."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT order_id, number, items FROM parcel"
            " WHERE number IS NOT NULL AND paid_at IS NOT NULL AND cancelled_at IS NULL ORDER BY paid_at, order_id"
        )
        return [Parcel(*row) for row in await cursor.fetchall()]
