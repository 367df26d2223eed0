"""The cache in Redis, shared by all processes. With Redis down, full, frozen or flushed it is slower, and never wrong.

A value is kept with two generations, its tag's and that of all values: random words which `forget` and `clear` replace.
A generation that Redis lost is replaced by a new one, so values kept under the lost one are never served again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Collection
from itertools import islice
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from application.cache import Lookup

T = TypeVar("T")

log = structlog.get_logger()

PATIENCE = 0.05
"""Seconds that a request waits for Redis at most."""
PAUSE = 1.0
"""Seconds for which Redis is left alone after it failed."""
_GENERATION_SECONDS = 7 * 24 * 3600
_WORD_BYTES = 8
_STAMP_BYTES = 2 * _WORD_BYTES
_ALL = "storeline:all"
_BATCH = 500


class RedisCache:
    """Never raises. After a failure every look is a miss for a second: no request queues up behind a dead Redis."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
            max_connections=64,
        )
        self._resume = 0.0
        self._owed: frozenset[str] = frozenset()
        """The generations that Redis could not be told to replace; until it is, this process takes nothing from it."""

    async def look(self, key: str, tag: str) -> Lookup:
        if self._owed and not await self._pay():
            return Lookup(key, tag, None)
        found = await self._try(self._look(key, tag))
        if found is None:
            return Lookup(key, tag, None)
        kept, stamp = found
        if kept is None or kept[:_STAMP_BYTES] != stamp:
            return Lookup(key, tag, None, stamp)
        return Lookup(key, tag, kept[_STAMP_BYTES:], stamp)

    async def keep(self, lookup: Lookup, value: bytes, seconds: float) -> None:
        if lookup.stamp:  # without one Redis did not answer the look
            await self._try(self._redis.set(_key(lookup.key), lookup.stamp + value, px=max(1, round(seconds * 1000))))

    async def forget(self, tags: Collection[str]) -> None:
        self._owed |= {_tag(tag) for tag in tags}
        await self._pay()

    async def clear(self) -> None:
        self._owed |= {_ALL}
        await self._pay()

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def _look(self, key: str, tag: str) -> tuple[bytes | None, bytes]:
        """What is kept under the key, and the stamp that it must begin with to count."""
        fresh = secrets.token_bytes(_WORD_BYTES)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(_ALL, fresh, nx=True, get=True, ex=_GENERATION_SECONDS)
            pipe.set(_tag(tag), fresh, nx=True, get=True, ex=_GENERATION_SECONDS)
            pipe.get(_key(key))
            of_all, of_tag, kept = await pipe.execute()
        return kept, (of_all or fresh) + (of_tag or fresh)

    async def _pay(self) -> bool:
        """Replaces the generations that are owed; True when none is any more."""
        while owed := frozenset(islice(self._owed, _BATCH)):
            self._owed -= owed  # so that one which is owed anew meanwhile stays owed
            if await self._try(self._replace(owed)) is None:
                self._owed |= owed
                return False
        return True

    async def _replace(self, generations: frozenset[str]) -> bool:
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in generations:
                pipe.set(name, secrets.token_bytes(_WORD_BYTES), ex=_GENERATION_SECONDS)
            await pipe.execute()
        return True

    async def _try(self, work: Awaitable[T]) -> T | None:
        """What Redis answers, or None when it fails or was left alone because it failed a moment ago."""
        if time.monotonic() < self._resume:
            if asyncio.iscoroutine(work):
                work.close()
            return None
        try:
            return await asyncio.wait_for(work, PATIENCE)
        except (RedisError, OSError, TimeoutError) as error:
            self._resume = time.monotonic() + PAUSE
            log.warning("cache out of reach", error=repr(error))
            return None


def _key(key: str) -> str:
    return f"storeline:cache:{key}"


def _tag(tag: str) -> str:
    return f"storeline:tag:{tag}"
