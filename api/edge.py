"""The outermost layer: what is true of every answer. A plain ASGI function, since all requests pay for it."""

import re
from collections.abc import Iterable, Mapping
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
_LAST = ((b"connection", b"close"),)
"""What follows a body in chunks is not read. A Content-Length beside it never reaches us, but a proxy that believed it
would take the rest of the body for the next request: of somebody else, maybe (RFC 9112, 6.1)."""
_SLOW = 1.0
"""Seconds from which on every request is logged."""


def edge(app: ASGIApp, metrics: Metrics, methods: Mapping[str, str]) -> ASGIApp:
    """Wraps the whole application: correlation, safe headers, one line in the log and one point in the metrics each.

    `methods`: what each address knows, by its template, as Allow says it.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        started = perf_counter()
        correlation_id, chunked, refused = _read(scope["headers"])
        scope["state"]["correlation_id"] = correlation_id
        scope["state"]["context"] = Context(correlation_id)
        status, method = 500, scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message["headers"]
                if method == "OPTIONS" and (allow := methods.get(scope.get("path_template", ""))):
                    given = [*(each for each in given if each[0] != b"allow"), (b"allow", allow.encode())]
                names = {name for name, _ in given}
                message["headers"] = [
                    *given,
                    *_ALWAYS,
                    (b"storeline-correlation", correlation_id.encode()),
                    *(each for each in _UNLESS_GIVEN if each[0] not in names),
                    *(_LAST if chunked else ()),
                ]
            elif message["type"] == "http.response.body" and method == "HEAD":
                message["body"] = b""
            await send(message)

        # A request has a context of its own, which ends with it.
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        try:
            if refused:
                await _refuse(answer, correlation_id, refused)
            else:
                await app(scope, receive, answer)
        finally:
            _note(method, scope.get("path_template", ""), status, perf_counter() - started)

    def _note(method: str, route: str, status: int, seconds: float) -> None:
        metrics.request(method, route, status, seconds)
        # What went well is counted; a line for each would cost more than answering from the cache does.
        tell = log.debug if method == "GET" and status < 400 and seconds < _SLOW else log.info
        tell("request", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 2))

    return handle


def _read(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bool, Refused | None]:
    """The correlation id, the caller's or a new one; whether a body comes in chunks; which header came twice."""
    correlation, refused = b"", None
    names = set()
    for name, value in headers:
        if name in names and name in _ONCE:
            said = name.decode("latin-1")
            refused = Refused(400, "duplicate-header", f"The header {said} may come once.", {"header": said})
        names.add(name)
        if name == b"storeline-correlation":
            correlation = value
    known = _CORRELATION.fullmatch(correlation)
    name_of_request = correlation.decode() if known else str(uuid_utils.uuid7())
    return name_of_request, b"transfer-encoding" in names, refused


async def _refuse(send: Send, correlation_id: str, refused: Refused) -> None:
    body = msgspec.json.encode(problem(correlation_id, refused))
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
