"""A cache for answers that can be computed again: nothing that it holds is missed when it is gone."""

from collections.abc import Collection
from typing import Protocol

import msgspec


class Lookup(msgspec.Struct, frozen=True):
    """What the cache said about a key, and what it needs to accept a value for it."""

    key: str
    tag: str
    value: bytes | None
    """None on a miss; compute the value and `keep` it."""
    stamp: bytes = b""
    """The tag's generation when the cache was asked. A value computed before the tag was forgotten is never served."""


class Cache(Protocol):
    """Port. A cache that is down, full or slow answers with misses and forgets what it is given; it never raises.

    Each key has one tag, by which it is forgotten: `item:<id>` for the page of an item, `catalog` for lists and
    searches. Call `look` before reading the database: a value computed across a `forget` is then never served.
    """

    async def look(self, key: str, tag: str) -> Lookup:
        """The value kept under `key`, unless its time ran out or `tag` was forgotten since."""

    async def keep(self, lookup: Lookup, value: bytes, seconds: float) -> None:
        """Keeps `value` under the key that was looked up, for at most so long."""

    async def forget(self, tags: Collection[str]) -> None:
        """Every value under these tags counts as gone, in all processes within a second."""

    async def clear(self) -> None:
        """Every value counts as gone, in all processes within a second."""
