"""The cache inside the process."""

import pytest

from adapters.cache.memory import MemoryCache
from tests.contracts.cache import CacheContract

pytestmark = pytest.mark.anyio


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def cache(self) -> MemoryCache:
        return MemoryCache(entries=100)


async def test_the_value_unused_for_longest_makes_room() -> None:
    cache = MemoryCache(entries=2)
    for key in ("a", "b"):
        await cache.keep(await cache.look(key, "t"), key.encode(), 60)
    await cache.look("a", "t")
    await cache.keep(await cache.look("c", "t"), b"c", 60)

    assert [(await cache.look(key, "t")).value for key in ("a", "b", "c")] == [b"a", None, b"c"]


async def test_more_forgotten_tags_than_entries_forget_everything_rather_than_anything_wrongly() -> None:
    cache = MemoryCache(entries=2)
    await cache.keep(await cache.look("a", "t"), b"a", 60)
    stale = await cache.look("b", "u")
    await cache.forget({"u"})
    await cache.forget({f"other:{n}" for n in range(10)})
    await cache.keep(stale, b"old", 60)

    assert (await cache.look("b", "u")).value is None
    assert (await cache.look("a", "t")).value is None
