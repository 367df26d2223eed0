"""`storeline events …` and `storeline stream …`: the logs as they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

import msgspec
from cyclopts import App, Parameter

from adapters import wiring
from adapters.cli.console import put
from adapters.cli.parameters import Count, Json
from adapters.contexts import CONTEXTS, NAMES
from adapters.databases import databases
from adapters.settings import load
from application.store import EventStore
from domain.kernel import Aggregate, Event, Fact, NotFound, tag_of

events = App(name="events", help="Look at the events of a context.")
stream = App(name="stream", help="Look at one stream.")

Context = Annotated[str, Parameter(help=f"One of {', '.join(NAMES)}.")]

_PAGE = 500
_LOOK_SECONDS = 0.5


class NothingThere(NotFound):
    code = "nothing-there"


@events.command
async def tail(context: Context, *, count: Count = 20, follow: bool = False, json: Json = False) -> None:
    """Show the last events of a context.

    Parameters
    ----------
    count
        How many.
    follow
        Go on showing new ones until Ctrl-C.
    """
    async with _log(context) as store:
        shown = await store.head(context)
        facts = await _last(store, context, shown, count)
        while True:
            for fact in facts:
                put(_line(fact, json))
                shown = fact.position
            if not follow:
                return
            await asyncio.sleep(_LOOK_SECONDS)
            facts = await store.read(context, after=shown, limit=_PAGE)


@events.command
async def show(context: Context, position: Count, *, json: Json = False) -> None:
    """Show one event, by its position in the context's log."""
    async with _log(context) as store:
        facts = await store.read(context, after=position - 1, limit=1)
        if not facts or facts[0].position != position:
            raise NothingThere(f"There is no event at {context}={position}.")
        put(_line(facts[0], json) if json else _whole(facts[0]))


@stream.command(name="show")
async def show_stream(context: Context, id: UUID, *, json: Json = False) -> None:
    """Show all events of a stream."""
    async with _log(context) as store:
        shown = 0
        for aggregate in _kinds(context):
            while facts := await _history(store, aggregate, id, shown):
                for fact in facts:
                    put(_line(fact, json))
                    shown = fact.version
        if not shown:
            raise NothingThere(f"There is no stream {id} in {context}.")


@asynccontextmanager
async def _log(context: str) -> AsyncIterator[EventStore]:
    """The event store, once it is known that it has such a context."""
    if context not in NAMES:
        raise NothingThere(f"There is no context {context}; there are {', '.join(NAMES)}.")
    settings = load()
    with databases(settings) as found:
        found.check_migrated()
        async with wiring.event_store(settings, found.urls) as store:
            yield store


async def _history(store: EventStore, aggregate: Aggregate[Any, Any], id: UUID, after: int) -> list[Fact[Any]]:
    try:
        return await store.history(aggregate, id, after=after, limit=_PAGE)
    except NotFound:
        return []


async def _last(store: EventStore, context: str, head: int, count: int) -> list[Fact[Event]]:
    """The last `count` facts. Positions have gaps, so it looks further back until there are enough."""
    reach = count
    while True:
        facts = await store.read(context, after=max(0, head - reach), limit=reach)
        if len(facts) >= count or reach >= head:
            return facts[-count:]
        reach *= 4


def _kinds(context: str) -> tuple[Aggregate[Any, Any], ...]:
    return next(each.aggregates for each in CONTEXTS if each.name == context)


def _line(fact: Fact[Any], json: bool) -> str:
    if json:
        return msgspec.json.encode(fact).decode()
    when = fact.recorded_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    payload = msgspec.to_builtins(fact.event)
    payload.pop("type")
    return (
        f"{fact.position:>8}  {when}  {tag_of(fact.event)}  {fact.stream}@{fact.version}  {fact.actor}"
        f"  {msgspec.json.encode(payload).decode()}"
    )


def _whole(fact: Fact[Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(fact), indent=2).decode()
