"""What a good engineer would write without events: the baselines that the shop's HTTP figures are compared with.

Litestar on the same server with the same pool library and the same durability; run with
`granian --interface asgi --factory tests.bench.baseline:create`, the database in DATABASE_URL.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
from litestar import Litestar, Response, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

SCHEMA = """
create schema if not exists baseline;
create table if not exists baseline.orders (
  id bigint generated always as identity primary key, buyer_id text not null, street text not null,
  city text not null, country text not null, postal_code text not null, total numeric(19,4) not null,
  created_at timestamptz not null default now());
create table if not exists baseline.order_lines (
  order_id bigint not null references baseline.orders (id), product_id uuid not null, quantity integer not null,
  unit_price numeric(19,4) not null);
create index if not exists order_lines_order on baseline.order_lines (order_id);
create index if not exists orders_buyer on baseline.orders (buyer_id);
"""


class Line(msgspec.Struct):
    product_id: str
    quantity: int
    unit_price: Decimal


class NewOrder(msgspec.Struct):
    buyer_id: str
    street: str
    city: str
    country: str
    postal_code: str
    lines: list[Line]


class Placed(msgspec.Struct):
    id: int
    total: Decimal


@post("/orders")
async def place_order(data: JSONBody[NewOrder], state: State) -> Placed:
    pool: AsyncConnectionPool[AsyncConnection] = state.pool
    amount = sum((line.quantity * line.unit_price for line in data.lines), Decimal(0))
    async with pool.connection() as connection, connection.transaction():
        found = await connection.execute(
            "insert into baseline.orders (buyer_id, street, city, country, postal_code, total)"
            " values (%s, %s, %s, %s, %s, %s) returning id",
            (data.buyer_id, data.street, data.city, data.country, data.postal_code, amount),
        )
        (order_id,) = await found.fetchone() or (0,)
        await connection.execute(
            "insert into baseline.order_lines (order_id, product_id, quantity, unit_price)"
            " select %s, * from unnest(%s::uuid[], %s::integer[], %s::numeric[])",
            (
                order_id,
                [line.product_id for line in data.lines],
                [line.quantity for line in data.lines],
                [line.unit_price for line in data.lines],
            ),
        )
    return Placed(order_id, amount)


def bytes_route(path: str, content: bytes) -> Litestar:
    """An application with one route that answers with these bytes."""

    @get(path)
    async def answer() -> Response[bytes]:
        return Response(content, media_type="application/json")

    return Litestar([answer], openapi_config=None)


def create() -> Litestar:
    """The order route, or where BENCH_BYTES names a file the route `/bytes` that answers with what is in it."""
    if file := os.environ.get("BENCH_BYTES"):
        with open(file, "rb") as content:
            return bytes_route("/bytes", content.read())

    @asynccontextmanager
    async def pool(app: Litestar) -> AsyncIterator[None]:
        async with AsyncConnectionPool(
            os.environ["DATABASE_URL"], min_size=16, max_size=16, kwargs={"autocommit": True}
        ) as opened:
            app.state.pool = opened
            yield

    return Litestar([place_order], lifespan=[pool], openapi_config=None)
