"""The shop over HTTP: placing orders, and reading an item, each against a bare Litestar route on the same server.

Every order is of three lines, by a buyer of its own, under a key of its own, with all followers running. The baseline
inserts what a shop without events would: a header and three lines, in one transaction. Between two rounds the followers
catch up, so that neither side pays for the other. `python -m tests.bench http` runs it alone.
"""

import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg

from adapters.seed import products
from api.tokens import Tokens
from tests.bench import baseline
from tests.bench.figures import Figure, rounds
from tests.bench.load import Load, drive, request
from tests.bench.servers import SECRET, api, caught_up, cpu_of, followers, postgres_of, stock
from tests.bench.servers import baseline as baseline_server

CLIENTS = 32
ORDERS = 4_800
READS = 16_000
ROUNDS = 7
WARM = 20

ADDRESS = {
    "recipient": "Ada Lovelace",
    "street": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


def run(database_url: str, orders: int = ORDERS, reads: int = READS, count: int = ROUNDS) -> list[Figure]:
    stock(database_url)
    # Placing alone: what becomes of orders when their grace period is over is measured in `fulfilment`.
    with followers(database_url, STORELINE_GRACE_PERIOD="1h", STORELINE_ORDER_TIMEOUT="2h") as following:
        with api(database_url) as (port, process):
            caught_up(database_url)
            page = httpx.get(f"http://127.0.0.1:{port}{item_path()}").raise_for_status().content
            placed = place_orders(database_url, port, process, following, orders, count)
            cached = read_item("item read from the cache", port, page, reads, count, reach=0.5)
        with api(database_url, STORELINE_CACHE_ENTRIES="0") as (port, _):
            read = read_item("item read from Postgres", port, page, reads // 4, count, reach=0.15)
    return [placed, read, cached]


def place_orders(database_url: str, port: int, process: int, following: int, orders: int, count: int) -> Figure:
    with psycopg.connect(database_url) as connection:
        connection.execute(baseline.SCHEMA)
    ours: list[Load] = []
    theirs: list[Load] = []
    shares: list[dict[str, float]] = []
    lags: list[float] = []
    watched = {"API": process, "followers": following, "Postgres": postgres_of(database_url)}

    def order() -> float:
        work = spread(our_orders(orders))
        before = {name: cpu_of(pid) for name, pid in watched.items()}
        load = checked(drive(port, work), 201)
        shares.append({name: (cpu_of(pid) - before[name]) / load.seconds for name, pid in watched.items()})
        lags.append(caught_up(database_url))
        ours.append(load)
        return load.rate

    with baseline_server({"DATABASE_URL": database_url}, "/orders") as (bare, _):

        def insert() -> float:
            theirs.append(checked(drive(bare, spread(their_orders(orders))), 201))
            return theirs[-1].rate

        checked(drive(port, spread(our_orders(CLIENTS * WARM))), 201)
        checked(drive(bare, spread(their_orders(CLIENTS * WARM))), 201)
        caught_up(database_url)
        rates = rounds(count, order, insert)
    notes = {
        "orders/s": f"{statistics.median(rates[0]):,.0f}",
        "latency": f"{latency(ours)}; baseline {latency(theirs)}",
        "CPU, in cores": ", ".join(
            f"{name} {statistics.median(each[name] for each in shares):.2f}" for name in watched
        ),
        "followers were done": f"{statistics.median(lags):.1f} s after the last order",
    }
    return Figure("place an order of 3 lines", "orders/s", *rates, "a plain Litestar route", reach=0.6, notes=notes)


def read_item(name: str, port: int, page: bytes, reads: int, count: int, reach: float) -> Figure:
    """`page` is what the shop answers, and the bare route too."""
    ours = [[request("GET", item_path())] * (reads // CLIENTS)] * CLIENTS
    theirs = [[request("GET", "/bytes")] * (reads // CLIENTS)] * CLIENTS
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(page)
        with baseline_server({"BENCH_BYTES": file.name}, "/bytes") as (bare, _):
            loads: tuple[list[Load], list[Load]] = ([], [])

            def read(which: int, at: int, work: Sequence[Sequence[bytes]]) -> float:
                loads[which].append(checked(drive(at, work), 200))
                return loads[which][-1].rate

            drive(port, [[request("GET", item_path())] * WARM] * CLIENTS)
            drive(bare, [[request("GET", "/bytes")] * WARM] * CLIENTS)
            rates = rounds(count, lambda: read(0, port, ours), lambda: read(1, bare, theirs))
    notes = {"latency": f"{latency(loads[0])}; baseline {latency(loads[1])}"}
    return Figure(
        name, "reads/s", *rates, f"a bare Litestar route with the same {len(page):,} bytes", reach, notes=notes
    )


def our_orders(count: int) -> Iterator[bytes]:
    tokens, now = Tokens(SECRET), datetime.now(UTC)
    for number, lines in zip(range(count), three_products(), strict=False):
        token = tokens.mint(f"buyer-{uuid4()}", frozenset({"customer"}), now=now, lifetime=timedelta(hours=1))
        body = {
            "lines": [{"product_id": str(product), "quantity": 1 + number % 3} for product, _ in lines],
            "address": ADDRESS,
        }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        yield request("POST", "/v1/orders", headers, json.dumps(body).encode())


def their_orders(count: int) -> Iterator[bytes]:
    for number, lines in zip(range(count), three_products(), strict=False):
        body = {
            "buyer_id": f"buyer-{uuid4()}",
            "lines": [
                {"product_id": str(product), "quantity": 1 + number % 3, "unit_price": price}
                for product, price in lines
            ],
            **{name: value for name, value in ADDRESS.items() if name != "recipient"},
        }
        yield request("POST", "/orders", None, json.dumps(body).encode())


def three_products() -> Iterator[Sequence[tuple[UUID, str]]]:
    """Ids and prices, three at a time, all around the seed catalogue."""
    listed = [(each.id, str(each.price)) for each in products()]
    start = 0
    while True:
        yield [listed[(start + step * 7) % len(listed)] for step in range(3)]
        start += 1


def item_path() -> str:
    return f"/v1/catalog/items/{products()[0].id}"


def spread(requests: Iterator[bytes]) -> list[list[bytes]]:
    """The same number for each client."""
    every = list(requests)
    return [every[client::CLIENTS] for client in range(CLIENTS)]


def checked(load: Load, status: int) -> Load:
    """Raises RuntimeError unless all answers had the status: a server that refuses is fast."""
    if load.statuses.keys() != {status}:
        raise RuntimeError(f"answers were {load.statuses}, not all {status}")
    return load


def latency(loads: Sequence[Load]) -> str:
    p50, p99 = (statistics.median(load.percentile(share) for load in loads) * 1000 for share in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
