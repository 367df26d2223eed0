"""What tests of followers have in common: orders that happen, engines that run, and waiting until something holds."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID, uuid4

from adapters.followers.bookmark import Bookmark, Pool, fenced
from adapters.followers.engine import Engine
from adapters.followers.follower import Chore, Follower, Page
from application.store import Call, EventStore, Stream
from domain import ordering
from tests.projections.shop import order
from tests.waiting import until

TERM = timedelta(seconds=1.5)


async def record(store: EventStore, *events: ordering.OrderEvent, stream: UUID | None = None) -> int:
    """Appends events to a stream of orders, a new one where none is named; answers with the position of the last."""
    id = stream or uuid4()
    loaded = (await store.load_many(ordering.ORDER, [id]))[id]
    loaded.add(events)
    call = Call(actor="alice", now=datetime.now(UTC), correlation_id="test")
    return (await store.save(loaded, call=call, result=None)).positions["ordering"]


async def shop(store: EventStore, orders: int, seed: int = 1) -> int:
    """Lets so many orders live; answers with the position of the last event."""
    random = Random(seed)
    lives = (order(number, random) for number in range(1, orders + 1))
    call = Call(actor="alice", now=datetime.now(UTC), correlation_id="test")
    while some := list(islice(lives, 100)):
        streams: list[Stream[Any, Any]] = []
        for life in some:
            streams.append(Stream.new(ordering.ORDER, uuid4()))
            streams[-1].add(life)
        saved = await store.save(*streams, call=call, result=None)
    return saved.positions["ordering"]


@asynccontextmanager
async def running(
    followers: Sequence[Follower],
    store: EventStore,
    pool: Pool,
    *,
    chores: Iterable[Chore] = (),
    listen: str | None = None,
    term: timedelta = TERM,
    page: int = 500,
) -> AsyncIterator[Engine]:
    """An engine at work; it is stopped in the end."""
    urls = {follower.context: listen for follower in followers} if listen else {}
    engine = Engine(followers, list(chores), store=store, pool=pool, listen=urls, term=term, page=page)
    task = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        engine.stop()
        async with asyncio.timeout(15):
            await task


async def reached(follower: Follower, position: int, timeout: float = 15) -> None:
    async def there() -> bool:
        return await follower.position() >= position

    await until(there, timeout)


class Recorder:
    """A follower that keeps what it handled, in the transaction that moves it."""

    tags: tuple[str, ...] = ()

    def __init__(self, pool: Pool, name: str = "recorder", context: str = "ordering") -> None:
        self.name = name
        self.context = context
        self.pages: list[Page] = []
        self._pool = pool
        self._bookmark = Bookmark(pool, name, context)

    async def position(self) -> int:
        return await self._bookmark.position()

    async def take(self) -> int:
        async with self._pool.connection() as connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS handled (follower text, position bigint, seen serial)")
        return await self._bookmark.take()

    async def handle(self, page: Page) -> int:
        async with self._pool.connection() as connection, fenced(connection):
            await self._bookmark.move(connection, page)
            await connection.execute(
                "INSERT INTO handled (follower, position) SELECT %s, unnest(%s::bigint[])",
                (self.name, [fact.position for fact in page.facts]),
            )
        self.pages.append(page)
        return page.position

    async def handled(self) -> list[int]:
        """Positions in the order in which they were handled, by whichever instance."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT position FROM handled WHERE follower = %s ORDER BY seen", (self.name,)
            )
            return [position for (position,) in await cursor.fetchall()]
