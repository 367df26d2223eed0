"""One shelf that everybody wants at the same moment, on Postgres: orders by pages, clerks who count, and time."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from adapters.eventstore.store import PostgresEventStore
from application.contracts import OrderAuthorised, OrderAwaitingValidation, OrderCancelled, StockRejected, StockReserved
from application.inventory import AdjustStock, OrderNews, RemoveStock, adjust_stock, remove_stock
from application.store import VersionConflict
from domain.inventory import CONTEXT, AdjustmentReason, NotEnoughStock, ReservationNotFound
from tests.application.warehouse import TENT, Warehouse, items

pytestmark = pytest.mark.anyio

STOCK, PAGES, PAGE = 60, 8, 15


@pytest.mark.proves("INV-02", "INV-08", "CAT-08", "P11")
async def test_nothing_is_oversold_while_clerks_count_and_reservations_expire(migrated_database_url: str) -> None:
    async with PostgresEventStore([CONTEXT], {"inventory": migrated_database_url}) as store:
        warehouse = Warehouse(store)
        warehouse.now = datetime.now(UTC) + timedelta(days=1)  # ahead of the database: whatever is set aside is too old
        await warehouse.stock(tent=STOCK)
        orders = [UUID(int=1_000 + number) for number in range(PAGES * PAGE)]
        removed, refused = 0, 0

        async def follow(*page: OrderNews) -> None:
            """As a follower does: a page that lost a race is decided anew."""
            while True:
                try:
                    await warehouse.hear(*page)
                except VersionConflict:
                    continue
                return

        async def buy() -> None:
            for start in range(0, len(orders), PAGE):
                page = orders[start : start + PAGE]
                await follow(*(OrderAwaitingValidation(each, str(each), items((TENT, 1))) for each in page))
                await follow(*(OrderAuthorised(each, str(each)) for each in page[::2]))
                await follow(*(OrderCancelled(each, str(each), "buyer", ()) for each in page[::5]))

        async def count() -> None:
            nonlocal removed, refused
            for change in (-3, 2, -2, 1) * 5:
                cmd = AdjustStock(change, AdjustmentReason.COUNTED)
                try:
                    await adjust_stock(cmd, warehouse.call(), TENT, store=store)
                    removed -= change
                except NotEnoughStock:
                    refused += 1
                saved = await remove_stock(RemoveStock(1), warehouse.call(), TENT, store=store)
                removed += saved.result.removed

        async def expire() -> None:
            for each in orders:
                with suppress(ReservationNotFound):  # not asked for yet
                    await warehouse.expire(each)

        await asyncio.gather(buy(), count(), count(), expire(), expire())
        await expire()
        told = await warehouse.told()
        answered = {each.order_id for each in told if isinstance(each, StockReserved | StockRejected)}
        reservations = [await warehouse.reservation(each) for each in orders]
        shelf = await warehouse.shelf()

    assert set(orders) == answered
    assert STOCK - removed == shelf.on_hand
    assert shelf.reserved == sum(item.quantity for each in reservations for item in each.allocated)
    assert min(shelf.available, shelf.reserved) >= 0
    assert {} == shelf.waiting
