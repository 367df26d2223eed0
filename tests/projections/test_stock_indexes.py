"""The stock is looked up by indexes, however many products, orders and movements there are."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from domain.inventory import Availability, PartStep, Units
from domain.inventory.delivery import DeliveryStatus
from projections.item_page import ITEM_PAGE
from projections.stock import DELIVERIES, STOCK_ALERT, STOCK_LEVEL, STOCK_MOVEMENT, STOCK_RESERVATION
from projections.stock.alerts import StockAlert, list_alerts
from projections.stock.deliveries import Delivery, delivery_of, list_deliveries
from projections.stock.figures import month_of
from projections.stock.level import StockLevel, levels, list_levels, stock_level
from projections.stock.movements import Movement, MovementKind, list_movements
from projections.stock.reservations import (
    Holding,
    OrderReservation,
    ReservedPart,
    expiring,
    list_reservations,
    reservation_of,
)
from tests.projections.plans import START, Explained, serve

pytestmark = pytest.mark.anyio

PRODUCTS, ORDERS, MOVEMENTS = 6_000, 10_000, 20_000
LIFETIME = timedelta(minutes=5)


def id(number: int) -> UUID:
    return UUID(int=number + 1)


def shelves() -> Iterator[StockLevel]:
    random = Random(1)
    for number in range(PRODUCTS):
        word = random.choices(list(Availability), [97, 2, 1])[0]
        available = {Availability.OUT_OF_STOCK: 0, Availability.LOW_STOCK: 3}.get(word, 100)
        yield StockLevel(
            product_id=id(number),
            on_hand=available,
            available=available,
            availability=word,
            category_id=id(random.randrange(200)),
            supplier_id=id(random.randrange(100)),
            updated_at=START,
            version=1,
        )


def movements() -> Iterator[Movement]:
    random = Random(2)
    for number in range(MOVEMENTS):
        at = START + timedelta(minutes=6 * number)
        yield Movement(
            month=month_of(at),
            product_id=id(random.randrange(PRODUCTS)),
            version=number,
            kind=random.choices([MovementKind.RESERVED, MovementKind.WRITTEN_OFF], [999, 1])[0],
            units=1,
            on_hand=0,
            reserved=1,
            order_id=id(number),
            actor="system:reserve-stock",
            at=at,
            position=number,
        )


def reservations() -> Iterator[OrderReservation]:
    random = Random(3)
    for number in range(ORDERS):
        at = START + timedelta(minutes=number)
        status = random.choices([Holding.RESERVED, Holding.ALLOCATED, Holding.SHIPPED], [1, 4, 95])[0]
        yield OrderReservation(
            order_id=id(number),
            buyer_id=f"buyer-{random.randrange(2_000)}",
            status=status,
            parts=(ReservedPart(id(number), PartStep.ALLOCATED, (Units(id(1), 1),)),),
            reserved=(),
            allocated=(),
            reserved_at=at if status is Holding.RESERVED else None,
            updated_at=at,
            version=1,
        )


def deliveries() -> Iterator[Delivery]:
    random = Random(4)
    for number in range(ORDERS):
        at = START + timedelta(hours=number)
        yield Delivery(
            delivery_id=id(number),
            supplier_id=id(random.randrange(300)),
            status=random.choices(list(DeliveryStatus)[1:], [2, 96, 2])[0],
            promised=(),
            promised_units=1,
            promised_for=at.date(),
            promised_at=at,
            version=1,
        )


def alerts() -> Iterator[StockAlert]:
    return (
        StockAlert(id(number), Availability.LOW_STOCK, START + timedelta(minutes=number), 1)
        for number in range(PRODUCTS)
    )


@pytest.mark.proves("CAT-21", "INV-01", "INV-03", "INV-09", "INV-10", "INV-11")
async def test_the_stock_is_found_by_indexes(pool: Pool, reads: Explained) -> None:
    for projection, rows in (
        (ITEM_PAGE, ()),
        (STOCK_LEVEL, shelves()),
        (STOCK_MOVEMENT, movements()),
        (STOCK_ALERT, alerts()),
        (STOCK_RESERVATION, reservations()),
        (DELIVERIES, deliveries()),
    ):
        await serve(pool, projection, list(rows))
    connection: Any = reads

    async def by(index: str) -> bool:
        return any(each.endswith(f" {index}") for each in await reads.indexes())

    await stock_level(connection, id(77))
    assert await by("(product_id)")
    await levels(connection, [id(77), id(78)])
    assert await by("(product_id)")
    await list_levels(connection, availability=[Availability.LOW_STOCK])
    assert await by("(product_id) WHERE (availability <> 'in-stock'::text)")
    await list_levels(connection, category_id=id(7))
    assert await by("(category_id, product_id) WHERE (category_id IS NOT NULL)")
    await list_levels(connection, supplier_id=id(7))
    assert await by("(supplier_id, product_id) WHERE (supplier_id IS NOT NULL)")
    await list_alerts(connection)
    assert await by("(raised_at DESC, product_id DESC)")

    await list_movements(connection, product_id=id(77))
    assert await by('(product_id, "position" DESC)')
    await list_movements(connection, order_id=id(77))
    assert await by("(order_id) WHERE (order_id IS NOT NULL)")
    await list_movements(connection)
    assert await by('("position" DESC)')
    await list_movements(connection, kinds=[MovementKind.WRITTEN_OFF])
    assert await by('(kind, "position" DESC)')
    await list_movements(connection, kinds=[MovementKind.WRITTEN_OFF, MovementKind.RETURNED])
    assert await by('(kind, "position" DESC)')

    await reservation_of(connection, id(77), lifetime=LIFETIME)
    assert await by("(order_id)")
    await expiring(connection, before=START + timedelta(days=1), lifetime=LIFETIME)
    assert await by("(reserved_at, order_id) WHERE (reserved_at IS NOT NULL)")
    await list_reservations(connection, lifetime=LIFETIME, status=Holding.RESERVED)
    assert await by("(status, updated_at DESC, order_id DESC)")
    await list_reservations(connection, lifetime=LIFETIME, buyer_id="buyer-77")
    assert await by("(buyer_id, updated_at DESC, order_id DESC)")
    await list_reservations(connection, lifetime=LIFETIME)
    assert await by("(updated_at DESC, order_id DESC)")

    await delivery_of(connection, id(77))
    assert await by("(delivery_id)")
    await list_deliveries(connection, supplier_id=id(7))
    assert await by("(supplier_id, promised_for DESC, delivery_id DESC)")
    await list_deliveries(connection, overdue_on=(START + timedelta(days=90)).date())
    assert await by("(status, promised_for DESC, delivery_id DESC)")
    await list_deliveries(connection)
    assert await by("(promised_for DESC, delivery_id DESC)")
