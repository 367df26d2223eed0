"""What happened to one thing, event by event, as it was recorded."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar.response import Response

from api.gate import PageSize, Query
from api.paging import Page, cut
from api.requests import Request
from application.secrets import without_secrets
from domain.kernel import Aggregate, Event, Fact, tag_of


class HistoryQuery(Query, frozen=True):
    limit: PageSize = 50
    cursor: str | None = None


class Shown(msgspec.Struct, frozen=True):
    """An event as it is shown, recorded or not."""

    type: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event) -> "Shown":
        return cls(tag_of(event), _data(event))


class Entry(Shown, frozen=True):
    """One event of a history."""

    version: int
    """Its place in this history, from 1."""
    recorded_at: datetime
    actor: str | None
    """Who decided it; only staff are told of others."""
    position: int
    """Its place in the log of its context."""
    correlation_id: str | None
    """The request that it came from; for staff."""


async def history(
    request: Request,
    asked: HistoryQuery,
    aggregate: Aggregate[Any, Any],
    id: UUID,
    shows: Callable[[Event], bool] = lambda event: True,
) -> Response[Page[Entry]]:
    """A page of the events of one stream, without those that this caller is not shown."""
    bound = f"history {id}"
    after = request.cursors.after(bound, asked.cursor, int) or 0
    facts = await request.shop.store.history(aggregate, id, after=after, limit=asked.limit + 1)
    page = cut(request, bound, facts, asked.limit, lambda fact: fact.version)
    return Response(Page([_entry(request, fact) for fact in page.items if shows(fact.event)], page.next))


def _entry(request: Request, fact: Fact[Any]) -> Entry:
    told = request.is_staff
    return Entry(
        tag_of(fact.event),
        _data(fact.event),
        fact.version,
        fact.recorded_at,
        fact.actor if told or fact.actor == request.subject else None,
        fact.position,
        fact.correlation_id if told else None,
    )


def _data(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = without_secrets(msgspec.to_builtins(event), type(event))
    del data["type"]
    return data
