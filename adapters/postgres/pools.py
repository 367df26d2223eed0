"""Connection pools: bounded, with a time limit on everything, and whole again by themselves after the server died."""

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Sizes and time limits, all times in seconds."""

    min_size: int = 2
    max_size: int = 10
    max_waiting: int = 500
    """So many callers may wait for a connection; the next is refused at once with `psycopg_pool.TooManyRequests`."""
    timeout: float = 2.0
    """How long a caller waits for a connection before `psycopg_pool.PoolTimeout`."""
    max_idle: float = 600.0
    max_lifetime: float = 1800.0
    reconnect_timeout: float = 5.0
    """A lost connection is tried again for so long, ever more seldom; then by whoever asks for one next."""
    connect_timeout: int = 2
    statement_timeout: float = 2.0
    lock_timeout: float = 2.0
    idle_in_transaction_timeout: float = 30.0
    silence_timeout: float = 10.0
    """After so long without an answer from its other end a link is given up (TCP keepalive and user timeout)."""


DEFAULTS = PoolSettings()


ANSWER_SECONDS = 0.5
"""A query that the server had to end by its own time limit is known to be ended so much later."""


class ReadPool(AsyncConnectionPool[AsyncConnection]):
    """A pool for reads, none of which takes longer than its reader allows, even where the server says nothing at all.

    The server's own time limits are of no use then, nor is cancelling: psycopg asks the server to stop, and waits.
    """

    patience: float = DEFAULTS.statement_timeout + ANSWER_SECONDS

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection for `timeout` seconds, or `patience`, waiting for it included.

        Whoever waits for an answer when they are over gets an OperationalError.
        """
        now = asyncio.get_running_loop().time()
        allowed = self.patience if timeout is None else timeout
        async with super().connection(min(allowed, self.timeout)) as connection:
            with cut_at(now + allowed, connection):
                yield connection


def make_pool(url: str, name: str, settings: PoolSettings = DEFAULTS) -> "AsyncConnectionPool[AsyncConnection]":
    """A pool that is not yet open: `async with make_pool(...) as pool`.

    It opens even while the server is away, and finds it when it comes back. Connections are in autocommit mode:
    a transaction is asked for, `async with connection.transaction()`.
    """
    return AsyncConnectionPool(**_options(url, name, settings))


def make_read_pool(url: str, name: str, settings: PoolSettings = DEFAULTS) -> ReadPool:
    """As `make_pool`, for reads: the answer is there soon after the server's own time limit, or is not waited for."""
    pool = ReadPool(**_options(url, name, settings))
    pool.patience = settings.statement_timeout + ANSWER_SECONDS
    return pool


def _options(url: str, name: str, settings: PoolSettings) -> dict[str, Any]:
    return {
        "conninfo": connection_settings(url, name, settings),
        "name": name,
        "open": False,
        "kwargs": {"autocommit": True},
        "min_size": settings.min_size,
        "max_size": settings.max_size,
        "max_waiting": settings.max_waiting,
        "timeout": settings.timeout,
        "max_idle": settings.max_idle,
        "max_lifetime": settings.max_lifetime,
        "reconnect_timeout": settings.reconnect_timeout,
        "check": _still_there,
    }


@contextmanager
def cut_at(deadline: float, connection: AsyncConnection[Any]) -> Iterator[None]:
    """Cuts the link at `deadline` (the loop's time), so that whoever waits for it gets an OperationalError at once.

    Cancelling the waiting task would not do: psycopg then asks the server to stop, and waits for its answer. A server
    that does not answer is the very case this is for.
    """
    timer = asyncio.get_running_loop().call_at(deadline, _cut, connection)
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: AsyncConnection[Any]) -> None:
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as link:
            link.shutdown(socket.SHUT_RDWR)


def connection_settings(url: str, name: str, settings: PoolSettings = DEFAULTS) -> str:
    """The connection string with the time limits in it; what the URL says itself wins. For links outside a pool too."""
    given = conninfo_to_dict(url)
    limits = {
        "statement_timeout": settings.statement_timeout,
        "lock_timeout": settings.lock_timeout,
        "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout,
    }
    options = " ".join(f"-c {limit}={round(seconds * 1000)}" for limit, seconds in limits.items())
    silence = max(settings.silence_timeout, 2.0)
    ours: dict[str, str | int] = {
        "application_name": f"storeline {name}",
        "connect_timeout": settings.connect_timeout,
        "keepalives": 1,
        "keepalives_idle": round(silence / 2),
        "keepalives_interval": max(1, round(silence / 6)),
        "keepalives_count": 3,
        "tcp_user_timeout": round(silence * 1000),
    }
    return make_conninfo("", **{**ours, **given, "options": f"{options} {given.get('options', '')}".strip()})


async def _still_there(connection: AsyncConnection) -> None:
    """An idle connection has nothing to read. Where it has, the server may have closed it: only then is it asked."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if waiting.poll(0):
        await AsyncConnectionPool.check_connection(connection)
