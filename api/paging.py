"""Lists, a page at a time. A page begins behind the row that the cursor of the page before it names."""

from collections.abc import Awaitable, Callable
from typing import Generic, ParamSpec, Protocol, TypeVar

import msgspec

from api.queries import Asked, look
from api.requests import Request
from projections.kernel import Seen

K = TypeVar("K")
P = ParamSpec("P")
T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and the cursor of the next; null on the last."""

    items: list[T]
    next: str | None = None


class ListQuery(Protocol):
    """What every list is asked: how many rows, and behind which."""

    @property
    def limit(self) -> int: ...
    @property
    def cursor(self) -> str | None: ...


async def paged(
    request: Request,
    asked: ListQuery,
    kind: type[K],
    place: Callable[[T], object],
    query: Asked[P, list[T]],
    /,
    *args: P.args,
    **filters: P.kwargs,
) -> Seen[Page[T]]:
    """The page that is asked for of what `query` lists, which takes `after` and `limit` besides.

    `place` tells where a row stands, its sort values and id; `kind` is what that is read as again.
    """
    rows: Callable[..., Awaitable[Seen[list[T]]]] = query  # `P` cannot say that it has `after` and `limit`
    bound = bound_to(request, asked)
    after = request.cursors.after(bound, asked.cursor, kind)
    seen = await look(request, rows, *args, after=after, limit=asked.limit + 1, **filters)
    return Seen(cut(request, bound, seen.value, asked.limit, place), seen.positions)


def whole(seen: Seen[list[T]]) -> Seen[Page[T]]:
    """A list that is never so long that it needs more than one page."""
    return Seen(Page(seen.value), seen.positions)


_OF_THE_PAGE = frozenset(("cursor", "limit", "facets"))
"""What may be asked of one page and not of the next."""


def bound_to(request: Request, asked: ListQuery) -> str:
    """What a cursor is bound to: the address, whose list it is, and what decides which rows it has in which order."""
    fields = msgspec.to_builtins(asked)
    rest = {name: value for name, value in fields.items() if name not in _OF_THE_PAGE}
    whose = request.identity if request.scope["route_handler"].opt["gate"].rule.own else ""
    return f"{request.scope['path']} {whose} {msgspec.json.encode(rest, order='deterministic').decode()}"


def cut(request: Request, bound: str, rows: list[T], limit: int, place: Callable[[T], object]) -> Page[T]:
    """A page of at most `limit` of the rows, which were asked for with one more to see whether it is the last."""
    if len(rows) <= limit:
        return Page(rows)
    return Page(rows[:limit], request.cursors.write(bound, place(rows[limit - 1])))
