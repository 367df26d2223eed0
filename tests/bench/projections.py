"""Following a log: our live path and our rebuild against the library's stock ProjectionRunner, same events and rows.

The stock runner handles one event a transaction, as the library means it to; its view writes plain prepared SQL, and
its mapper is ours, which is faster than the library's. `python -m tests.bench.projections [events]` runs it alone.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresTrackingRecorder
from eventsourcing.projection import Projection as StockProjection
from eventsourcing.projection import ProjectionRunner
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from adapters.eventstore.mapper import Mapper
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Pool, make_follower_pool
from adapters.followers.engine import Engine
from adapters.followers.projection import ProjectionFollower
from adapters.followers.rebuild import Rebuild
from adapters.postgres import migrations
from application.store import Call, EventStore, Stream
from domain import ordering
from domain.kernel import Event, Fact
from projections.order_summary import ORDER_SUMMARY, STATUSES, OrderSummary
from projections.tables import Table, columns
from tests.bench.figures import Figure, median
from tests.projections.shop import history

EVENTS = 200_000
STOCK_EVENTS = 5_000
ROUNDS = 5
APPEND = 1_000
EVENTS_AN_ORDER = 2.8

TABLE = Table(ORDER_SUMMARY)


def run(
    database_url: str, events: int = EVENTS, stock_events: int = STOCK_EVENTS, rounds: int = ROUNDS
) -> list[Figure]:
    for schema in ("ordering", "read"):
        migrations.migrate(database_url, schema)
    with asyncio.Runner() as runner:
        ours = runner.run(_measure(database_url, events, stock_events, rounds))
    live, rebuilt, stock, notes = ours
    name = "the library's stock ProjectionRunner"
    return [
        Figure("order summary, live catch-up", "events/s", live, stock, name, reach=20.0, notes=notes),
        Figure("order summary, rebuild", "events/s", rebuilt, stock, name, reach=60.0, notes=notes),
    ]


async def _measure(
    url: str, events: int, stock_events: int, rounds: int
) -> tuple[list[float], list[float], list[float], dict[str, str]]:
    live, rebuilt, stock = [], [], []
    async with PostgresEventStore([ordering.CONTEXT], {"ordering": url}) as store, make_follower_pool(url) as pool:
        follower = ProjectionFollower(ORDER_SUMMARY, store, pool)
        await follower.take()  # an empty log: the table is there, and all that comes is followed live
        count, head = await _fill(store, events)
        for _ in range(rounds):
            await _forget(pool)
            live.append(count / await _catch_up(store, pool, head))
            rebuilt.append(count / (await Rebuild(ORDER_SUMMARY, store, pool).run()).seconds)
            stock.append(await asyncio.to_thread(_stock, url, stock_events))
    notes = {"events": f"{count:,} ours, {stock_events:,} stock", "median live": f"{median(live):,.0f} events/s"}
    return live, rebuilt, stock, notes


async def _fill(store: EventStore, events: int) -> tuple[int, int]:
    """Appends a shop's history; answers how many events it has, and where it ends."""
    recorded = history(round(events / EVENTS_AN_ORDER))
    versions: dict[UUID, int] = {}
    count = head = 0
    while batch := list(islice(recorded, APPEND)):
        pending: dict[UUID, list[Event]] = {}
        for stream, event in batch:
            pending.setdefault(stream, []).append(event)
        streams: list[Stream[Any, Any]] = []
        for stream, added in pending.items():
            streams.append(Stream(ordering.ORDER, stream, versions.get(stream, 0), ordering.ORDER.initial, list(added)))
            versions[stream] = versions.get(stream, 0) + len(added)
        call = Call(actor="alice", now=datetime.now(UTC), correlation_id="bench")
        head = (await store.save(*streams, call=call, result=None)).positions["ordering"]
        count += len(batch)
    return count, head


async def _forget(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute(sql.SQL("TRUNCATE {}").format(TABLE.identifier))
        await connection.execute("UPDATE read.position SET position = 0")


async def _catch_up(store: EventStore, pool: Pool, head: int) -> float:
    """Seconds from the moment at which the follower has its lease."""
    follower = ProjectionFollower(ORDER_SUMMARY, store, pool)
    engine = Engine([follower], store=store, pool=pool)
    running = asyncio.create_task(engine.run())
    while await follower.position() == 0:
        await asyncio.sleep(0.001)
    started = time.perf_counter()
    while await follower.position() < head:
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - started
    engine.stop()
    await running
    return seconds


# The stock runner


class _StockMapper:
    def __init__(self) -> None:
        self._mapper = Mapper(ordering.CONTEXT)

    def to_domain_event(self, stored: StoredEvent) -> Fact[Any]:
        row = (0, stored.originator_id, stored.originator_version, stored.topic, stored.state)
        (fact,) = self._mapper.facts([row])  # type: ignore[list-item]
        return fact


class StockOrdering(Application[UUID]):
    def construct_mapper(self) -> Any:
        return _StockMapper()

    def construct_recorder(self) -> Any:
        datastore = self.factory.datastore  # type: ignore[attr-defined]
        return PostgresApplicationRecorder(datastore, events_table_name="events")


_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, columns(OrderSummary)))
_VALUES = sql.SQL(", ").join(map(sql.Placeholder, columns(OrderSummary)))
_INSERT = sql.SQL("INSERT INTO ordering.stock_summary ({}) VALUES ({})").format(_COLUMNS, _VALUES)
_UPDATE = sql.SQL(
    "UPDATE ordering.stock_summary SET status = coalesce(%(status)s, status), updated_at = %(updated_at)s,"
    " version = %(version)s WHERE order_id = %(order_id)s"
)


class StockView(PostgresTrackingRecorder):
    def write(self, statement: sql.SQL | sql.Composed, values: dict[str, Any], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(statement, values, prepare=True)
            self._insert_tracking(cursor, tracking)


class StockSummary(StockProjection[StockView]):
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        fact: Fact[Any] = domain_event
        if isinstance(fact.event, ordering.OrderPlaced):
            row = ORDER_SUMMARY.evolve(None, fact, (fact.stream,))
            values = {name: getattr(row, name) for name in columns(OrderSummary)}
            values |= {"product_ids": list(values["product_ids"]), "money": Jsonb({})}
            self.view.write(_INSERT, values, tracking)
            return
        status = STATUSES.get(type(fact.event))
        values = {"status": status, "updated_at": fact.recorded_at, "version": fact.version, "order_id": fact.stream}
        self.view.write(_UPDATE, values, tracking)


def _stock(url: str, events: int) -> float:
    """Events a second, from the first one handled to the last of so many."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS ordering.stock_summary, ordering.stocksummary_tracking")
        table = sql.SQL("CREATE TABLE ordering.stock_summary (LIKE {} INCLUDING ALL)")
        connection.execute(table.format(TABLE.identifier))
    parts = conninfo_to_dict(url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": str(parts["port"]),
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": str(parts.get("password", "")),
        "POSTGRES_SCHEMA": "ordering",
    }
    with ProjectionRunner(
        application_class=StockOrdering, projection_class=StockSummary, view_class=StockView, env=environment
    ) as runner:
        started, first = 0.0, 0
        while (position := runner.view.max_tracking_id(StockOrdering.name) or 0) < events:
            runner.run_forever(timeout=0.005)
            if not first and position:
                started, first = time.perf_counter(), position
        return (position - first) / (time.perf_counter() - started)


if __name__ == "__main__":
    from tests.services.postgres import embedded_server

    with embedded_server(Path(".storeline/test")) as server:
        for figure in run(server.url, *map(int, sys.argv[1:])):
            print(figure)
