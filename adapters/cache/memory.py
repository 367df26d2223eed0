"""The cache inside one process: the answers used last, within a bound."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import NamedTuple

from application.cache import Lookup


class _Kept(NamedTuple):
    value: bytes
    stamp: bytes
    until: float


class MemoryCache:
    """Holds at most `entries` values; the one unused for longest makes room. `clock` gives seconds."""

    def __init__(self, entries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries = entries
        self._clock = clock
        self._values: OrderedDict[str, _Kept] = OrderedDict()
        self._generations: dict[str, int] = {}
        self._generation = 0
        self._floor = 0
        """The generation of every tag that is not in `_generations`."""

    async def look(self, key: str, tag: str) -> Lookup:
        stamp = self._stamp(tag)
        kept = self._values.get(key)
        if kept is None or kept.stamp != stamp or kept.until <= self._clock():
            return Lookup(key, tag, None, stamp)
        self._values.move_to_end(key)
        return Lookup(key, tag, kept.value, stamp)

    async def keep(self, lookup: Lookup, value: bytes, seconds: float) -> None:
        if lookup.stamp != self._stamp(lookup.tag):
            return
        self._values[lookup.key] = _Kept(value, lookup.stamp, self._clock() + seconds)
        self._values.move_to_end(lookup.key)
        while len(self._values) > self._entries:
            self._values.popitem(last=False)

    async def forget(self, tags: Collection[str]) -> None:
        self._generation += 1
        self._generations.update(dict.fromkeys(tags, self._generation))
        if len(self._generations) > self._entries:  # rather than remember every tag for ever
            await self.clear()

    async def clear(self) -> None:
        self._generation += 1
        self._floor = self._generation
        self._generations.clear()
        self._values.clear()

    def _stamp(self, tag: str) -> bytes:
        return b"%d" % self._generations.get(tag, self._floor)
