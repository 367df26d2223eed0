"""Event stores that fail, or whose process dies, at a write that a test chooses."""

from typing import Any

from application.store import EventStore, Saved, Stream
from domain.basket import BasketCheckedOut


class Died(BaseException):
    """The process is gone: nobody handles this."""


class Breaking:
    """An event store that fails the saves of these numbers, before or after they took effect."""

    def __init__(self, store: EventStore, error: BaseException, *, before: int = 0, after: int = 0) -> None:
        self._store = store
        self._error = error
        self._before, self._after = before, after
        self._saves = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, *streams: Any, **more: Any) -> Any:
        self._saves += 1
        if self._saves == self._before:
            raise self._error
        saved = await self._store.save(*streams, **more)
        if self._saves == self._after:
            raise self._error
        return saved


class BasketsAway:
    """A store that dies when it comes to writing a basket's check-out."""

    def __init__(self, store: EventStore, error: BaseException) -> None:
        self._store = store
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, *streams: Stream[Any, Any], **more: Any) -> Saved[Any]:
        if any(isinstance(event, BasketCheckedOut) for stream in streams for event in stream.pending):
            raise self._error
        return await self._store.save(*streams, **more)
