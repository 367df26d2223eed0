"""Every answer that is not a success, as RFC 9457 problems. Nothing of the inside leaks: no trace, no SQL, no class.

One table maps refusals to statuses. The code and fields of a refusal are part of the interface and go out as they are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import psycopg
import structlog
from litestar import Request
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.response import Response

from application.store import KeyInFlight, KeyReused, StoreUnavailable, VersionConflict
from domain.kernel import Conflict, Forbidden, Invalid, NotFound, Refusal, StaleVersion
from projections.reading import NotServed

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[Refusal], int] = {
    Refusal: 409,
    Invalid: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    StaleVersion: 412,
    KeyReused: 422,
}
"""The nearest class in a refusal's ancestry decides."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457. Clients branch on `code`; `fields` says which values it is about."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, Any] = {}
    correlation_id: str


class Refused(Exception):
    """The request is refused before it reaches a use case: it is not what HTTP or this interface asks for."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.fields, self.headers = dict(fields or {}), dict(headers or {})


def problem(correlation_id: str, refused: Refused) -> Problem:
    return Problem(
        type=f"urn:storeline:problem:{refused.code}",
        title=refused.code.replace("-", " ").capitalize(),
        status=refused.status,
        detail=refused.detail,
        code=refused.code,
        fields=refused.fields,
        correlation_id=correlation_id,
    )


def no_such_page(headers: Mapping[str, str] | None = None) -> Refused:
    return Refused(404, "no-such-page", "There is nothing at this address.", headers=headers)


def allowed(methods: Iterable[str]) -> str:
    """What an address knows, as Allow says it: what can be got can be asked about, too."""
    known = set(methods) | {"OPTIONS"}
    return ", ".join(sorted(known | {"HEAD"} if "GET" in known else known))


def unavailable(detail: str, fields: Mapping[str, Any] | None = None) -> Refused:
    return Refused(503, "unavailable", detail, fields, {"Retry-After": "1"})


def _status(refusal: Refusal) -> int:
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def on_refused(request: Request[Any, Any, Any], refused: Refused) -> Response[bytes]:
    return Response(
        msgspec.json.encode(problem(request.scope["state"]["correlation_id"], refused), enc_hook=str),
        status_code=refused.status,
        media_type=MEDIA_TYPE,
        headers={**refused.headers, "Cache-Control": "no-store"},
    )


def on_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[bytes]:
    headers = {"Retry-After": "1"} if isinstance(refusal, KeyInFlight | VersionConflict) else None
    return on_refused(request, Refused(_status(refusal), refusal.code, refusal.detail, refusal.fields, headers))


def on_unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The database is away, full, slow or locked. Nothing is said of why; the log says it."""
    log.warning("unavailable", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
    return on_refused(request, unavailable("The shop cannot be reached at the moment. Try again in a second."))


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework itself refuses: addresses, methods, sizes and parameters."""
    match error:
        case MethodNotAllowedException():
            allow = allowed((error.headers or {}).get("allow", "").split(", "))
            return on_refused(
                request,
                Refused(405, "method-not-allowed", f"This address knows {allow}.", {"allow": allow}, {"Allow": allow}),
            )
        case NotFoundException():
            return on_refused(request, no_such_page())
        case ValidationException():
            return on_refused(request, _wrong_parameter(error))
        case HTTPException(status_code=413):
            return on_refused(request, Refused(413, "body-too-large", "The body is larger than this address takes."))
        case HTTPException(status_code=status) if status < 500:
            return on_refused(request, Refused(400, "bad-request", "This is not a well-formed request."))
        case _:
            return on_unexpected(request, error)


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A bug. It is logged once, here; the caller gets the correlation id to ask with."""
    log.error("unexpected error", route=request.scope.get("path_template"), exc_info=error)
    return on_refused(request, Refused(500, "unexpected", "Something went wrong here. It has been noted."))


def _wrong_parameter(error: ValidationException) -> Refused:
    extra = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    return Refused(
        422, "invalid-parameter", str(extra.get("message", "A parameter is missing.")), {"path": extra.get("key", "")}
    )


HANDLERS: dict[int | type[Exception], Any] = {
    Refused: on_refused,
    Refusal: on_refusal,
    StoreUnavailable: on_unavailable,
    NotServed: on_unavailable,
    psycopg.OperationalError: on_unavailable,
    psycopg.InterfaceError: on_unavailable,
    HTTPException: on_http_exception,
    Exception: on_unexpected,
}
