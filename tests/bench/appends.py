"""Appends: our store under 32 concurrent callers against the library's stock recorder under 32 threads, same server.

Both write one event a call to a stream of its own, and wait until it is committed with fsync on. Ours takes the store's
full path: encode, envelope, version check and an idempotency record. `python -m tests.bench.appends` runs it alone.
"""

import asyncio
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from adapters.eventstore.store import PostgresEventStore
from application.store import Call, Idempotency, Stream
from tests.bench.figures import Figure, rounds
from tests.contracts.jars import JAR, SAMPLE, CoinsPut
from tests.faults.storing import make_log

CALLERS = 32
OURS = 30_000
STOCK = 3_000
ROUNDS = 7


def run(database_url: str, count: int = ROUNDS) -> list[Figure]:
    make_log(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE SCHEMA stock")
    with stock_recorder(database_url) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="events")
        recorder.create_table()
        with asyncio.Runner() as runner:
            store = PostgresEventStore([SAMPLE], {"sample": database_url})
            runner.run(store.__aenter__())
            runner.run(our_appends(store, 2_000))
            stock_appends(recorder, 500)
            ours, stock = rounds(
                count, lambda: runner.run(our_appends(store, OURS)), lambda: stock_appends(recorder, STOCK)
            )
            runner.run(store.__aexit__())
    return [
        Figure("appends", "appends/s", ours, stock, f"the library's stock recorder, {CALLERS} threads", reach=10.0),
    ]


async def our_appends(store: PostgresEventStore, count: int) -> float:
    """Appends a second."""

    async def caller(calls: int) -> None:
        for _ in range(calls):
            stream = Stream.new(JAR, uuid4())
            stream.add([CoinsPut(1)])
            key = str(uuid4())
            command = Idempotency(key, "alice", "PUT /jars", hashlib.sha256(key.encode()).digest())
            await store.save(
                stream, call=Call("alice", datetime.now(UTC), key, idempotency=command), result={"id": stream.id}
            )

    started = time.perf_counter()
    await asyncio.gather(*(caller(count // CALLERS) for _ in range(CALLERS)))
    return count // CALLERS * CALLERS / (time.perf_counter() - started)


def stock_appends(recorder: PostgresApplicationRecorder, count: int) -> float:
    """Appends a second."""
    state = (
        b'{"recorded_at":"2026-01-01T00:00:00.000000Z","actor":"alice","event":{"type":"sample.CoinsPut","coins":1}}'
    )

    def caller(calls: int) -> None:
        for _ in range(calls):
            recorder.insert_events([StoredEvent(uuid4(), 1, "sample.CoinsPut", state)])

    started = time.perf_counter()
    with ThreadPoolExecutor(CALLERS) as threads:
        for done in [threads.submit(caller, count // CALLERS) for _ in range(CALLERS)]:
            done.result()
    return count // CALLERS * CALLERS / (time.perf_counter() - started)


def stock_recorder(url: str) -> PostgresDatastore:
    parts = conninfo_to_dict(url)
    return PostgresDatastore(
        str(parts["dbname"]),
        str(parts["host"]),
        str(parts["port"]),
        str(parts["user"]),
        str(parts.get("password", "")),
        schema="stock",
        pool_size=CALLERS,
    )


if __name__ == "__main__":
    from tests.services.postgres import embedded_server

    with embedded_server(Path(".storeline/test")) as server:
        for figure in run(server.url):
            print(figure)
