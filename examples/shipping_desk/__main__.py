"""The desk's command line; see the package."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from examples.shipping_desk import desk

app = App(name="shipping-desk", help="Keeps a list of what is to be packed.")

DatabaseUrl = Annotated[str, Parameter(env_var="DATABASE_URL", show=False)]
AmqpUrl = Annotated[str, Parameter(env_var="AMQP_URL", show=False)]


@app.command
async def run(*, database_url: DatabaseUrl, amqp_url: AmqpUrl) -> None:
    """Listen until ended; what is being handled is finished first."""
    async with _pool(database_url) as pool:
        listening = asyncio.create_task(desk.make_consumer(amqp_url, pool).run())
        for ending in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(ending, listening.cancel)
        with suppress(asyncio.CancelledError):
            await listening


@app.command
async def to_pack(*, database_url: DatabaseUrl) -> None:
    """Show what is to be packed."""
    async with _pool(database_url) as pool:
        for parcel in await desk.to_pack(pool):
            items = ", ".join(f"{item['quantity']} x {item['product_id']}" for item in parcel.items)
            sys.stdout.write(f"{parcel.number}  {items}\n")


@app.command
async def catch_up(*, since: datetime, database_url: DatabaseUrl, amqp_url: AmqpUrl) -> None:
    """Take in what the archive has kept since a moment (UTC); what is known already has no second effect."""
    async with _pool(database_url) as pool:
        count = await desk.make_consumer(amqp_url, pool).catch_up(since.replace(tzinfo=since.tzinfo or UTC))
    sys.stdout.write(f"{count} messages were new.\n")


@asynccontextmanager
async def _pool(database_url: str) -> AsyncIterator[AsyncConnectionPool[AsyncConnection]]:
    async with desk.make_desk_pool(database_url) as pool:
        await desk.set_up(pool)
        yield pool


if __name__ == "__main__":
    app()
