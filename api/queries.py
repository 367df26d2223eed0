"""How every query answers: with how much of the logs it knows, and with a tag that tells whether it changed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from litestar.response import Response
from psycopg import AsyncConnection

from api import conditions
from api.requests import Request
from projections.kernel import Seen

P = ParamSpec("P")
T = TypeVar("T")

Asked = Callable[Concatenate[AsyncConnection, P], Awaitable[Seen[T]]]


async def look(request: Request, query: Asked[P, T], *args: P.args, **options: P.kwargs) -> Seen[T]:
    """Asks the read models one question."""
    async with request.shop.reads.connection() as connection:
        return await query(connection, *args, **options)


def answer(
    request: Request, value: T, positions: Mapping[str, int], *, tag: int | str | None = None, shared: bool = False
) -> Response[T]:
    """The answer to a query; 304 when the client has it already. `shared` answers are the same for everybody."""
    headers: dict[str, str] = {}
    if positions:
        headers["Storeline-Position"] = conditions.written(positions)
    if shared:
        headers["Cache-Control"], headers["Vary"] = "public, no-cache", "Accept, Origin"
    if tag is not None:
        headers["ETag"] = conditions.etag(tag)
        if (known := request.headers.get("if-none-match")) and conditions.unchanged(known, headers["ETag"]):
            return not_modified(headers)
    return Response(value, headers=headers)


def not_modified(headers: Mapping[str, str]) -> Response[Any]:
    return Response(None, status_code=304, headers=headers)
