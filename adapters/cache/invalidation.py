"""Tells the cache of this process what changed, once the read models show it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from application.cache import Cache
from application.store import EventStore
from domain import catalog

log = structlog.get_logger()

PERIOD = 0.25
"""Seconds between two looks at the read models' positions."""
_MANY = 1000
_KNOWN = catalog.ITEM.events + catalog.CLAIM.events  # a claim on a name is on no page


async def invalidate(cache: Cache, store: EventStore, shown: Callable[[], Awaitable[int]]) -> None:
    """Until cancelled. `shown` answers with the position in the catalogue's log that all catalogue pages have reached.

    A changed item forgets its pages and all lists; a changed brand, type or category stands on many pages, so it clears
    the cache, as do more changes at once than are worth looking at, or a read model that went back to be built again.
    """
    await cache.clear()
    told: int | None = None
    while True:
        try:
            told = await _tell(cache, store, told, await shown())
        except Exception as error:  # whatever it is, the cache must not be trusted until the next look succeeds
            log.warning("the cache cannot learn what changed", error=repr(error))
            await cache.clear()
            told = None
        await asyncio.sleep(PERIOD)


async def _tell(cache: Cache, store: EventStore, told: int | None, shown: int) -> int:
    if told is None or shown < told:
        await cache.clear()
    elif shown > told:
        facts = [fact for fact in await store.read("catalog", after=told, limit=_MANY) if fact.position <= shown]
        if len(facts) == _MANY or any(not isinstance(fact.event, _KNOWN) for fact in facts):
            await cache.clear()
        else:
            changed = {fact.stream for fact in facts if isinstance(fact.event, catalog.ITEM.events)}
            await cache.forget({"catalog", *(f"item:{item}" for item in changed)})
    return shown
