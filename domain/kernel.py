"""What every context shares: events, facts, aggregates and the root of the refusals.

Refusal
├── Invalid      what was asked can never be accepted as it stands
├── NotFound     what was asked about does not exist, or not for this caller
├── Conflict     what was asked does not fit the present state
│   └── StaleVersion   the caller decided on an older version than the present one
└── Forbidden    this caller may not do this
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args
from uuid import UUID

import msgspec

T = TypeVar("T")
S = TypeVar("S")
E = TypeVar("E", covariant=True)

Personal = Annotated[T, msgspec.Meta(extra={"personal": True})]
"""Marks a field of an event as personal data: `name: Personal[str]`."""


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """Something that happened, as pure payload. Each event names its stored tag: `tag="ordering.OrderPlaced"`.

    The tag is for ever; the class may move. Who, when and in which stream are in the `Fact` around it.
    """


class Fact(msgspec.Struct, Generic[E], frozen=True):
    """A recorded event with its envelope."""

    event: E
    context: str
    stream: UUID
    version: int
    """Place in its stream, from 1 without gaps."""
    position: int
    """Place in its context's log; grows in commit order, with gaps."""
    id: UUID
    recorded_at: datetime
    """The database's clock under the writer's lock, UTC; never decreases with the position."""
    actor: str
    correlation_id: str
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S, E]):
    """What a kind of stream is: its name, where its state begins, how events change it.

    `name` is `<context>.<kind>`; `events` are all event classes that its streams may hold.
    """

    name: str
    initial: S
    evolve: Callable[[S, Any], S]
    events: tuple[type[E], ...]
    missing: "Callable[[UUID], Refusal] | None" = None
    """Makes the refusal for a stream without events; None where an empty stream is a valid beginning."""
    snapshot_every: int | None = None
    """A snapshot of the state is kept each time so many events were added; None for short streams."""

    @property
    def context(self) -> str:
        return self.name.partition(".")[0]

    def fold(self, state: S, events: Iterable[Any]) -> S:
        for event in events:
            state = self.evolve(state, event)
        return state


@dataclass(frozen=True, slots=True)
class Context:
    """A bounded context: its aggregates, and through them the registry of all events that its log may hold."""

    name: str
    aggregates: tuple[Aggregate[Any, Any], ...]

    @property
    def events(self) -> Mapping[str, type[Event]]:
        """Stored tag to event class."""
        return {
            tag_of(event): event
            for aggregate in self.aggregates
            for event in aggregate.events
        }


def members(union: Any) -> tuple[Any, ...]:
    """The classes of a union, or of a single class: `events=members(OrderEvent)`."""
    return get_args(union) or (union,)


def tag_of(event: type[Event] | Event) -> str:
    """The stored name of an event: `"ordering.OrderPlaced"`."""
    return str(event.__struct_config__.tag)


class Refusal(Exception):
    """A command or query was understood and refused; nothing was recorded.

    `code` is stable: clients branch on it. `detail` says what happened and what to do next. `fields` is plain data.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class Invalid(Refusal):
    code = "invalid"


class NotFound(Refusal):
    code = "not-found"


class Conflict(Refusal):
    code = "conflict"


class Forbidden(Refusal):
    code = "forbidden"


class StaleVersion(Conflict):
    code = "stale-version"

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(
            f"Version {expected} was expected, but {actual} is the present one. Read it again and decide anew.",
            expected=expected,
            actual=actual,
        )


class InvalidText(Invalid):
    code = "invalid-text"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"`{field}` {problem}.", field=field)


# Characters that change how text looks without being seen: directional overrides and isolates, zero-width
# characters (joiners apart, which emoji and several scripts need), and the byte order mark.
_INVISIBLE = frozenset(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def clean(
    field: str, value: str, *, most: int, least: int = 1, lines: bool = False
) -> str:
    """`value` in normal form C without outer white space; `lines` allows line breaks and tabs.

    Raises InvalidText where it is shorter or longer than allowed, or holds characters that cannot be stored or seen.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(
            field, "holds half of a character (a lone surrogate)"
        ) from error
    if len(value) > 4 * most:  # normal form C never shortens text to less than a third
        raise InvalidText(field, f"is longer than {most} characters")
    text = unicodedata.normalize("NFC", value).strip()
    allowed = "\n\r\t" if lines else ""
    if any(
        (unicodedata.category(char) == "Cc" and char not in allowed)
        or char in _INVISIBLE
        for char in text
    ):
        raise InvalidText(field, "holds control or invisible characters")
    if len(text) < least:
        raise InvalidText(
            field, "is empty" if least == 1 else f"is shorter than {least} characters"
        )
    if len(text) > most:
        raise InvalidText(field, f"is longer than {most} characters")
    return text
