"""The event store as the use cases see it: load streams, decide, save them as one command that takes effect once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from domain.kernel import Aggregate, Conflict, Event, Fact, StaleVersion

S = TypeVar("S")
E = TypeVar("E", bound=Event)
R = TypeVar("R")


STAFF_ROLES = frozenset({"staff", "admin"})
"""Roles of those who work for the shop."""


class Idempotency(msgspec.Struct, frozen=True):
    """How a repeated command is recognised. A key belongs to one caller and one kind of command (`scope`)."""

    key: str
    caller: str
    scope: str
    fingerprint: bytes
    """SHA-256 of the request: the same key with another fingerprint is another command, and refused."""


class Call(msgspec.Struct, frozen=True):
    """Who calls a use case, when, on what grounds: everything about a command that is not the command."""

    actor: str
    """Opaque id of the person or process that decides, e.g. `alice`, `anonymous`, `system:deadlines`."""
    now: datetime
    correlation_id: str
    causation_id: str | None = None
    roles: frozenset[str] = frozenset()
    idempotency: Idempotency | None = None
    expected: int | None = None
    """The version that the caller saw of the stream that the command is about (`If-Match`)."""

    @property
    def is_staff(self) -> bool:
        return not self.roles.isdisjoint(STAFF_ROLES)


@dataclass(slots=True)
class Stream(Generic[S, E]):
    """One aggregate's stream while a use case decides: the state so far and the events to be saved."""

    aggregate: Aggregate[S, E]
    id: UUID
    version: int
    """The version in the store when it was loaded; 0 for a stream without events."""
    state: S
    pending: list[E] = field(default_factory=list)
    position: int = 0
    """Place in its context's log of the last event that is in `state` and not pending; 0 without any."""
    foreign: bool = False
    """Whether its id belongs to a stream of another kind: there is nothing to see of it, and nothing can be saved."""

    @classmethod
    def new(cls, aggregate: Aggregate[S, E], id: UUID) -> "Stream[S, E]":
        """A stream that must not exist yet."""
        return cls(aggregate, id, 0, aggregate.initial)

    def add(self, events: Iterable[E]) -> None:
        for event in events:
            self.state = self.aggregate.evolve(self.state, event)
            self.pending.append(event)


class Saved(msgspec.Struct, Generic[R], frozen=True):
    """What a command did. A command that comes again answers with what it did the first time."""

    result: R
    versions: dict[UUID, int]
    """Version of each stream after the command."""
    positions: dict[str, int]
    """Context to a position in its log: who knows the log up to there sees at least what this answer says.

    The last event that the command wrote or, where it decided nothing, the last of the streams that it looked at;
    empty where those have none.
    """
    events: tuple[Event, ...] = ()
    """The events written now; empty when the command had been done before."""
    replayed: bool = False
    """True when this is the stored answer of an earlier, equal command."""


class Tracking(msgspec.Struct, frozen=True):
    """A follower's progress, saved together with what it decided."""

    follower: str
    context: str
    """Whose log is followed."""
    position: int
    after: int | None = None
    """The position that the follower must have recorded last; None for any below `position`."""


class Inbox(msgspec.Struct, frozen=True):
    """The messages that a follower takes in, saved together with what it decided: each is taken in once."""

    follower: str
    messages: tuple[UUID, ...]


class VersionConflict(Conflict):
    """Somebody else saved one of the streams since it was loaded. Nothing was saved; load and decide again."""

    code = "version-conflict"

    def __init__(self, stream: UUID) -> None:
        super().__init__("Somebody else changed this at the same moment. Try again.", stream=str(stream))
        self.stream = stream


class IdTaken(Conflict):
    """The id belongs to a stream of another kind. It always will: trying again is of no use."""

    code = "id-taken"

    def __init__(self, id: UUID) -> None:
        super().__init__(f"{id} is the id of something of another kind. Choose another one.", id=str(id))


class KeyReused(Conflict):
    """The Idempotency-Key was used before for a different request."""

    code = "idempotency-key-reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for a different request. Use a new key for a new request.")


class KeyInFlight(Conflict):
    """The same command is being worked on at this moment."""

    code = "idempotency-key-in-flight"

    def __init__(self) -> None:
        super().__init__("This very request is being worked on. Ask again in a moment with the same key.")


class Overtaken(Conflict):
    """Another instance of this follower has come as far already, or further. Nothing was saved."""

    code = "follower-overtaken"

    def __init__(self, follower: str) -> None:
        super().__init__("Another instance of this follower has done this already.", follower=follower)


class TakenInBefore(Conflict):
    """This follower took some of the messages in before. Nothing was saved; leave them out and decide again."""

    code = "message-taken-in-before"

    def __init__(self, follower: str, messages: frozenset[UUID]) -> None:
        super().__init__("This follower has taken these messages in before.", follower=follower)
        self.messages = messages


class StoreUnavailable(Exception):
    """The database did not answer in time. For a command with an idempotency key it is safe to send it again."""


class EventStore(Protocol):
    """Port. Every method raises StoreUnavailable when the database cannot be reached within its time limit."""

    async def load(
        self, aggregate: Aggregate[S, E], id: UUID, *, expected: int | None = None, at: int | None = None
    ) -> Stream[S, E]:
        """The stream, folded up to version `at` or its end.

        Raises `aggregate.missing(id)` where it has no events (or `id` is a stream of another kind),
        StaleVersion where its version is not `expected`.
        """

    async def load_many(self, aggregate: Aggregate[S, E], ids: Sequence[UUID]) -> dict[UUID, Stream[S, E]]:
        """One stream an id, however often it is named, in one query; streams without events at version 0, whatever
        `aggregate.missing` says.

        So are streams of another kind, which say that they are `foreign`.
        """

    async def recall(self, call: Call, context: str, result: type[R]) -> Saved[R] | None:
        """What this very command answered when it was done before; None when it was not, or has no idempotency key.

        Raises KeyReused when the key was used for a different request.
        """

    async def save(
        self,
        *streams: Stream[Any, Any],
        call: Call,
        result: R,
        tracking: Tracking | None = None,
        inbox: Inbox | None = None,
        context: str | None = None,
    ) -> Saved[R]:
        """Writes, in one transaction, the pending events of all streams, the command's record, `tracking` and `inbox`.

        All streams are of one context; `context` names it where there are no streams. With nothing pending the record
        is still written. Where this very command was done meanwhile, returns its earlier answer. After a lost
        connection, finds out whether the command took effect before trying again.

        Raises VersionConflict where a stream was changed since it was loaded, IdTaken where one is `foreign`, KeyReused
        like `recall`, Overtaken where the follower of `tracking` does not stand where `tracking.after` says, and
        TakenInBefore for what `inbox` holds.
        """

    async def history(self, aggregate: Aggregate[S, E], id: UUID, *, after: int = 0, limit: int = 100) -> list[Fact[E]]:
        """Facts of one stream in order, after version `after`. Raises `aggregate.missing(id)` like `load`."""

    async def read(
        self, context: str, *, after: int = 0, limit: int = 500, tags: Sequence[str] = ()
    ) -> list[Fact[Event]]:
        """Facts of a context's log in order, after position `after`; only events with one of `tags` where given.

        Raises where an event cannot be read or has an unknown tag, whatever `tags` says: nothing is skipped in silence.
        """

    async def head(self, context: str) -> int:
        """Position of the last event in a context's log; 0 when it is empty."""

    async def tracked(self, follower: str, source: str, *, context: str) -> int:
        """How far `follower` has come in the log of `source`, by what it saved in `context`; 0 at the beginning."""


async def recorded_at(store: EventStore, aggregate: Aggregate[S, E], id: UUID, version: int) -> datetime:
    """When the fact that gave a stream this version was recorded."""
    (fact,) = await store.history(aggregate, id, after=version - 1, limit=1)
    return fact.recorded_at


def check_expected(expected: int | None, actual: int) -> None:
    """Raises StaleVersion unless the version is the one that the caller saw."""
    if expected is not None and expected != actual:
        raise StaleVersion(expected, actual)
