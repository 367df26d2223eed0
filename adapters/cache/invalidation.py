"""Tells the cache of this process what changed, once the read models show it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import structlog

from application.cache import Cache
from application.store import EventStore
from domain import catalog
from domain.catalog.review import ReviewVerified
from domain.kernel import Event, Fact, members, tag_of
from projections import catalog_search, item_page, reviews
from projections.availability import AVAILABILITY
from projections.item_page import Rated
from projections.kernel import Projection

log = structlog.get_logger()

PERIOD = 0.25
"""Seconds between two looks at the read models' positions."""
_MANY = 1000


PAGES: frozenset[Projection[Any]] = frozenset((*item_page.READS, *catalog_search.READS, *reviews.READS))
"""The read models that answers for everybody come from."""


def _by_stream(fact: Fact[Any]) -> UUID:
    return fact.stream


def _by_item(fact: Fact[Any]) -> UUID:
    item_id: UUID = fact.event.item_id
    return item_id


_TAXONOMY = (*catalog.BRAND.events, *catalog.ITEM_TYPE.events, *catalog.CATEGORY.events)

SHOWN: Mapping[str, Mapping[type[Event], Callable[[Fact[Any]], UUID] | None]] = {
    "catalog": dict.fromkeys(catalog.ITEM.events, _by_stream)
    | dict.fromkeys((*members(Rated), ReviewVerified), _by_item)
    | dict.fromkeys(_TAXONOMY, None),
    "inventory": dict.fromkeys(AVAILABILITY.events, _by_stream),
}
"""The events, by the log that they are in, that change what is on a page, and of which item; None: of any.

All others leave the cache as it is: a reservation, since pages say in a word how much there is; a claim on a name; a
review that nobody has approved yet.
"""


async def invalidate(cache: Cache, store: EventStore, shown: Callable[[], Awaitable[Mapping[str, int]]]) -> None:
    """Until cancelled. `shown` answers with the position in each of those logs that all pages have reached.

    A changed item, or one that came into stock, runs low or ran out, forgets its pages and all lists; a changed brand,
    type or category stands on many pages, so it clears the cache, as do more changes at once than are worth looking at,
    or a read model that went back to be built again.
    """
    await cache.clear()
    told: dict[str, int] = {}
    while True:
        try:
            for context, position in (await shown()).items():
                await _tell(cache, store, context, told.get(context), position)
                told[context] = position
        except Exception as error:  # whatever it is, the cache must not be trusted until the next look succeeds
            log.warning("the cache cannot learn what changed", error=repr(error))
            await cache.clear()
            told.clear()
        await asyncio.sleep(PERIOD)


async def _tell(cache: Cache, store: EventStore, context: str, told: int | None, shown: int) -> None:
    if told is None or shown < told:
        await cache.clear()
    elif shown > told:
        tags = [tag_of(event) for event in SHOWN[context]]
        facts = await store.read(context, after=told, limit=_MANY, tags=tags)
        items = _items(SHOWN[context], (fact for fact in facts if fact.position <= shown))
        if items is None or len(facts) == _MANY:
            await cache.clear()
        elif items:
            await cache.forget({"catalog", *(f"item:{item}" for item in items)})


def _items(
    changes: Mapping[type[Event], Callable[[Fact[Any]], UUID] | None], facts: Iterable[Fact[Any]]
) -> set[UUID] | None:
    """Whose pages the facts change; None where it may be any."""
    items: set[UUID] = set()
    for fact in facts:
        item = changes[type(fact.event)]
        if item is None:
            return None
        items.add(item(fact))
    return items
