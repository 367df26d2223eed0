"""Suppliers as they are seen: what they promised against what came."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.followers.bookmark import Pool
from domain.inventory import Units
from domain.inventory.delivery import DeliveryCalledOff, DeliveryPromised, DeliveryReceived, DeliveryStatus
from domain.inventory.supplier import SupplierAdded, SupplierDescribed, SupplierWithdrawn
from domain.kernel import Event
from projections.kernel import fold
from projections.stock import DELIVERIES, SUPPLIERS
from projections.stock.deliveries import delivery_of, list_deliveries
from projections.stock.suppliers import SupplierPerformance, list_suppliers, supplier_of
from tests.given import START, facts, given_facts
from tests.projections.logs import FactLog, follow

TENT, SUPPLIER, OTHER, FIRST, SECOND, THIRD, FOURTH = (UUID(int=number) for number in range(1, 8))
DAY = timedelta(days=1)
TODAY = START.date()


async def filled(pool: Pool, *events: tuple[UUID, Event], start: datetime) -> None:
    log = FactLog(facts("inventory", *events, start=start))
    for projection in (SUPPLIERS, DELIVERIES):
        await follow(projection, log, pool)


def test_a_suppliers_row_sums_up_what_came_and_keeps_what_is_waited_for() -> None:
    """So that nobody adds up all deliveries that there ever were to look at a supplier."""
    row = given_facts(
        SUPPLIERS,
        (SUPPLIER, SupplierAdded("Bergwerk", 7)),
        *((id, DeliveryPromised(SUPPLIER, (Units(TENT, 10),), TODAY)) for id in (FIRST, SECOND, THIRD, FOURTH)),
        (FIRST, DeliveryReceived(SUPPLIER, (Units(TENT, 8),))),
        (SECOND, DeliveryReceived(SUPPLIER, (Units(TENT, 4),))),
        (THIRD, DeliveryCalledOff(SUPPLIER)),
    ).row(SUPPLIER)

    assert [FOURTH] == [promise.delivery_id for promise in row.promises]
    assert (2, 1, 2, 20, 12) == (row.received, row.called_off, row.on_time, row.promised_units, row.received_units)
    assert 1 == row.version
    word = SupplierPerformance.of(row, TODAY + DAY)
    assert (1, 1, Decimal("1.0000"), Decimal("0.6000")) == (
        word.promised,
        word.overdue,
        word.on_time_rate,
        word.fill_rate,
    )


def test_a_delivery_that_came_while_the_clock_was_set_back_took_no_time() -> None:
    told: list[tuple[UUID, Event]] = [
        (SUPPLIER, SupplierAdded("Bergwerk", 7)),
        (FIRST, DeliveryPromised(SUPPLIER, (Units(TENT, 10),), TODAY)),
        (FIRST, DeliveryReceived(SUPPLIER, (Units(TENT, 10),))),
    ]
    *before, received = facts("inventory", *told)
    (row,) = fold(SUPPLIERS, [*before, replace(received, recorded_at=before[-1].recorded_at - DAY)]).values()

    assert 0 == row.waited_seconds


@pytest.mark.anyio
@pytest.mark.proves("INV-11")
async def test_a_suppliers_word_is_held_against_what_came(pool: Pool) -> None:
    start = datetime.now(UTC)
    today = start.date()
    late, coming, never = SECOND, THIRD, FOURTH
    await filled(
        pool,
        (SUPPLIER, SupplierAdded("Bergwerk", 7)),
        (SUPPLIER, SupplierDescribed(lead_time_days=9)),
        (FIRST, DeliveryPromised(SUPPLIER, (Units(TENT, 10),), today + DAY)),
        (FIRST, DeliveryReceived(SUPPLIER, (Units(TENT, 7),))),
        (late, DeliveryPromised(SUPPLIER, (Units(TENT, 10),), today - DAY)),
        (late, DeliveryReceived(SUPPLIER, (Units(TENT, 10),))),
        (coming, DeliveryPromised(SUPPLIER, (Units(TENT, 1),), today - DAY)),
        (never, DeliveryPromised(SUPPLIER, (Units(TENT, 1),), today + DAY)),
        (never, DeliveryCalledOff(SUPPLIER)),
        (OTHER, SupplierAdded("Nobody", 1)),
        (OTHER, SupplierWithdrawn()),
        start=start,
    )
    async with pool.connection() as connection:
        shown = (await supplier_of(connection, SUPPLIER, today=today)).value
        assert shown
        assert ("Bergwerk", 9) == (shown.name, shown.lead_time_days)
        word = shown.performance
        assert (1, 1, 2, 1, 1) == (word.promised, word.overdue, word.received, word.called_off, word.on_time)
        assert (Decimal("0.5000"), Decimal("0.8500"), Decimal("0.00")) == (
            word.on_time_rate,
            word.fill_rate,
            word.average_days,
        )
        both = (await list_suppliers(connection, today=today)).value
        assert [SUPPLIER, OTHER] == [each.supplier_id for each in both]
        assert (0, None) == (both[1].performance.received, both[1].performance.fill_rate)

        found = await list_deliveries(connection, overdue_on=today)
        assert [coming] == [each.delivery_id for each in found.value]
        found = await list_deliveries(connection, supplier_id=SUPPLIER, status=DeliveryStatus.RECEIVED)
        assert [FIRST, late] == [each.delivery_id for each in found.value]
        one = (await delivery_of(connection, FIRST)).value
        assert one
        assert (10, 7) == (one.promised_units, one.received_units)
