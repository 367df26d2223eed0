"""What a deadline is: a pure fold that says since when a stream waits for something that may never come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.kernel import Event, Fact


class Waiting(msgspec.Struct, frozen=True):
    """A stream that may not wait for ever. How long is a setting and not kept here, so a change counts at once."""

    stream: UUID
    since: datetime
    """When that time begins. It lies in the future while a pause comes first."""
    earliest: datetime | None
    """As long before it was recorded as `since` is after. A clock that is before this was set back: it would take too
    long until it is where it was. None where `since` was not counted from when it was recorded.
    """

    def is_due(self, patience: timedelta, now: datetime) -> bool:
        """What `projections.deadlines.due` asks of the rows, and `domain.kernel.is_over` of pause and patience."""
        set_back = self.earliest is not None and self.earliest >= now + patience
        return self.since <= now - patience or set_back


def waiting(fact: Fact[Any]) -> Waiting:
    """It waits from now on."""
    return Waiting(fact.stream, fact.recorded_at, fact.recorded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    name: str
    context: str
    events: tuple[type[Event], ...]
    """The events that matter; no others reach `evolve`."""
    row: type[Waiting] = Waiting
    """With more fields, where what waits depends on more than the fact."""
    evolve: Callable[[Waiting | None, Fact[Any]], Waiting | None]
    """What waits after the fact; None where time no longer matters. Never refuses."""
