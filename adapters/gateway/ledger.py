"""Where the sandbox gateway keeps its books: in memory, or in tables of its own that several processes share."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self, cast

import msgspec
from psycopg import AsyncConnection, OperationalError

from adapters.gateway.book import Entry, Order, carry_out
from adapters.postgres.pools import PoolSettings, make_pool
from application.payment.gateway import GatewayUnanswered
from domain.payment import Accepted, Answer, Rejected

SETTLES_AFTER = timedelta(seconds=10)
"""Real money takes days to be paid out; nobody waits for days in a sandbox."""


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger(Protocol):
    async def carry_out(self, key: str, order: Order) -> Answer:
        """Carries an order out, once for each key: whoever comes with it again is given the first answer."""

    async def arrive(self, key: str) -> int:
        """Notes that a call came; how many came with this key, this one included."""

    async def find(self, key: str) -> Answer | None:
        """What was answered under a key; None while nothing was carried out under it."""

    async def entry(self, id: str) -> Entry | None: ...

    async def entries(self) -> dict[str, Entry]:
        """All there are, for those who want to compare."""


class MemoryLedger:
    """For tests and models. Lets others run first, so that races can happen here too."""

    def __init__(self, *, settles_after: timedelta = SETTLES_AFTER, clock: Callable[[], datetime] = _now) -> None:
        self._settles_after = settles_after
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._answers: dict[str, Answer] = {}
        self._arrivals: Counter[str] = Counter()

    async def carry_out(self, key: str, order: Order) -> Answer:
        await asyncio.sleep(0)
        if known := self._answers.get(key):
            return known
        entry, answer = carry_out(self._entries.get(order.entry), order, self._clock(), self._settles_after)
        if entry:
            self._entries[order.entry] = entry
        self._answers[key] = answer
        return answer

    async def arrive(self, key: str) -> int:
        await asyncio.sleep(0)
        self._arrivals[key] += 1
        return self._arrivals[key]

    async def find(self, key: str) -> Answer | None:
        await asyncio.sleep(0)
        return self._answers.get(key)

    async def entry(self, id: str) -> Entry | None:
        await asyncio.sleep(0)
        return self._entries.get(id)

    async def entries(self) -> dict[str, Entry]:
        return dict(self._entries)


_FEW = PoolSettings(min_size=0, max_size=4)


class PostgresLedger:
    """In the schema `sandbox_gateway`: the books are the bank's, not the shop's.

    An asynchronous context manager. Raises GatewayUnanswered where the database does not answer.
    """

    def __init__(self, url: str, *, settles_after: timedelta = SETTLES_AFTER) -> None:
        self._pool = make_pool(url, "sandbox gateway", _FEW)
        self._settles_after = settles_after

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def carry_out(self, key: str, order: Order) -> Answer:
        async with self._transaction() as connection:
            # All about one sum, one after the other.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (order.entry,))
            if known := await self._answer(connection, key):
                return known
            entry = await self._entry(connection, order.entry)
            entry, answer = carry_out(entry, order, await self._now(connection), self._settles_after)
            if entry:
                await connection.execute(
                    "INSERT INTO sandbox_gateway.entries VALUES (%s, %s::jsonb)"
                    " ON CONFLICT (id) DO UPDATE SET entry = excluded.entry",
                    (order.entry, _json(entry)),
                )
            await connection.execute(
                "INSERT INTO sandbox_gateway.calls (key, ordered, answer, carried_out_at)"
                " VALUES (%s, %s::jsonb, %s::jsonb, now()) ON CONFLICT (key) DO UPDATE SET"
                " ordered = excluded.ordered, answer = excluded.answer, carried_out_at = excluded.carried_out_at",
                (key, _json(order), _json(answer)),
            )
            return answer

    async def arrive(self, key: str) -> int:
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "INSERT INTO sandbox_gateway.calls (key, arrivals) VALUES (%s, 1)"
                " ON CONFLICT (key) DO UPDATE SET arrivals = calls.arrivals + 1 RETURNING arrivals",
                (key,),
            )
            (arrivals,) = await cursor.fetchone() or (1,)
            return int(arrivals)

    async def find(self, key: str) -> Answer | None:
        async with self._transaction() as connection:
            return await self._answer(connection, key)

    async def entry(self, id: str) -> Entry | None:
        async with self._transaction() as connection:
            return await self._entry(connection, id)

    async def entries(self) -> dict[str, Entry]:
        async with self._transaction() as connection:
            cursor = await connection.execute("SELECT id, entry::text FROM sandbox_gateway.entries")
            return {id: msgspec.json.decode(document, type=Entry) for id, document in await cursor.fetchall()}

    async def _entry(self, connection: AsyncConnection, id: str) -> Entry | None:
        cursor = await connection.execute("SELECT entry::text FROM sandbox_gateway.entries WHERE id = %s", (id,))
        row = await cursor.fetchone()
        return msgspec.json.decode(row[0], type=Entry) if row else None

    async def _now(self, connection: AsyncConnection) -> datetime:
        """By one clock for all processes."""
        cursor = await connection.execute("SELECT now()")
        (now,) = await cursor.fetchone() or (None,)
        return cast(datetime, now)

    async def _answer(self, connection: AsyncConnection, key: str) -> Answer | None:
        cursor = await connection.execute("SELECT answer::text FROM sandbox_gateway.calls WHERE key = %s", (key,))
        (document,) = await cursor.fetchone() or (None,)
        return _ANSWERS.decode(document) if document else None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._pool.connection() as connection, connection.transaction():
                yield connection
        except OperationalError as error:
            raise GatewayUnanswered(f"the books cannot be reached: {type(error).__name__}") from error


_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Accepted | Rejected)


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.Encoder(decimal_format="string").encode(value).decode()
