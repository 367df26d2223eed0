"""What is seen of the stock: levels that movements add up to, alerts, reservations, suppliers, turnover."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from psycopg import AsyncConnection

from adapters.followers.bookmark import Pool
from adapters.followers.rebuild import Rebuild
from domain.inventory import (
    AdjustmentReason,
    Availability,
    Rejection,
    ReleaseCause,
    ReorderClosed,
    ReservationAllocated,
    ReservationCancelled,
    ReservationExpired,
    ReservationMade,
    ReservationRejected,
    Shortage,
    StockAdjusted,
    StockAllocated,
    StockRanOut,
    StockReceived,
    StockReleased,
    StockReordered,
    StockReplenished,
    StockReserved,
    StockReturned,
    StockRunsLow,
    StockShipped,
    StockWrittenOff,
    ThresholdsSet,
    Units,
)
from domain.inventory.category import CategoryAdded, CategoryRenamed, CategoryWithdrawn
from domain.kernel import Event, Fact
from projections.item_page import ITEM_PAGE
from projections.kernel import fold
from projections.stock import (
    DELIVERIES,
    STOCK_ALERT,
    STOCK_CATEGORIES,
    STOCK_LEVEL,
    STOCK_MOVEMENT,
    STOCK_RESERVATION,
    STOCK_TURNOVER,
    SUPPLIERS,
    StockLevels,
)
from projections.stock.alerts import list_alerts
from projections.stock.categories import category_of
from projections.stock.level import list_levels, stock_level
from projections.stock.movements import MovementKind, list_movements
from projections.stock.reservations import Holding, expiring, list_reservations, reservation_of
from tests.given import START, STREAM, facts, given_facts
from tests.projections.histories import logs
from tests.projections.logs import FactLog, follow

TENT, STOVE, ROPE, ORDER, OTHER, SUPPLIER, DELIVERY, CATEGORY, RETURN = (UUID(int=number) for number in range(1, 10))
TENTS = (Units(TENT, 2),)
MODELS = (STOCK_LEVEL, STOCK_MOVEMENT, STOCK_ALERT, STOCK_RESERVATION, SUPPLIERS, DELIVERIES, STOCK_TURNOVER)

ten = [StockReceived(10), StockReplenished(10)]
LIFE = [
    *ten,
    ThresholdsSet(3, 20),
    StockReserved(ORDER, "alice", 2),
    StockAllocated(ORDER, "alice", 2),
    StockReserved(OTHER, "bob", 6),
    StockRunsLow(2, 3),
    StockReleased(OTHER, "bob", 6, ReleaseCause.EXPIRED, allocated=False),
    StockReplenished(8),
    StockShipped(ORDER, 2),
    StockAdjusted(-1, AdjustmentReason.LOST, "In the rain"),
    StockReturned(ORDER, RETURN, 1),
    StockWrittenOff(ORDER, RETURN, 1),
]


@pytest.mark.proves("INV-01", "INV-14")
def test_a_level_tells_what_there_is_and_what_of_it_is_available() -> None:
    row = given_facts(STOCK_LEVEL, *LIFE, StockReordered(DELIVERY, 5)).row(STREAM)

    assert (8, 0, 8, Availability.IN_STOCK) == (row.on_hand, row.reserved, row.available, row.availability)
    assert (3, 20, 5, len(LIFE) + 1) == (row.restock, row.maximum, row.expected, row.version)
    closed = given_facts(STOCK_LEVEL, *LIFE, StockReordered(DELIVERY, 5), ReorderClosed(DELIVERY, 5)).row(STREAM)
    assert 0 == closed.expected


@pytest.mark.proves("INV-09")
def test_every_change_is_a_movement_with_its_cause() -> None:
    rows = list(given_facts(STOCK_MOVEMENT, *LIFE).rows.values())

    assert [
        (MovementKind.RECEIVED, 10, 0, None),
        (MovementKind.RESERVED, 0, 2, None),
        (MovementKind.RESERVED, 0, 6, None),
        (MovementKind.RELEASED, 0, -6, "expired"),
        (MovementKind.SHIPPED, -2, -2, None),
        (MovementKind.ADJUSTED, -1, 0, "lost"),
        (MovementKind.RETURNED, 1, 0, None),
        (MovementKind.WRITTEN_OFF, 0, 0, None),
    ] == [(row.kind, row.on_hand, row.reserved, row.reason) for row in rows]
    assert "In the rain" == rows[5].comment
    assert [ORDER, OTHER, OTHER, ORDER] == [row.order_id for row in rows[1:5]]


@pytest.mark.proves("INV-02", "INV-09", "P11")
@for_all(logs("inventory"))
def test_the_movements_add_up_to_the_levels(log: list[Fact[Event]]) -> None:
    for level in fold(STOCK_LEVEL, log).values():
        moved = [row for row in fold(STOCK_MOVEMENT, log).values() if row.product_id == level.product_id]
        assert level.on_hand == sum(row.on_hand for row in moved)
        assert level.reserved == sum(row.reserved for row in moved)
        assert level.available + level.reserved == level.on_hand


@pytest.mark.proves("INV-10")
def test_an_alert_lasts_until_there_is_enough_again() -> None:
    low, out, enough = StockRunsLow(2, 3), StockRanOut(), StockReplenished(9)

    given_facts(STOCK_ALERT, low, enough).then()
    assert Availability.OUT_OF_STOCK is given_facts(STOCK_ALERT, low, out).row(STREAM).availability
    assert Availability.LOW_STOCK is given_facts(STOCK_ALERT, out, low).row(STREAM).availability


@pytest.mark.proves("INV-03")
def test_a_reservation_tells_how_its_order_stands() -> None:
    made = ReservationMade(ORDER, ORDER, "alice", TENTS)
    short = ReservationRejected(ORDER, ORDER, "alice", Rejection.OUT_OF_STOCK, (Shortage(TENT, 2, 0),))

    def status(*events: Event) -> tuple[Any, ...]:
        row = given_facts(STOCK_RESERVATION, *((ORDER, event) for event in events)).row(ORDER)
        return row.status, row.reserved, row.allocated, row.reserved_at

    assert (Holding.RESERVED, TENTS, (), START) == status(made)
    assert (Holding.EXPIRED, (), (), None) == status(made, ReservationExpired(ORDER, ORDER, TENTS))
    assert (Holding.ALLOCATED, (), TENTS, None) == status(made, ReservationAllocated(ORDER, ORDER, TENTS, anew=False))
    assert (Holding.CANCELLED, (), (), None) == status(made, ReservationCancelled(ORDER, TENTS, ()))
    assert (Holding.REJECTED, (), (), None) == status(short)


# Queries


async def filled(pool: Pool, *events: tuple[UUID, Event], start: datetime | None = None, models: Any = MODELS) -> None:
    log = FactLog(facts("inventory", *events, start=start or datetime.now(UTC)))
    for projection in (*models, ITEM_PAGE):
        await follow(projection, log, pool)


@pytest.mark.anyio
@pytest.mark.proves("CAT-21", "CAT-22")
async def test_levels_are_listed_by_what_there_is(pool: Pool) -> None:
    out = [StockReserved(ORDER, "alice", 10), StockRanOut()]
    low = [ThresholdsSet(10, None), StockRunsLow(10, 10)]
    await filled(
        pool, *((id, event) for id, more in ((TENT, []), (STOVE, low), (ROPE, out)) for event in (*ten, *more))
    )
    async with pool.connection() as connection:
        assert [TENT, STOVE, ROPE] == await products(connection)
        assert [STOVE] == await products(connection, availability=[Availability.LOW_STOCK])
        assert [STOVE, ROPE] == await products(connection, availability=[*Availability][1:])
        assert [STOVE, ROPE] == await products(connection, after=TENT)
        shown = (await stock_level(connection, ROPE)).value
        assert shown
        assert (10, 10, 0, None) == (shown.on_hand, shown.reserved, shown.available, shown.name)
        assert (await stock_level(connection, OTHER)).value is None
        alerts = (await list_alerts(connection)).value
        assert [(ROPE, 0), (STOVE, 10)] == [(alert.product_id, alert.available) for alert in alerts]
        assert [STOVE] == [
            alert.product_id for alert in (await list_alerts(connection, availability=Availability.LOW_STOCK)).value
        ]

    assert {ROPE: 0, TENT: 10, OTHER: 0} == await StockLevels(pool).available([ROPE, TENT, OTHER])
    assert {} == await StockLevels(pool).available([])


async def products(connection: AsyncConnection, **asked: Any) -> list[UUID]:
    return [level.product_id for level in (await list_levels(connection, **asked)).value]


@pytest.mark.anyio
@pytest.mark.proves("INV-09", "INV-15")
async def test_movements_of_each_month_are_kept_apart_and_found_together(pool: Pool) -> None:
    january, events = datetime(2026, 1, 31, 23, 59, 56, tzinfo=UTC), [(TENT, event) for event in LIFE]
    log = FactLog(facts("inventory", *events, start=january))
    await follow(STOCK_MOVEMENT, log, pool, page=3)
    await Rebuild(STOCK_MOVEMENT, log, pool, page=4).run()  # type: ignore[arg-type]
    february = datetime(2026, 2, 1, tzinfo=UTC)
    async with pool.connection() as connection:
        assert ["2026-01-01", "2026-02-01"] == await months(connection)

        async def kinds(**asked: Any) -> list[MovementKind]:
            return [each.kind for each in (await list_movements(connection, **asked)).value]

        everything = await kinds()
        assert 8 == len(everything)
        assert everything == await kinds(moved_from=february) + await kinds(moved_before=february)
        assert [MovementKind.SHIPPED, MovementKind.RESERVED] == [
            kind for kind in await kinds(order_id=ORDER) if kind in {MovementKind.SHIPPED, MovementKind.RESERVED}
        ]
        assert [MovementKind.ADJUSTED] == await kinds(kinds=[MovementKind.ADJUSTED], product_id=TENT)
        assert [] == await kinds(product_id=STOVE)
        first = (await list_movements(connection, limit=3)).value
        rest = await kinds(after=first[-1].position)
        assert everything == [each.kind for each in first] + rest

        plan = await connection.execute(
            "EXPLAIN SELECT * FROM read.stock_movement WHERE month >= '2026-02-01' AND at >= '2026-02-01'"
        )
        touched = "\n".join(line for (line,) in await plan.fetchall())
        assert "_202602" in touched
        assert "_202601" not in touched


async def months(connection: AsyncConnection) -> list[str]:
    cursor = await connection.execute(
        "SELECT (regexp_match(pg_get_expr(c.relpartbound, c.oid), '[0-9]{4}-[0-9]{2}-[0-9]{2}'))[1] FROM pg_inherits"
        " JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'read.stock_movement_v1'::regclass ORDER BY 1"
    )
    return [month for (month,) in await cursor.fetchall()]


@pytest.mark.anyio
@pytest.mark.proves("INV-03", "INV-04")
async def test_what_is_about_to_expire_is_found_and_the_next_one_first(pool: Pool) -> None:
    start = datetime.now(UTC)
    await filled(
        pool,
        (ORDER, ReservationMade(ORDER, ORDER, "alice", TENTS)),
        (OTHER, ReservationMade(OTHER, OTHER, "bob", TENTS)),
        (RETURN, ReservationMade(RETURN, RETURN, "bob", TENTS)),
        (RETURN, ReservationAllocated(RETURN, RETURN, TENTS, anew=False)),
        start=start,
    )
    lifetime = timedelta(minutes=5)
    async with pool.connection() as connection:
        soon = (await expiring(connection, before=start + timedelta(hours=1), lifetime=lifetime)).value
        assert [ORDER, OTHER] == [each.order_id for each in soon]
        assert start + lifetime == soon[0].expires_at
        assert [] == (await expiring(connection, before=start + timedelta(minutes=4), lifetime=lifetime)).value
        first = soon[0].reserved_at
        assert first
        later = await expiring(connection, before=start + timedelta(hours=1), lifetime=lifetime, after=(first, ORDER))
        assert [OTHER] == [each.order_id for each in later.value]

        assert [RETURN, OTHER, ORDER] == [
            each.order_id for each in (await list_reservations(connection, lifetime=lifetime)).value
        ]
        bobs = await list_reservations(connection, lifetime=lifetime, buyer_id="bob", status=Holding.RESERVED)
        assert [OTHER] == [each.order_id for each in bobs.value]
        held = (await reservation_of(connection, RETURN, lifetime=lifetime)).value
        assert held
        assert (Holding.ALLOCATED, TENTS, None) == (held.status, held.allocated, held.expires_at)
        assert (await reservation_of(connection, TENT, lifetime=lifetime)).value is None


@pytest.mark.anyio
@pytest.mark.proves("INV-12")
async def test_categories_of_stock_are_shown(pool: Pool) -> None:
    events = (CategoryAdded("Bulky"), CategoryRenamed("Oversize"), CategoryWithdrawn())
    await filled(pool, *((CATEGORY, event) for event in events), models=(STOCK_CATEGORIES,))
    async with pool.connection() as connection:
        shown = (await category_of(connection, CATEGORY)).value
        assert shown
        assert ("Oversize", "withdrawn", 3) == (shown.name, shown.status, shown.version)


def test_a_day_is_a_day_of_utc() -> None:
    (key,) = STOCK_MOVEMENT.keys(facts("inventory", LIFE[0], start=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))[0])

    assert date(2026, 1, 1) == key[0]
