"""A read model is a fold over one context's log: a value that says which facts change which rows, and how.

From that one definition come the table, the live follower, the rebuild, the replay and the laws that all must keep.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from domain.kernel import Event, Fact, tag_of

R = TypeVar("R", bound=msgspec.Struct)
T = TypeVar("T", covariant=True)

Key: TypeAlias = tuple[Any, ...]
"""The values of a row's primary key, in the order of `Projection.key`."""

EMBEDDING_DIMENSIONS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Generic[R]):
    """What can be seen of a context, as a pure fold.

    The table `read.<name>_v<version>` comes from the fields of `row`; the view `read.<name>` is what queries read.
    A change of `row`, `keys`, `evolve`, `columns` or `embeds` is a new `version`, which is built beside the one that
    serves and then takes its place.
    """

    name: str
    version: int
    context: str
    """Whose log it follows."""
    row: type[R]
    """A frozen Struct. A field's type decides its column: UUID, str, int, bool, Decimal, datetime, date, tuples of them
    become the like of it, all others jsonb; `X | None` may be null."""
    key: tuple[str, ...]
    """The fields that make the primary key."""
    events: tuple[type[Event], ...]
    """The events that matter; no others reach `keys` and `evolve`."""
    keys: Callable[[Fact[Any]], Iterable[Key]]
    """The rows that a fact touches, each once."""
    evolve: Callable[[R | None, Fact[Any], Key], R | None]
    """The row after the fact; None where there is none (any more). Never refuses, never changes the row it is given."""
    columns: tuple[str, ...] = ()
    """Columns that Postgres generates from the others, as SQL: `"words tsvector generated always as (…) stored"`."""
    indexes: tuple[str, ...] = ()
    """What follows `create index on <table>`: `"(brand, price)"`, `"using gin (tags)"`."""
    forgets: str | None = None
    """Rows that are too old to keep, as an SQL condition; they go in their own time."""
    month: str | None = None
    """A `date` in the key, the first of a month: each month's rows are kept in a partition of their own."""
    embeds: Callable[[R], str] | None = None
    """The text whose embedding is kept with the row, in `embedding` and `embedding_model`."""

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag_of(event) for event in self.events)

    @property
    def follower(self) -> str:
        """The name under which its position is kept."""
        return f"{self.name}_v{self.version}"

    def changes(self, facts: Iterable[Fact[Any]]) -> "Changes":
        """What the facts touch: the key of each row, with the facts that change it in their order."""
        keys, events = self.keys, frozenset(self.events)
        changes: Changes = {}
        for fact in facts:
            if type(fact.event) in events:
                try:
                    for key in keys(fact):
                        changes.setdefault(key, []).append(fact)
                except Exception as error:
                    raise CannotFold(self.follower, fact, error) from error
        return changes

    def before(self, changes: "Changes") -> set[Key]:
        """The keys of rows that may be there already. A row that a single stream makes begins with that stream."""
        if self.keys is not by_stream:
            return set(changes)
        return {key for key, facts in changes.items() if facts[0].version > 1}

    def apply(self, rows: MutableMapping[Key, R | None], changes: "Changes") -> None:
        """Folds the changes into `rows`, which holds the present rows of all keys that the changes name; None for none.

        Raises CannotFold with the fact at which it fails; `rows` are of no use then.
        """
        evolve = self.evolve
        for key, facts in changes.items():
            row = rows.get(key)
            for fact in facts:
                try:
                    row = evolve(row, fact, key)
                except Exception as error:
                    raise CannotFold(self.follower, fact, error) from error
            rows[key] = row


Changes: TypeAlias = dict[Key, list[Fact[Any]]]


class CannotFold(Exception):
    """A read model fails at a fact: its fold has a mistake, or the fact is not what it should be."""

    def __init__(self, projection: str, fact: Fact[Any], error: Exception) -> None:
        super().__init__(f"{projection} fails at {fact.context}={fact.position}: {error!r}")
        self.fact = fact


def fold(projection: Projection[R], facts: Iterable[Fact[Any]], rows: Mapping[Key, R] | None = None) -> dict[Key, R]:
    """All rows after the facts, starting from `rows` or nothing: the read model as memory holds it."""
    result: dict[Key, R | None] = dict(rows or {})
    projection.apply(result, projection.changes(facts))
    return {key: row for key, row in result.items() if row is not None}


def by_stream(fact: Fact[Any]) -> Iterable[Key]:
    """`keys` of a read model with one row a stream."""
    return ((fact.stream,),)


class Seen(msgspec.Struct, Generic[T], frozen=True):
    """The answer of a query and how much of the log it knows."""

    value: T
    positions: dict[str, int]
    """Context to the position in its log up to which the answer is complete."""


class Stale(Exception):
    """A read model has not come as far as its reader asked, within the time allowed."""

    def __init__(self, projection: str, context: str, position: int, wanted: int) -> None:
        super().__init__(f"{projection} stands at {context}={position}, {wanted - position} behind {context}={wanted}")
        self.projection = projection
        self.context = context
        self.position = position
        self.wanted = wanted
