"""Between events and what is stored of them: the tag as topic, and one JSON text with the envelope and the event.

{"recorded_at":"2026-11-20T08:00:00.000001Z","id":"…","actor":"alice","correlation_id":"…","event":{"type":"…",…}}
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from application.store import Call
from domain.kernel import Context, Event, Fact, tag_of

E = TypeVar("E")

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the next version's payload from one version's: a new dict, or the same one changed."""

Upcasters: TypeAlias = Mapping[tuple[str, int], Upcaster]
"""(tag, version that it reads) to the step to the version after it. Versions count from 1."""

Row: TypeAlias = tuple[int, UUID, int, str, bytes]
"""position, stream, version, tag, state: as they are stored."""


class UnreadableEvent(Exception):
    """A stored event cannot be decoded. Reading stops before it: no event is ever skipped in silence."""

    def __init__(self, position: int, tag: str, stream: UUID, version: int, state: bytes, problem: str) -> None:
        super().__init__(f"{tag} (position {position}, stream {stream}, version {version}) {problem}")
        self.problem = problem
        self.position = position
        self.tag = tag
        self.stream = stream
        self.version = version
        self.recorded_at = recorded_at(state)
        """None where not even that can be read."""


class UnknownEvent(UnreadableEvent):
    """The tag is in no registry. A tag is only ever looked up; nothing is imported by it."""

    def __init__(self, position: int, tag: str, stream: UUID, version: int, state: bytes) -> None:
        super().__init__(position, tag, stream, version, state, "is not known here.")


class Unrecorded(msgspec.Struct, Generic[E], frozen=True, omit_defaults=True, kw_only=True):
    """The envelope before the writer knows the moment of recording."""

    id: UUID
    actor: str
    correlation_id: str
    causation_id: str | None = None
    schema: int = 1
    event: E


class Envelope(Unrecorded[E], Generic[E], frozen=True, omit_defaults=True, kw_only=True):
    recorded_at: datetime


class Encoded(NamedTuple):
    """An event on its way into the log."""

    stream: UUID
    version: int
    tag: str
    body: bytes
    """The envelope as JSON, yet without the moment of recording."""
    complete: bool = False
    """True where `body` is stored as it is: something of the library's own."""

    def state(self, stamp: bytes) -> bytes:
        """What is stored: the envelope with the moment of recording put in front."""
        return self.body if self.complete else stamp + self.body[1:]

    def is_stored_as(self, state: bytes) -> bool:
        """Whether this is the stored form of this very event; its id in the body tells it from all others."""
        return state == self.body if self.complete else state.endswith(self.body[1:])


class _Reader(NamedTuple):
    decode: Callable[[bytes], Envelope[Any]]
    event: type[Event]
    schema: int


class Mapper:
    """Encodes and decodes the events of one context, and no others."""

    def __init__(self, context: Context, upcasters: Upcasters | None = None) -> None:
        self._context = context.name
        self._upcasters = {key: step for key, step in (upcasters or {}).items() if key[0] in context.events}
        self._readers = {
            tag: _Reader(msgspec.json.Decoder(Envelope[event]).decode, event, self._latest(tag))  # type: ignore[valid-type]
            for tag, event in context.events.items()
        }
        self._encode = msgspec.json.Encoder(decimal_format="string").encode

    def encode(self, event: Event, stream: UUID, version: int, call: Call) -> Encoded:
        tag = tag_of(event)
        unrecorded = Unrecorded(
            id=uuid7(),
            actor=call.actor,
            correlation_id=call.correlation_id,
            causation_id=call.causation_id,
            schema=self._readers[tag].schema,
            event=event,
        )
        return Encoded(stream, version, tag, self._encode(unrecorded))

    def facts(self, rows: Iterable[Row]) -> list[Fact[Any]]:
        """Raises UnknownEvent and UnreadableEvent."""
        context, readers = self._context, self._readers
        facts = []
        for position, stream, version, tag, state in rows:
            try:
                decode, _, schema = readers[tag]
                stored = decode(state)
                if stored.schema != schema:
                    stored = self._upcast(position, tag, stream, version, state)
            except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
                stored = self._upcast(position, tag, stream, version, state)
            facts.append(
                Fact(
                    stored.event,
                    context,
                    stream,
                    version,
                    position,
                    stored.id,
                    stored.recorded_at,
                    stored.actor,
                    stored.correlation_id,
                    stored.causation_id,
                )
            )
        return facts

    def _latest(self, tag: str) -> int:
        steps = sorted(version for name, version in self._upcasters if name == tag)
        if steps != list(range(1, len(steps) + 1)):
            raise ValueError(f"The upcasters of {tag} leave a gap: {steps}")
        return len(steps) + 1

    def _upcast(self, position: int, tag: str, stream: UUID, version: int, state: bytes) -> Envelope[Any]:
        """An event that is not of the latest schema, or cannot be read at all."""
        if tag not in self._readers:
            raise UnknownEvent(position, tag, stream, version, state)
        _, event, latest = self._readers[tag]
        try:
            stored = msgspec.json.decode(state, type=Envelope[dict[str, Any]])
            if stored.schema > latest:
                problem = f"has schema {stored.schema}, newer than {latest}: it was written by newer code."
                raise UnreadableEvent(position, tag, stream, version, state, problem)
            payload = stored.event
            for schema in range(stored.schema, latest):
                payload = self._upcasters[tag, schema](payload)
            return msgspec.structs.replace(stored, event=msgspec.convert(payload, event))
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableEvent(position, tag, stream, version, state, f"cannot be read: {error}") from error


def stamp(recorded_at: datetime) -> bytes:
    """The beginning of what is stored of events recorded at that moment."""
    return b'{"recorded_at":' + msgspec.json.encode(recorded_at) + b","


def recorded_at(state: bytes) -> datetime | None:
    """The moment in a stored event; None where it was written by something else and holds none."""
    try:
        return msgspec.json.decode(state, type=_Moment).recorded_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _Moment(msgspec.Struct):
    recorded_at: datetime
