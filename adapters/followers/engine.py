"""The one loop behind everything that follows a log, and behind everything that ticks: for ever, whatever fails."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from adapters.followers.bookmark import Pool
from adapters.followers.faults import Faults
from adapters.followers.follower import Chore, Follower, Listener
from adapters.followers.garbage import seldom_collecting
from adapters.followers.leases import TERM, Leases
from adapters.followers.log import POLL, Log
from adapters.followers.worker import LONGEST, SHORTEST, Worker
from application.store import EventStore

PAGE = 500

log = structlog.get_logger()


class Engine:
    """Works followers and chores in this process, as far as no other process does, and runs listeners.

    `listen` names the database of each context's log, for NOTIFY; without it polling alone wakes.
    """

    def __init__(
        self,
        followers: Sequence[Follower],
        chores: Sequence[Chore] = (),
        listeners: Sequence[Listener] = (),
        *,
        store: EventStore,
        pool: Pool,
        listen: Mapping[str, str] | None = None,
        term: timedelta = TERM,
        page: int = PAGE,
    ) -> None:
        self._followers = followers
        self._chores = chores
        self._listeners = listeners
        names = [follower.name for follower in followers] + [chore.name for chore in chores]
        self.names = (*names, *(listener.name for listener in listeners))
        """All that it works, as far as it holds the lease."""
        self._leases = Leases(pool, names, term=term)
        self._faults = Faults(pool)
        self._page = page
        self._stopping = asyncio.Event()
        self._logs = {
            context: Log(context, store, (listen or {}).get(context))
            for context in sorted({follower.context for follower in followers})
        }

    async def run(self) -> None:
        """Until `stop` is called: then pages under way are finished and leases given back. Or until cancelled."""
        with seldom_collecting():
            await self._run()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as background:
            beneath = [background.create_task(self._leases.run())]
            beneath += [background.create_task(each.run()) for each in self._logs.values()]
            beneath += [background.create_task(self._listen(each)) for each in self._listeners]
            async with asyncio.TaskGroup() as work:
                work.create_task(self._stopping.wait())
                for follower in self._followers:
                    work.create_task(self._follow(follower))
                for chore in self._chores:
                    work.create_task(self._tick(chore))
            for task in beneath:
                task.cancel()

    def stop(self) -> None:
        self._stopping.set()

    async def _follow(self, follower: Follower) -> None:
        source = self._logs[follower.context]
        worker = Worker(follower, source, self._faults, self._page, lambda: self._may(follower.name))
        while await self._turn(follower.name):
            try:
                await worker.run()
            except (Exception, asyncio.CancelledError) as error:  # a mistake in a follower must not end the others
                _end_if_cancelled(error)
                log.exception("follower failed", follower=follower.name)
                await self._pause(POLL)

    async def _listen(self, listener: Listener) -> None:
        """Runs it until cancelled. One that fails is begun anew, after growing pauses where it fails at once."""
        pause = SHORTEST
        while True:
            begun = time.monotonic()
            try:
                await listener.run()
            except (Exception, asyncio.CancelledError) as error:  # a mistake in a listener must not end the others
                _end_if_cancelled(error)
                log.exception("listener failed", listener=listener.name)
            if time.monotonic() - begun > LONGEST:
                pause = SHORTEST
            await asyncio.sleep(pause)
            pause = min(LONGEST, 2 * pause)

    async def _tick(self, chore: Chore) -> None:
        while await self._turn(chore.name):
            try:
                await chore.run()
            except (Exception, asyncio.CancelledError) as error:  # the next round tries again
                _end_if_cancelled(error)
                log.exception("chore failed", chore=chore.name)
            await self._pause(chore.every)

    def _may(self, name: str) -> bool:
        return self._leases.held(name) and not self._stopping.is_set()

    async def _turn(self, name: str) -> bool:
        """Waits until this process holds the lease; False when it shall stop."""
        waits = [asyncio.create_task(self._leases.wait(name)), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        return not self._stopping.is_set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _end_if_cancelled(error: BaseException) -> None:
    """Raises it where somebody cancelled this task. A library may also cancel what is waited for, and mean nobody."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
        raise error
