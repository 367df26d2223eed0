"""`storeline events …` and `storeline stream …`: the logs as they are."""

import asyncio
from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from adapters import wiring
from adapters.cli.console import put
from adapters.databases import databases
from adapters.settings import CONTEXTS, load
from application.store import EventStore
from domain.kernel import Aggregate, Event, Fact, NotFound, tag_of

events = App(name="events", help="Look at the events of a context.")
stream = App(name="stream", help="Look at one stream.")

Count = Annotated[int, Parameter(validator=Number(gte=1))]
Context = Annotated[str, Parameter(help=f"One of {', '.join(CONTEXTS)}.")]

_PAGE = 500
_POLL = 0.5


class NothingThere(NotFound):
    code = "nothing-there"


@events.command
async def tail(context: Context, *, count: Count = 20, follow: bool = False, json: bool = False) -> None:
    """Show the last events of a context.

    Parameters
    ----------
    count
        How many.
    follow
        Go on showing new ones until Ctrl-C.
    json
        One JSON object a line.
    """
    with databases(load()) as found:
        async with wiring.event_store(load(), found.urls) as store:
            _check(context)
            head = await store.head(context)
            facts = await _last(store, context, head, count)
            while True:
                for fact in facts:
                    put(_line(fact, json))
                if not follow:
                    return
                after = facts[-1].position if facts else head
                head = max(head, after)
                await asyncio.sleep(_POLL)
                facts = await store.read(context, after=head, limit=_PAGE)


@events.command
async def show(context: Context, position: Count, *, json: bool = False) -> None:
    """Show one event, by its position in the context's log."""
    with databases(load()) as found:
        async with wiring.event_store(load(), found.urls) as store:
            _check(context)
            facts = await store.read(context, after=position - 1, limit=1)
            if not facts or facts[0].position != position:
                raise NothingThere(f"There is no event at {context}={position}.")
            put(_line(facts[0], json) if json else _whole(facts[0]))


@stream.command(name="show")
async def show_stream(context: Context, id: UUID, *, json: bool = False) -> None:
    """Show all events of a stream."""
    with databases(load()) as found:
        async with wiring.event_store(load(), found.urls) as store:
            _check(context)
            found_any = False
            for aggregate in _kinds(context):
                after = 0
                while facts := await _history(store, aggregate, id, after):
                    found_any = True
                    after = facts[-1].version
                    for fact in facts:
                        put(_line(fact, json))
            if not found_any:
                raise NothingThere(f"There is no stream {id} in {context}.")


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


def _check(context: str) -> None:
    if context not in CONTEXTS:
        raise NothingThere(f"There is no context {context}; there are {', '.join(CONTEXTS)}.")


def _kinds(context: str) -> tuple[Aggregate[Any, Any], ...]:
    return next(each.aggregates for each in wiring.CONTEXTS if each.name == context)


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
