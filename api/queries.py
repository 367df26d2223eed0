"""How every query answers: with how much of the logs it knows, and with a tag that tells whether it changed."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from litestar.types import Receive, Scope, Send
from psycopg import AsyncConnection

from api import conditions
from api.problems import Refused
from api.requests import Request
from domain.kernel import NotFound
from projections.kernel import Seen

P = ParamSpec("P")
T = TypeVar("T")

Asked = Callable[Concatenate[AsyncConnection, P], Awaitable[Seen[T]]]


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it goes out and as it is kept."""

    body: bytes
    position: str
    tag: str | None = None


class Sent:
    """A response that is ready to be sent: an ASGI application, which costs a third of building one from parts."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status, self.body = status, body
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


async def look(request: Request, query: Asked[P, T], *args: P.args, **options: P.kwargs) -> Seen[T]:
    """Asks the read models one question."""
    async with request.shop.reads.connection() as connection:
        return await query(connection, *args, **options)


def known(seen: Seen[T | None], refusal: NotFound) -> Seen[T]:
    """What was seen. Raises the refusal where that is nothing, with how much the read models know."""
    if not seen.value:
        position = conditions.written(seen.positions)
        raise Refused(404, refusal.code, refusal.detail, refusal.fields, {"Storeline-Position": position})
    return Seen(seen.value, seen.positions)


def answer(request: Request, seen: Seen[Any], *, version: int | None = None, mixed: bool = False) -> Sent:
    """The answer to a query that is this caller's alone. Its tag is the `version` of the stream that it shows.

    `mixed`: it shows other streams besides, so the tag says what it looks like, too; If-Match takes the version of it.
    """
    body = msgspec.json.encode(seen.value)
    tag = None if version is None else f"{version}-{digest(body)}" if mixed else str(version)
    return _sent(request, Answer(body, conditions.written(seen.positions), tag), {})


def digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=8).hexdigest()


class Computed(msgspec.Struct, frozen=True):
    """An answer for everybody."""

    seen: Seen[Any]
    version: int | None = None
    """Of its main stream, where it has one."""
    keep: bool = True


async def shared(request: Request, key: str, tag: str, compute: Callable[[], Awaitable[Computed]]) -> Sent:
    """An answer that is the same for everybody: from the cache, unless its caller must see what was just written.

    Whoever holds it asks again each time, and is told that nothing changed.
    """
    shop = request.shop
    lookup = None if request.context.after else await shop.cache.look(key, tag)
    if lookup is not None and lookup.value is not None:
        return _sent(request, _KEPT.decode(lookup.value), _SHARED)
    computed = await compute()
    body = msgspec.json.encode(computed.seen.value)
    name = digest(body) if computed.version is None else f"{computed.version}-{digest(body)}"
    made = Answer(body, conditions.written(computed.seen.positions), name)
    if lookup is not None and computed.keep:
        await shop.cache.keep(lookup, msgspec.msgpack.encode(made), shop.cache_seconds)
    return _sent(request, made, _SHARED)


_KEPT = msgspec.msgpack.Decoder(Answer)
_SHARED = {"cache-control": "public, no-cache", "vary": "Accept, Authorization, Origin, Storeline-After"}


def _sent(request: Request, made: Answer, headers: Mapping[str, str]) -> Sent:
    headers = dict(headers)
    if made.position:
        headers["storeline-position"] = made.position
    if made.tag is not None:
        headers["etag"] = tag = conditions.etag(made.tag)
        known = request.headers.get("if-none-match")
        if known is not None and conditions.unchanged(known, tag):
            return Sent(304, b"", headers)
    headers["content-type"], headers["content-length"] = "application/json", str(len(made.body))
    return Sent(200, made.body, headers)
