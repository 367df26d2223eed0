"""What time decides: asks a deadline's read model who has waited too long, and issues the command for each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

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
TOGETHER = 10
"""Commands under way at once."""

log = structlog.get_logger()

Act = Callable[[Call, UUID], Awaitable[Any]]
"""The use case of a deadline, with all it needs: decides nothing for a stream that is not due after all."""


def _now() -> datetime:
    return datetime.now(UTC)


class DeadlineTicker:
    """A chore. The read model only says where to look; the command decides on the stream's own history."""

    def __init__(
        self,
        deadline: Deadline,
        patience: timedelta,
        act: Act,
        pool: Pool,
        *,
        every: float | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.name = f"deadline.{deadline.name}"
        self.every = every or min(SELDOM, max(OFTEN, patience.total_seconds() / 10))
        self._deadline = deadline
        self._patience = patience
        self._act = act
        self._pool = pool
        self._clock = clock

    async def run(self) -> None:
        """One round over all that are due; those that fail are due in the next one, too."""
        last: Waiting | None = None
        while True:
            now = self._clock()
            try:
                async with self._pool.connection() as connection:
                    seen = await due(connection, self._deadline, since=now - self._patience, after=last, limit=PAGE)
            except NotServed:
                return  # its follower is building it for the first time
            for start in range(0, len(seen.value), TOGETHER):
                await asyncio.gather(*(self._issue(each, now) for each in seen.value[start : start + TOGETHER]))
            if len(seen.value) < PAGE:
                return
            last = seen.value[-1]

    async def _issue(self, waiting: Waiting, now: datetime) -> None:
        call = Call(actor="system:deadlines", now=now, correlation_id=f"{self.name}:{uuid4()}")
        try:
            await self._act(call, waiting.stream)
        except Refusal as refusal:
            log.warning("deadline refused", deadline=self._deadline.name, stream=str(waiting.stream), code=refusal.code)
        except (
            Exception
        ):  # whatever is wrong with one stream must not keep the others waiting; the next round tries again
            log.exception("deadline failed", deadline=self._deadline.name, stream=str(waiting.stream))
