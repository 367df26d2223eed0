"""What a deadline is: a pure fold that says since when a stream waits for something that may never come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.kernel import Event, Fact


class Waiting(msgspec.Struct, frozen=True):
    """A stream that may not wait for ever. How long is a setting and not kept here, so a change counts at once."""

    stream: UUID
    since: datetime


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
