"""The outermost layer: what is true of every answer. A plain ASGI function, since all requests pay for it."""

import re
from collections.abc import Iterable
from time import perf_counter

import msgspec
import structlog
import uuid_utils
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import MEDIA_TYPE, Refused, problem
from api.requests import Context

log = structlog.get_logger()

_CORRELATION = re.compile(rb"[A-Za-z0-9._:-]{1,64}")

_ONCE = frozenset(
    (
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"host",
        b"idempotency-key",
        b"if-match",
        b"storeline-after",
        b"storeline-basket",
        b"storeline-correlation",
        b"transfer-encoding",
    )
)
"""Headers whose meaning would depend on who reads them if they came twice."""

_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_UNLESS_GIVEN = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_SLOW = 1.0
"""Seconds from which on every request is logged."""


def edge(app: ASGIApp, metrics: Metrics) -> ASGIApp:
    """Wraps the whole application: correlation, safe headers, one line in the log and one point in the metrics each."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        started = perf_counter()
        correlation_id, twice = _read(scope["headers"])
        scope["state"]["correlation_id"] = correlation_id
        scope["state"]["context"] = Context(correlation_id)
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                names = {name for name, _ in given}
                message["headers"] = [
                    *given,
                    *_ALWAYS,
                    (b"storeline-correlation", correlation_id.encode()),
                    *(each for each in _UNLESS_GIVEN if each[0] not in names),
                ]
            await send(message)

        # A request has a context of its own, which ends with it.
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        try:
            if twice:
                await _refuse(answer, correlation_id, twice)
            else:
                await app(scope, receive, answer)
        finally:
            _note(scope["method"], scope.get("path_template", ""), status, perf_counter() - started)

    def _note(method: str, route: str, status: int, seconds: float) -> None:
        metrics.request(method, route, status, seconds)
        # What went well is counted; a line for each would cost more than answering from the cache does.
        tell = log.debug if method == "GET" and status < 400 and seconds < _SLOW else log.info
        tell("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 2))

    return handle


def _read(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str]:
    """The correlation id, the caller's or a new one, and the name of a header that came twice."""
    correlation, twice = b"", b""
    names = set()
    for name, value in headers:
        if name in names and name in _ONCE:
            twice = name
        names.add(name)
        if name == b"storeline-correlation":
            correlation = value
    if not _CORRELATION.fullmatch(correlation):
        return str(uuid_utils.uuid7()), twice.decode("latin-1")
    return correlation.decode(), twice.decode("latin-1")


async def _refuse(send: Send, correlation_id: str, name: str) -> None:
    body = msgspec.json.encode(
        problem(correlation_id, Refused(400, "duplicate-header", f"The header {name} may come once.", {"header": name}))
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
