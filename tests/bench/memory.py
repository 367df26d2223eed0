"""Memory: an idle API process, and the process of all followers while the logs that it follows grow.

`python -m tests.bench memory` runs it alone. That a rebuild's memory does not grow with its log is a test of its own.
"""

import time

from tests.bench.figures import Figure
from tests.bench.http import checked, our_orders, spread
from tests.bench.load import drive
from tests.bench.servers import api, caught_up, children_of, followers, memory_of, stock

MOST_IDLE = 250.0
"""Megabytes."""
GROWTH = 1.1
"""The followers may be so many times as large at the end as they were at the beginning."""
ORDERS = 4_000
STEPS = 5
SETTLE = 2.0
"""Seconds in which a process that has nothing to do comes to rest."""


def run(database_url: str, orders: int = ORDERS, steps: int = STEPS) -> list[Figure]:
    stock(database_url)
    with followers(database_url) as following, api(database_url) as (port, server):
        caught_up(database_url)
        time.sleep(SETTLE)
        idle, whole = [megabytes(worker) for worker in workers(server)], megabytes(server)
        sizes = []
        for _ in range(steps + 1):
            checked(drive(port, spread(our_orders(orders))), 201)
            caught_up(database_url)
            sizes.append(megabytes(following))
        busy = max(map(megabytes, workers(server)))
    log = f"the same after the first {orders:,} orders"
    return [
        Figure(
            "memory of an idle API process",
            "MB",
            idle,
            [MOST_IDLE] * len(idle),
            "what it may have",
            reach=1.0,
            smaller_is_better=True,
            notes={"after the orders": f"{busy:.0f} MB", "idle, with its supervisor": f"{whole:.0f} MB"},
        ),
        Figure(
            "memory of all followers as the log grows",
            "MB",
            sizes[1:],
            sizes[:1] * steps,
            log,
            reach=GROWTH,
            smaller_is_better=True,
            notes={"after each step": ", ".join(f"{size:.0f}" for size in sizes)},
        ),
    ]


def workers(server: int) -> list[int]:
    """The processes that answer, children of the one that was started."""
    return children_of(server)


def megabytes(pid: int) -> float:
    return memory_of(pid) / 1e6
