"""given(...).when(...).then(...): the promise of a decision, or of a read model, in one sentence.

given(ORDER, [placed, paid]).when(cancel, "too late").refused(OrderCannotChange)
given_facts(ORDER_SUMMARY, placed, paid).then(OrderSummary(STREAM, status="paid"))
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest

from domain.kernel import Aggregate, Event, Fact, Refusal
from projections.kernel import Key, Projection, fold

STREAM = UUID("5709e11e-0000-7000-8000-000000000001")
"""The stream of facts whose stream does not matter."""
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    aggregate: Aggregate[Any, Any]
    history: list[Event]

    def when(self, decision: Callable[..., Iterable[Event]], *args: Any, **kwargs: Any) -> "When":
        """Calls `decision(state, *args, **kwargs)` on the state that the history leads to."""
        state = self.aggregate.fold(self.aggregate.initial, self.history)
        return When(self.aggregate, state, lambda: list(decision(state, *args, **kwargs)))


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


def facts(
    context: str, *events: Event | tuple[UUID, Event], start: datetime = START, after: int = 0
) -> list[Fact[Event]]:
    """The events as recorded facts, a second apart: of `STREAM`, or each of the stream that it is paired with."""
    versions: Counter[UUID] = Counter()
    result: list[Fact[Event]] = []
    for position, given_event in enumerate(events, after + 1):
        stream, event = given_event if isinstance(given_event, tuple) else (STREAM, given_event)
        versions[stream] += 1
        result.append(
            Fact(
                event=event,
                context=context,
                stream=stream,
                version=versions[stream],
                position=position,
                id=uuid5(stream, str(versions[stream])),
                recorded_at=start + timedelta(seconds=position - after - 1),
                actor="alice",
                correlation_id="test",
            )
        )
    return result


@dataclass(frozen=True)
class Rows:
    rows: dict[Key, Any]

    def then(self, *expected: msgspec.Struct) -> None:
        """Exactly these rows are seen, whatever their order."""
        assert sorted(map(repr, expected)) == sorted(map(repr, self.rows.values()))

    def row(self, *key: Any) -> Any:
        """The row under this key; None where there is none."""
        return self.rows.get(key)


def given_facts(projection: Projection[Any], *events: Event | tuple[UUID, Event], start: datetime = START) -> Rows:
    return Rows(fold(projection, facts(projection.context, *events, start=start)))
