"""Works one follower while this process holds its lease: read a page, handle it, go on.

Whatever passes (a server that is away, a lost race) is tried again for ever. A fact that goes on failing is isolated by
splitting its page; then this follower, and only this one, stands still until the fact succeeds or is skipped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from msgspec.structs import asdict, replace

from adapters.eventstore.mapper import UnreadableEvent
from adapters.followers.faults import Fault, Faults
from adapters.followers.follower import Deposed, Follower, Page
from adapters.followers.log import POLL, Log
from adapters.postgres.outages import is_away
from application.store import Overtaken, StoreUnavailable, VersionConflict
from domain.kernel import Fact, tag_of
from projections.kernel import CannotFold

ATTEMPTS = 4
"""How often a fact that stands alone may fail before its follower stands still."""
SHORTEST = 0.05
LONGEST = 5.0
REST = 0.25
"""Seconds between two records of a position at least, where nothing mattered in between: each costs a transaction."""

log = structlog.get_logger()


def passes(error: Exception) -> bool:
    """Whether the same thing may succeed later, for reasons outside the fact."""
    return is_away(error) or isinstance(error, OSError | StoreUnavailable | VersionConflict | Overtaken | Deposed)


class Worker:
    """One follower's work. `go_on` says whether it may: the lease is held and nobody asked to stop."""

    def __init__(self, follower: Follower, source: Log, faults: Faults, page: int, go_on: Callable[[], bool]) -> None:
        self._follower = follower
        self._log = source
        self._faults = faults
        self._limit = page
        self._go_on = go_on
        self._skipped: frozenset[int] = frozenset()
        self._faulted_at = 0
        self._recorded = 0
        self._rest_until = 0.0
        self._pause = SHORTEST
        self._ahead = _Ahead()

    async def run(self) -> None:
        """Takes the follower and works it while it may."""
        try:
            self._skipped = await self._faults.skipped(self._follower.name)
            fault = await self._faults.of(self._follower.name)
            self._faulted_at = fault.position if fault else 0
            position = self._recorded = await self._begin()
            while self._go_on():
                position = await self._advance(position)
                self._pause = SHORTEST
        except Exception as error:
            if not passes(error):
                raise
            if not isinstance(error, Deposed | Overtaken):
                say = log.debug if isinstance(error, VersionConflict) else log.warning  # to lose a race is ordinary
                say("follower waits", follower=self._follower.name, error=str(error), seconds=self._pause)
            await asyncio.sleep(self._pause)
            self._pause = min(LONGEST, self._pause * 2)
        finally:
            self._ahead.drop()

    async def _begin(self) -> int:
        """Takes the follower. Where that builds a read model, the build too may come upon a fact that fails."""
        try:
            return await self._take()
        except (UnreadableEvent, CannotFold) as error:
            return await self._stand_still(_fault(self._follower, error), again=self._take, without=self._take)

    async def _take(self) -> int:
        """Taking may mean building a read model anew: that stops with us, and goes on where it stopped."""
        taking = asyncio.create_task(self._follower.take())
        try:
            while not taking.done():
                await asyncio.wait([taking], timeout=POLL)
                if not self._go_on():
                    raise Deposed(self._follower.name)
            return await taking
        finally:
            taking.cancel()

    async def _advance(self, position: int) -> int:
        """Handles what comes next, if anything; answers with the position after it."""
        try:
            page = await self._next(position)
        except UnreadableEvent as error:
            empty = Page((), position, error.position)
            return await self._stand_still(
                _fault(self._follower, error),
                again=lambda: self._reread(position),
                without=lambda: self._effect(empty),
            )
        if page.facts:
            await self._handle(page)
        elif page.position == position:
            await self._log.beyond(position, POLL if position == self._recorded else self._resting)
        if page.position > self._recorded and self._resting <= 0:
            await self._effect(Page((), self._recorded, page.position))
        return page.position

    @property
    def _resting(self) -> float:
        """Seconds until a position is recorded in which nothing mattered."""
        return self._rest_until - time.monotonic()

    async def _next(self, position: int) -> Page:
        """The next page. Behind a full one, the page after it is read while this one is handled."""
        page = await self._ahead.take(position) or await self._read(position)
        if len(page.facts) == self._limit:
            self._ahead.read(self._log.page(page.position, self._follower.tags, self._limit))
        return page

    async def _read(self, position: int, limit: int | None = None) -> Page:
        """The next page; a shorter one where a full one cannot be read."""
        limit = limit or self._limit
        while True:
            try:
                return await self._log.page(position, self._follower.tags, limit)
            except UnreadableEvent:
                if limit == 1:
                    raise
                limit = max(1, limit // 8)

    async def _handle(self, page: Page) -> None:
        try:
            await self._effect(page)
        except Exception as error:
            lost = isinstance(error, VersionConflict)  # the more a page decides on, the surer it loses again
            if len(page.facts) > 1 and (lost or not passes(error)):
                say = log.debug if lost else log.info
                say("page split", follower=self._follower.name, facts=len(page.facts), error=repr(error))
                for half in _halves(page):
                    await self._handle(half)
            elif passes(error) or not page.facts:
                raise
            else:
                empty = Page((), page.after, page.position)
                await self._stand_still(
                    _fault(self._follower, error, page.facts[0]),
                    again=lambda: self._effect(page),
                    without=lambda: self._effect(empty),
                )

    async def _effect(self, page: Page) -> int:
        recorded = await self._follower.handle(Page(page.facts, self._recorded, page.position))
        if recorded > self._recorded:
            self._recorded, self._rest_until = recorded, time.monotonic() + REST
        if self._faulted_at and page.position >= self._faulted_at:
            await self._faults.clear(self._follower.name)
            self._faulted_at = 0
        return page.position

    async def _reread(self, position: int) -> int:
        return await self._effect(await self._read(position, limit=1))

    async def _stand_still(
        self, fault: Fault, *, again: Callable[[], Awaitable[int]], without: Callable[[], Awaitable[int]]
    ) -> int:
        """Tries `again` until it succeeds, or goes on `without` the fact once skipped. Answers with the position."""
        while fault.position not in self._skipped:
            for attempt in range(ATTEMPTS):
                await asyncio.sleep(SHORTEST * 4**attempt)
                try:
                    return await again()
                except Exception as error:
                    if passes(error):
                        raise
                    fault = replace(fault, error=str(error) or repr(error))
            await self._await_verdict(fault)
        log.warning("fact skipped", follower=fault.follower, position=fault.position, tag=fault.tag)
        return await without()

    async def _await_verdict(self, fault: Fault) -> None:
        """Returns once somebody decided that the fact is retried or skipped."""
        await self._faults.record(fault)
        self._faulted_at = fault.position
        log.error("follower faulted", **asdict(fault))
        while await self._faults.of(fault.follower):
            await asyncio.sleep(POLL)
            if not self._go_on():
                raise Deposed(fault.follower)
        self._skipped = await self._faults.skipped(fault.follower)


class _Ahead:
    """A page that is read while another is handled."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Page] | None = None

    def read(self, page: Coroutine[Any, Any, Page]) -> None:
        self._task = asyncio.create_task(page)

    async def take(self, after: int) -> Page | None:
        """The page, if there is one that begins there. One that failed is read again by whoever needs it."""
        if self._task is None:
            return None
        await asyncio.wait([self._task])
        task, self._task = self._task, None
        return task.result() if not task.exception() and task.result().after == after else None

    def drop(self) -> None:
        if self._task:
            self._task.cancel()
            self._task = None


def _halves(page: Page) -> tuple[Page, Page]:
    middle = len(page.facts) // 2
    position = page.facts[middle - 1].position
    return Page(page.facts[:middle], page.after, position), Page(page.facts[middle:], position, page.position)


def _fault(follower: Follower, error: Exception, fact: Fact[Any] | None = None) -> Fault:
    """What stops the follower: the fact that it was given alone, or the one that the error names."""
    if isinstance(error, UnreadableEvent):
        return Fault(follower.name, follower.context, error.position, None, error.tag, str(error))
    if isinstance(error, CannotFold):
        fact = error.fact
    if fact is None:
        raise error
    text = str(error) or repr(error)
    return Fault(follower.name, follower.context, fact.position, fact.id, tag_of(fact.event), text)
