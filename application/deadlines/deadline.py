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
    """As far before the recording as `since` is after it. A clock that shows an earlier time was set back, and nobody
    waits until it has caught up. None where `since` was not counted from the recording.
    """

    def is_due(self, patience: timedelta, now: datetime) -> bool:
        """Whether it has waited so long: as `projections.deadlines.due` asks in SQL, and commands by `is_over`."""
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
