"""Waiting for what others do, with a deadline; and what goes on meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 30) -> None:
    """Waits until the condition holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def meanwhile(endless: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """It goes on until the block ends, and is then cancelled."""
    task = asyncio.create_task(endless)
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
