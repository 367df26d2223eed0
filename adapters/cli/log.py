"""`storeline events …` and `storeline stream …`: the logs as they are stored, also what cannot be read, and why not.

Only secrets are not shown: what is on a terminal is soon in a ticket.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from psycopg import AsyncConnection, sql

from adapters.cli.console import put
from adapters.cli.parameters import Count, Json
from adapters.contexts import CONTEXTS, NAMES
from adapters.databases import databases
from adapters.eventstore.mapper import Mapper, UnreadableEvent
from adapters.postgres.pools import connection_settings
from adapters.settings import load
from application.secrets import without_secrets
from domain.kernel import NotFound

events = App(name="events", help="Look at the events of a context.")
stream = App(name="stream", help="Look at one stream.")

Context = Annotated[str, Parameter(help=f"One of {', '.join(NAMES)}.")]

_EVENTS = {tag: event for context in CONTEXTS for tag, event in context.events.items()}
_MAPPERS = {context.name: Mapper(context) for context in CONTEXTS}
_PAGE = 500
_LOOK_SECONDS = 0.5


class NothingThere(NotFound):
    code = "nothing-there"


class Entry(NamedTuple):
    """A row of a log."""

    context: str
    position: int
    stream: UUID
    version: int
    tag: str
    state: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        """What is stored, and under `unreadable` why the shop cannot read it.

        Of what is not JSON only how much it is: nobody can tell a secret among it.
        """
        why = {"unreadable": self.problem} if self.problem else {}
        try:
            envelope = msgspec.json.decode(self.state, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return why | {"bytes": len(self.state)}
        return why | {
            name: without_secrets(value, _EVENTS.get(self.tag)) if name == "event" else value
            for name, value in envelope.items()
        }

    @property
    def problem(self) -> str | None:
        try:
            _MAPPERS[self.context].facts([(self.position, self.stream, self.version, self.tag, self.state)])
        except UnreadableEvent as error:
            return error.problem
        return None

    @property
    def whole(self) -> dict[str, Any]:
        where = {"position": self.position, "stream": str(self.stream), "version": self.version, "tag": self.tag}
        return where | self.envelope


class Log:
    """One context's log as rows, not as events: what stops the followers can be looked at here."""

    def __init__(self, connection: AsyncConnection, context: str) -> None:
        self._connection = connection
        self._context = context
        self._table = sql.Identifier(context, "events")

    async def last(self, count: int) -> list[Entry]:
        return (await self._rows("ORDER BY notification_id DESC LIMIT %s", count))[::-1]

    async def after(self, position: int) -> list[Entry]:
        return await self._rows("WHERE notification_id > %s ORDER BY notification_id LIMIT %s", position, _PAGE)

    async def at(self, position: int) -> list[Entry]:
        return await self._rows("WHERE notification_id = %s", position)

    async def of(self, stream: UUID, after: int) -> list[Entry]:
        condition = "WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version LIMIT %s"
        return await self._rows(condition, stream, after, _PAGE)

    async def _rows(self, condition: str, *values: object) -> list[Entry]:
        columns = "SELECT notification_id, originator_id, originator_version, topic, state FROM {} {}"
        query = sql.SQL(columns).format(self._table, sql.SQL(condition))
        cursor = await self._connection.execute(query, values)
        return [Entry(self._context, *row) for row in await cursor.fetchall()]


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
    async with _log(context) as log:
        entries = await log.last(count)
        shown = 0
        while True:
            _show(entries, json)
            shown = entries[-1].position if entries else shown
            if not follow:
                return
            await asyncio.sleep(_LOOK_SECONDS)
            entries = await log.after(shown)


@events.command
async def show(context: Context, position: Count, *, json: Json = False) -> None:
    """Show one event, by its position in the context's log."""
    async with _log(context) as log:
        entries = await log.at(position)
    if not entries:
        raise NothingThere(f"There is no event at {context}={position}.")
    whole = msgspec.json.encode(entries[0].whole)
    put((whole if json else msgspec.json.format(whole, indent=2)).decode())


@stream.command(name="show")
async def show_stream(context: Context, id: UUID, *, json: Json = False) -> None:
    """Show all events of a stream."""
    async with _log(context) as log:
        shown = 0
        while entries := await log.of(id, shown):
            _show(entries, json)
            shown = entries[-1].version
    if not shown:
        raise NothingThere(f"There is no stream {id} in {context}.")


@asynccontextmanager
async def _log(context: str) -> AsyncIterator[Log]:
    if context not in NAMES:
        raise NothingThere(f"There is no context {context}; there are {', '.join(NAMES)}.")
    with databases(load()) as found:
        found.check_migrated()
        url = connection_settings(found.urls[context], "command line")
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            yield Log(connection, context)


def _show(entries: Iterable[Entry], json: bool) -> None:
    for entry in entries:
        put(msgspec.json.encode(entry.whole).decode() if json else _line(entry))


def _line(entry: Entry) -> str:
    envelope = entry.envelope
    event = envelope.get("event", envelope)
    payload = {name: value for name, value in event.items() if name != "type"} if isinstance(event, dict) else event
    when = str(envelope.get("recorded_at", "?"))[:19].replace("T", " ")
    return (
        f"{entry.position:>8}  {when}  {entry.tag}  {entry.stream}@{entry.version}  {envelope.get('actor', '?')}"
        f"  {msgspec.json.encode(payload).decode()}"
    )
