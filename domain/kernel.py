"""What every context shares: events, facts, aggregates and the root of the refusals.

Refusal
├── Invalid      what was asked can never be accepted as it stands
├── NotFound     what was asked about does not exist, or not for this caller
├── Conflict     what was asked does not fit the present state
│   └── StaleVersion   the caller decided on an older version than the present one
└── Forbidden    this caller may not do this
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args
from uuid import UUID

import msgspec
import msgspec.structs

T = TypeVar("T")
S = TypeVar("S")
E = TypeVar("E", covariant=True)

Personal = Annotated[T, msgspec.Meta(extra={"personal": True})]
"""Marks a field of an event as personal data: `name: Personal[str]`."""

Secret = Annotated[T, msgspec.Meta(extra={"personal": True, "secret": True})]
"""Marks a field of an event that is shown to nobody, staff neither: `token: Secret[str]`."""


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
    """The database's clock under the writer's lock, UTC. It does not decrease with the position, unless that clock was
    set back by more than a second.
    """
    actor: str
    correlation_id: str
    causation_id: str | None = None

    @property
    def day(self) -> date:
        """On which it was recorded, UTC."""
        return self.recorded_at.astimezone(UTC).date()


def is_over(start: datetime, lasts: timedelta, now: datetime) -> bool:
    """Whether so long has passed since then.

    A start that lies as far in the future was recorded while the clock was wrong, and nobody waits for the clock.
    """
    return abs(now - start) >= lasts


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S, E]):
    """A kind of stream: its name, its initial state, and how events change that.

    `name` is `<context>.<kind>`; `events` are all event classes that its streams may hold.
    """

    name: str
    initial: S
    evolve: Callable[[S, Any], S]
    events: tuple[type[E], ...]
    missing: "Callable[[UUID], Refusal] | None" = None
    """Makes the refusal for a stream without events; None where an empty stream is a valid beginning."""
    snapshot_every: int | None = None
    """A snapshot of the state is taken every so many events; None for short streams, which have none."""

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
    events: Mapping[str, type[Event]] = field(init=False)
    """Stored tag to event class."""

    def __post_init__(self) -> None:
        events: dict[str, type[Event]] = {}
        for aggregate in self.aggregates:
            for event in aggregate.events:
                tag = tag_of(event)
                if aggregate.context != self.name or not tag.startswith(f"{self.name}.") or tag in events:
                    raise ValueError(f"{tag} of {aggregate.name} is used twice, or does not belong to {self.name}")
                events[tag] = event
        object.__setattr__(self, "events", MappingProxyType(events))


def members(union: Any) -> tuple[Any, ...]:
    """The classes of a union, or of a single class: `events=members(OrderEvent)`."""
    return get_args(union) or (union,)


def tag_of(event: type[Event] | Event) -> str:
    """The stored name of an event: `"ordering.OrderPlaced"`."""
    return str(event.__struct_config__.tag)


class Refusal(Exception):
    """A command or query was understood and refused; nothing was recorded.

    `code` is stable: clients branch on it. `detail` says what happened and what to do next. `fields` is plain data,
    and Money. Text in it may come from the caller: lone surrogates, which cannot be encoded, become question marks.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = {
            name: value.encode(errors="replace").decode() if isinstance(value, str) else value
            for name, value in fields.items()
        }


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
            f"Version {expected} was expected, but it is at version {actual} now. Read it again and decide anew.",
            expected=expected,
            actual=actual,
        )


class InvalidText(Invalid):
    code = "invalid-text"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"`{field}` {problem}.", path=field)


# What stored text must not hold: control characters, line and paragraph separators, and characters that change how text
# looks without being seen, like directional overrides and zero-width ones (joiners apart, which emoji and several
# scripts need). A text of several lines may break them with \n, \r and \t.
_UNSEEN = (
    "\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
)
_REFUSED_IN_LINE = re.compile(f"[\x00-\x1f{_UNSEEN}]")
_REFUSED_IN_LINES = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}]")
_JOINING = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Joins and picks shapes of the characters around it: allowed, but nothing to see or to tell names apart by."""
_MOST_MARKS = 30
"""Combining marks on one letter; text in any language needs fewer (the stream-safe text format of Unicode, UAX 15)."""


def clean(field: str, value: str, *, most: int, least: int = 1, lines: bool = False) -> str:
    """`value` in normal form C without outer white space; `lines` allows line breaks and tabs.

    Raises InvalidText where it is shorter or longer than allowed, or holds characters that cannot be stored or seen.
    """
    if len(value) > 4 * most:  # normal form C never shortens text to less than a third
        raise InvalidText(field, f"is longer than {most} characters")
    if value.isascii():
        text = value.strip()
    else:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidText(field, "holds half of a character (a lone surrogate)") from error
        if _piles_marks(value):  # before normalising, which takes quadratic time on them
            raise InvalidText(field, f"holds more than {_MOST_MARKS} combining marks on one letter")
        text = unicodedata.normalize("NFC", value).strip()
    if (_REFUSED_IN_LINES if lines else _REFUSED_IN_LINE).search(text):
        raise InvalidText(field, "holds control or invisible characters")
    if len(text) < least or (least and not text.isascii() and not _JOINING.sub("", text).strip()):
        raise InvalidText(field, "is empty" if least == 1 else f"is shorter than {least} characters")
    if len(text) > most:
        raise InvalidText(field, f"is longer than {most} characters")
    return text


def folded(text: str) -> str:
    """The form in which texts are compared where they must be unique: without case, width, joiners and doubled spaces.

    Two texts that fold alike count as the same name, however they are stored (Unicode, compatibility caseless match).
    """
    caseless = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold()).casefold()
    return " ".join(unicodedata.normalize("NFKC", _JOINING.sub("", caseless)).split())


def set_fields(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields of a partial change that are set, which is to say not `UNSET`."""
    return {field: value for field, value in msgspec.structs.asdict(struct).items() if value is not msgspec.UNSET}


def _piles_marks(text: str) -> bool:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MOST_MARKS:
            return True
    return False
