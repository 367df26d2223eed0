"""An ASGI application whose making needs an event loop: it is made when the server starts, and closed when it stops."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import structlog

Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

log = structlog.get_logger()


class Lazy:
    """Opens `make()` on the server's lifespan and hands every request to what it gave."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[ASGIApp]]) -> None:
        self._made = make()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._app is None or scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._app = await self._made.__aenter__()
        except Exception as error:
            log.exception("the application cannot start")
            await send({"type": "lifespan.startup.failed", "message": repr(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._made.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})
