"""How the followers of the logs are doing, as health, metrics and the command line show it."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    RUNNING = "running"
    BUILDING = "building"
    """A read model of this version is being made; until then an older one serves, or none."""
    FAULTED = "faulted"
    """It stands still before a fact that goes on failing, until somebody retries or skips it."""
    STOPPED = "stopped"
    """No process works it."""


class FollowerStatus(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    context: str
    state: State
    position: int
    head: int
    """The end of the log that it follows, as the log itself says."""
    lag_events: int
    """How far it is behind, in positions: some may have been left empty."""
    lag_seconds: float | None
    """The age of the oldest event that it has not handled; 0 where there is none, None where nobody can tell."""
    holder: str | None
    """The process that works it."""
    fault: str | None = None
    """At which position it stands still, and why."""
    fault_position: int | None = None

    @property
    def healthy(self) -> bool:
        return self.state is State.RUNNING
