"""What time decides: asks a deadline's read model who has waited too long, and issues the command for each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import structlog
from psycopg import AsyncConnection

from adapters.followers.bookmark import Pool
from application.deadlines import Deadline, Waiting
from application.store import Call
from domain.kernel import Refusal
from projections.deadlines import due
from projections.reading import NotServed

SELDOM = 10.0
OFTEN = 0.25
"""Seconds between two rounds, at most and at least: a deadline is kept about a tenth of its time late, within these."""
PAGE = 100
TOGETHER = 32
"""Commands under way at once."""

log = structlog.get_logger()

Act = Callable[[Call, UUID], Awaitable[Any]]
"""The use case of a deadline, with all it needs: decides nothing for a stream that is not due after all."""


async def database_clock(connection: AsyncConnection) -> datetime:
    """The clock that said when facts were recorded; that of this process may be wrong."""
    cursor = await connection.execute("SELECT clock_timestamp()")
    (now,) = await cursor.fetchone() or (None,)
    return cast(datetime, now)


class DeadlineTicker:
    """A chore. The read model only says where to look; the command decides on the stream's own history.

    Times are counted from when facts were recorded, so by the database's clock.

    A command may wait for somebody else, such as a payment gateway. So a round does not wait for those that are slow:
    they stay under way, and the next rounds issue commands for others beside them.
    """

    def __init__(
        self,
        deadline: Deadline,
        patience: timedelta,
        act: Act,
        pool: Pool,
        *,
        every: float | None = None,
        moment: Callable[[AsyncConnection], Awaitable[datetime]] = database_clock,
    ) -> None:
        self.name = f"deadline.{deadline.name}"
        self.context = deadline.context
        self.every = every or min(SELDOM, max(OFTEN, patience.total_seconds() / 10))
        self._deadline = deadline
        self._patience = patience
        self._act = act
        self._pool = pool
        self._moment = moment
        self._under_way: dict[UUID, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """One round over all that are due; those that fail are due in the next one, too."""
        last: Waiting | None = None
        while True:
            try:
                async with self._pool.connection() as connection:
                    now = await self._moment(connection)
                    seen = await due(connection, self._deadline, self._patience, now, after=last, limit=PAGE)
            except NotServed:
                return  # its follower is building it for the first time
            for each in seen.value:
                if each.stream not in self._under_way:
                    await self._room()
                    self._start(each.stream, now)
            if len(seen.value) < PAGE:
                return
            last = seen.value[-1]

    async def finish(self) -> None:
        """Returns when nothing is under way any more."""
        await asyncio.gather(*self._under_way.values())

    async def _room(self) -> None:
        while len(self._under_way) >= TOGETHER:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)

    def _start(self, stream: UUID, now: datetime) -> None:
        task = self._under_way[stream] = asyncio.create_task(self._issue(stream, now))
        task.add_done_callback(lambda _: self._under_way.pop(stream))

    async def _issue(self, stream: UUID, now: datetime) -> None:
        call = Call(actor="system:deadlines", now=now, correlation_id=f"{self.name}:{uuid4()}")
        try:
            await self._act(call, stream)
        except Refusal as refusal:
            log.warning("deadline refused", deadline=self._deadline.name, stream=str(stream), code=refusal.code)
        except (
            Exception
        ):  # whatever is wrong with one stream must not keep the others waiting; the next round tries again
            log.exception("deadline failed", deadline=self._deadline.name, stream=str(stream))
