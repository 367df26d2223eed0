"""The cache in Redis, with Redis well, frozen, full, flushed and gone."""

import time
from collections.abc import AsyncIterator

import pytest

from adapters.cache.redis import PAUSE, RedisCache
from tests.contracts.cache import CacheContract
from tests.services.redis import RedisServer

pytestmark = pytest.mark.anyio


class TestRedisCache(CacheContract):
    @pytest.fixture
    async def cache(self, redis_url: str) -> AsyncIterator[RedisCache]:
        cache = RedisCache(redis_url)
        yield cache
        await cache.aclose()


@pytest.fixture
async def cache(redis_server: RedisServer) -> AsyncIterator[RedisCache]:
    cache = RedisCache(redis_server.url)
    yield cache
    await cache.aclose()


async def kept(cache: RedisCache, key: str, tag: str, value: bytes) -> None:
    await cache.keep(await cache.look(key, tag), value, 60)


async def found_again(cache: RedisCache, key: str, tag: str) -> bytes | None:
    """What the cache answers once it asks Redis again."""
    deadline = time.monotonic() + 10 * PAUSE
    while (lookup := await cache.look(key, tag)).stamp == b"" and time.monotonic() < deadline:
        pass
    return lookup.value


@pytest.mark.proves("F27")
async def test_a_dead_redis_is_a_miss(cache: RedisCache, redis_server: RedisServer) -> None:
    await kept(cache, "a", "item:1", b"page")
    redis_server.kill()

    assert (await cache.look("a", "item:1")).value is None
    await kept(cache, "a", "item:1", b"page")
    assert (await cache.look("a", "item:1")).value is None


@pytest.mark.proves("F27")
async def test_what_changed_while_redis_was_frozen_is_not_served_when_it_thaws(
    cache: RedisCache, redis_server: RedisServer
) -> None:
    await kept(cache, "a", "item:1", b"old")
    redis_server.freeze()
    await cache.forget({"item:1"})
    assert (await cache.look("a", "item:1")).value is None
    redis_server.thaw()

    assert await found_again(cache, "a", "item:1") is None
    await kept(cache, "a", "item:1", b"new")
    assert (await cache.look("a", "item:1")).value == b"new"


@pytest.mark.proves("F27")
async def test_a_flush_in_between_brings_nothing_old_back(cache: RedisCache, redis_server: RedisServer) -> None:
    lookup = await cache.look("a", "item:1")
    await cache.forget({"item:1"})
    await cache._redis.flushall()
    await cache.keep(lookup, b"old", 60)

    assert (await cache.look("a", "item:1")).value is None


@pytest.mark.proves("F28")
async def test_a_full_redis_is_a_miss(cache: RedisCache) -> None:
    await cache._redis.config_set("maxmemory", "1mb")
    await cache._redis.config_set("maxmemory-policy", "noeviction")
    for n in range(40):
        await kept(cache, f"big:{n}", "catalog", b"x" * 50_000)

    assert (await cache.look("big:39", "catalog")).value is None
