"""given(...).when(...).then(...): a decision's promise in one sentence.

given(ORDER, [placed, paid]).when(cancel, "too late").refused(OrderCannotChange)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from domain.kernel import Aggregate, Event, Refusal


@dataclass(frozen=True)
class Given:
    aggregate: Aggregate[Any, Any]
    history: list[Event]

    def when(
        self, decision: Callable[..., Iterable[Event]], *args: Any, **kwargs: Any
    ) -> "When":
        """Calls `decision(state, *args, **kwargs)` on the state that the history leads to."""
        state = self.aggregate.fold(self.aggregate.initial, self.history)
        return When(
            self.aggregate, state, lambda: list(decision(state, *args, **kwargs))
        )


@dataclass(frozen=True)
class When:
    aggregate: Aggregate[Any, Any]
    state: Any
    decide: Callable[[], list[Event]]

    def then(self, *expected: Event) -> Any:
        """Exactly these events are decided; none when called with nothing. Returns the state after them."""
        events = self.decide()

        assert list(expected) == events
        return self.aggregate.fold(self.state, events)

    def refused(self, refusal: type[Refusal], **fields: Any) -> Refusal:
        """The decision is refused, with at least these fields."""
        with pytest.raises(refusal) as caught:
            self.decide()

        assert fields == {name: caught.value.fields.get(name) for name in fields}
        return caught.value


def given(aggregate: Aggregate[Any, Any], history: Iterable[Event] = ()) -> Given:
    return Given(aggregate, list(history))
