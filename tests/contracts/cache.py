"""What every cache must do: one suite, run by each adapter."""

import asyncio

import pytest

from application.cache import Cache

pytestmark = pytest.mark.anyio


class CacheContract:
    """Inherit, and give a fixture `cache`."""

    async def test_what_was_kept_is_found(self, cache: Cache) -> None:
        await cache.keep(await cache.look("item:1?staff", "item:1"), b"page", 60)

        assert (await cache.look("item:1?staff", "item:1")).value == b"page"

    async def test_a_key_never_kept_is_a_miss(self, cache: Cache) -> None:
        assert (await cache.look("never", "item:1")).value is None

    async def test_what_was_forgotten_by_its_tag_is_a_miss_and_others_stay(self, cache: Cache) -> None:
        await cache.keep(await cache.look("a", "item:1"), b"one", 60)
        await cache.keep(await cache.look("b", "item:1"), b"two", 60)
        await cache.keep(await cache.look("c", "item:2"), b"three", 60)
        await cache.forget({"item:1"})

        assert [
            (await cache.look(key, tag)).value for key, tag in (("a", "item:1"), ("b", "item:1"), ("c", "item:2"))
        ] == [
            None,
            None,
            b"three",
        ]

    async def test_a_value_computed_before_its_tag_was_forgotten_is_never_served(self, cache: Cache) -> None:
        lookup = await cache.look("a", "item:1")
        await cache.forget({"item:1"})
        await cache.keep(lookup, b"old", 60)

        assert (await cache.look("a", "item:1")).value is None

    async def test_a_value_is_gone_when_its_time_is_over(self, cache: Cache) -> None:
        await cache.keep(await cache.look("a", "item:1"), b"page", 0.01)
        await asyncio.sleep(0.03)

        assert (await cache.look("a", "item:1")).value is None

    async def test_a_value_can_be_kept_again_after_it_was_forgotten(self, cache: Cache) -> None:
        await cache.keep(await cache.look("a", "item:1"), b"old", 60)
        await cache.forget({"item:1"})
        await cache.keep(await cache.look("a", "item:1"), b"new", 60)

        assert (await cache.look("a", "item:1")).value == b"new"

    async def test_after_clear_nothing_is_found_and_nothing_computed_before_is_served(self, cache: Cache) -> None:
        await cache.keep(await cache.look("a", "item:1"), b"one", 60)
        late = await cache.look("b", "item:2")
        await cache.clear()
        await cache.keep(late, b"two", 60)

        assert [(await cache.look(key, tag)).value for key, tag in (("a", "item:1"), ("b", "item:2"))] == [None, None]
