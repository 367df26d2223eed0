"""Laws that hold for every aggregate, whatever it is about.

@given(ITEM_LIFE.histories(), ITEM_LIFE.steps())
def test_a_repeated_decision_decides_nothing(history, step):
    assert_repeating_decides_nothing(ITEM, history, step)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

import msgspec
from hypothesis import strategies as st

from domain.kernel import Aggregate, Event, Refusal


@dataclass(frozen=True)
class Step:
    """A decision with what it is asked for; calls it on a state."""

    decision: Callable[..., list[Any]]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, state: Any) -> list[Any]:
        return self.decision(state, *self.args, **self.kwargs)

    def __repr__(self) -> str:
        given = [repr(arg) for arg in self.args] + [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"{self.decision.__name__}({', '.join(given)})"


def step(decision: Callable[..., list[Any]], *args: Any, **kwargs: Any) -> st.SearchStrategy[Step]:
    """`step(reprice, money("USD"))`: the decision with arguments drawn from strategies."""
    return st.builds(Step, st.just(decision), st.tuples(*args), st.fixed_dictionaries(kwargs))


@dataclass(frozen=True)
class Life:
    """All that can be asked of an aggregate, so that whatever can happen to it can be drawn."""

    aggregate: Aggregate[Any, Any]
    first: st.SearchStrategy[Step]
    """What begins it."""
    then: st.SearchStrategy[Step]
    once: st.SearchStrategy[Step] | None = None
    """What is decided once, however often it is asked for; None: all of it."""

    def steps(self) -> st.SearchStrategy[Step]:
        return self.first | self.then

    def histories(self, most: int = 12) -> st.SearchStrategy[list[Event]]:
        """Histories that decisions led to; a decision that is refused adds nothing."""
        return st.tuples(self.first, st.lists(self.then, max_size=most)).map(
            lambda drawn: self.lived(drawn[0], *drawn[1])
        )

    def lived(self, *steps: Step) -> list[Event]:
        state, history = self.aggregate.initial, list[Event]()
        for each in steps:
            decided, _ = outcome(each, state)
            history += decided
            state = self.aggregate.fold(state, decided)
        return history


def outcome(step: Step, state: Any) -> tuple[list[Any], Refusal | None]:
    """What is decided, or why it is refused."""
    try:
        return step(state), None
    except Refusal as refusal:
        return [], refusal


def assert_repeating_decides_nothing(aggregate: Aggregate[Any, Any], history: Iterable[Event], step: Step) -> None:
    """What was decided once decides nothing when it is asked for again."""
    state = aggregate.fold(aggregate.initial, history)
    decided, refusal = outcome(step, state)
    if refusal is None:
        assert [] == step(aggregate.fold(state, decided))


def assert_only_refusals(aggregate: Aggregate[Any, Any], history: Iterable[Event], step: Step) -> None:
    """A decision answers with events of its aggregate or a refusal with a code of its own; the state stays."""
    state = aggregate.fold(aggregate.initial, history)
    before = msgspec.json.encode(state)
    decided, refusal = outcome(step, state)

    assert all(type(event) in aggregate.events for event in decided)
    if refusal is not None:
        assert refusal.code not in {"refused", "invalid", "not-found", "conflict", "forbidden"}
        assert refusal.detail.endswith(".")
        assert msgspec.json.encode(refusal.fields)
    assert before == msgspec.json.encode(state)


def assert_stored_history_replays(aggregate: Aggregate[Any, Any], history: list[Event]) -> None:
    """History that was written and read again is the same, and leads to the same state."""
    read = restored(aggregate, history)

    assert history == read
    assert aggregate.fold(aggregate.initial, history) == aggregate.fold(aggregate.initial, read)


def assert_history_never_fails(aggregate: Aggregate[Any, Any], events: Iterable[Event]) -> None:
    """`evolve` takes any events in any order: no rule can ever make a stored history unreadable."""
    state = aggregate.initial
    for event in events:
        state = aggregate.evolve(state, event)

    assert type(state) is type(aggregate.initial)


def restored(aggregate: Aggregate[Any, Any], history: Sequence[Event]) -> list[Any]:
    """The history as it comes back from being stored."""
    union: Any = Union[aggregate.events]  # noqa: UP007  # made from a tuple
    encoded = msgspec.json.Encoder(decimal_format="string").encode(history)
    return list(msgspec.json.decode(encoded, type=list[union]))
