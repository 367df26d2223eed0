"""Servers of a measurement: started, waited for, and ended by their process; and what they use meanwhile."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from adapters.contexts import CONTEXTS
from adapters.eventstore.store import PostgresEventStore
from adapters.postgres.embedded.ports import free_port
from adapters.postgres.migrations import FOLDERS, migrate
from adapters.seed.load import seed

SECRET = "a key for measurements, known to all"
TIED = ("--parent", str(os.getpid()))
"""For servers that shall not outlive a measurement that is killed."""
SERVICE_UNAVAILABLE = 503
STARTED = 60.0
"""Seconds in which a server begins to answer."""
BUILT = 600.0
"""Seconds in which followers build all read models, of a large catalogue too."""


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process and its children, the ended ones too, have used so far."""
    try:
        children = sum(map(cpu_of, children_of(pid)))
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has ended meanwhile, and its parent counts it
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + children


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its living children, pages they share counted once for each."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
    return own + sum(map(memory_of, children_of(pid)))


def children_of(pid: int) -> list[int]:
    """The living children, whichever of its threads started them."""
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]


def postgres_of(database_url: str) -> int:
    """The process id of a Postgres server on this machine."""
    with psycopg.connect(database_url) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=os.environ | dict(environment), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def baseline(environment: Mapping[str, str], ready: str) -> Iterator[tuple[int, int]]:
    """The baseline application on one worker, with the server's settings of ours; yields its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--http", "1", "--no-ws", "--factory"]
    command += ["--backlog", "1024", "--log-level", "error", "--port", str(port), "tests.bench.baseline:create"]
    with running(command, environment) as process:
        wait_for(f"http://127.0.0.1:{port}{ready}")
        yield port, process.pid


def stock(database_url: str, products: int = 0) -> None:
    """Fills a fresh database: all schemas, the seed catalogue, and so many products besides."""
    for schema in FOLDERS:
        migrate(database_url, schema)

    async def fill() -> None:
        urls = {context.name: database_url for context in CONTEXTS}
        async with PostgresEventStore(CONTEXTS, urls) as store:
            await seed(store, currency="USD", env="development", scale=products)

    asyncio.run(fill())


@contextmanager
def api(database_url: str, **settings: str) -> Iterator[tuple[int, int]]:
    """The shop's API on one worker, `settings` as in the environment; yields its port and process id once it is ready.

    It is ready once followers have built the read models.
    """
    port = free_port()
    own = {"STORELINE_PORT": str(port), "STORELINE_LOG_LEVEL": "error", "STORELINE_SECRET": SECRET}
    environment = {"DATABASE_URL": database_url, **own, **settings}
    with running([sys.executable, "-m", "adapters.cli", "serve", *TIED], environment) as process:
        wait_for(f"http://127.0.0.1:{port}/health/ready", BUILT)
        yield port, process.pid


@contextmanager
def followers(database_url: str, **settings: str) -> Iterator[int]:
    """All followers in one process, as `storeline run` has them; yields its id."""
    own = {"STORELINE_LOG_LEVEL": "error", "STORELINE_SECRET": SECRET}
    environment = {"DATABASE_URL": database_url, **own, **settings}
    with running([sys.executable, "-m", "adapters.cli", "follow", *TIED], environment) as process:
        yield process.pid


def wait_for(url: str, seconds: float = STARTED) -> None:
    """Until the server answers anything at all but 503, for so long at most; one that does not answer has less time."""
    began = time.monotonic()
    last: object = None
    while time.monotonic() - began < (seconds if last == SERVICE_UNAVAILABLE else min(seconds, STARTED)):
        try:
            last = httpx.get(url, timeout=2).status_code
            if last != SERVICE_UNAVAILABLE:
                return
        except httpx.TransportError as error:
            last = error
        time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer in time: {last!r}")


def caught_up(database_url: str, seconds: float = 300) -> float:
    """Waits until every follower of every log stands at its head; the seconds that took."""
    began = time.monotonic()
    heads = " UNION ALL ".join(
        f"SELECT '{context.name}' AS context, coalesce(max(notification_id), 0) AS head FROM {context.name}.events"
        for context in CONTEXTS
    )
    behind = f"SELECT follower FROM read.position JOIN ({heads}) AS logs USING (context) WHERE position < head"
    with psycopg.connect(database_url, autocommit=True) as connection:
        while waiting := connection.execute(behind).fetchall():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"still behind after {seconds} s: {waiting}")
            time.sleep(0.05)
    return time.monotonic() - began
