"""The engine's memory does not grow with the length of the log."""

import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.followers.bookmark import Pool
from adapters.followers.garbage import seldom_collecting
from adapters.followers.rebuild import Rebuild
from domain.kernel import Event, Fact
from projections.order_summary import ORDER_SUMMARY
from tests.given import START
from tests.projections.shop import placed

pytestmark = pytest.mark.anyio


class EndlessLog:
    """A log whose facts exist only while they are read: each an order of its own."""

    def __init__(self, length: int) -> None:
        self._length = length

    async def head(self, context: str) -> int:
        return self._length

    async def read(
        self, context: str, *, after: int = 0, limit: int = 500, tags: Sequence[str] = ()
    ) -> list[Fact[Event]]:
        order = placed()
        return [
            Fact(
                event=order,
                context=context,
                stream=UUID(int=position),
                version=1,
                position=position,
                id=UUID(int=position),
                recorded_at=START + timedelta(seconds=position),
                actor="alice",
                correlation_id="test",
            )
            for position in range(after + 1, min(after + limit, self._length) + 1)
        ]


async def peak_of_a_rebuild(length: int, pool: Pool) -> int:
    store: Any = EndlessLog(length)
    rebuild = Rebuild(ORDER_SUMMARY, store, pool, most_rows=500, page=250)
    tracemalloc.start()
    try:
        with seldom_collecting():
            await rebuild.run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.proves("P6")
async def test_a_log_eight_times_as_long_needs_no_more_memory(pool: Pool) -> None:
    await peak_of_a_rebuild(100, pool)  # what is made once
    short = await peak_of_a_rebuild(2_000, pool)
    long = await peak_of_a_rebuild(16_000, pool)

    assert long < short * 1.5
