"""What the engine needs of anything that follows a log, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.kernel import Fact


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a log: all facts that matter to a follower with `after < position <= this page's position`."""

    facts: Sequence[Fact[Any]]
    after: int
    position: int
    """At least the last fact's position; greater where facts that don't matter to this follower come behind it."""


class Deposed(Exception):
    """Another instance took over, or moved the position. Nothing of the page took effect."""


class Follower(Protocol):
    """Something that follows one context's log, worked by one instance at a time.

    `handle` may fail. OSError, TimeoutError and what tells that a server is away or a race was lost are tried again for
    ever. All else is taken to lie in the page: it is split until the failing fact stands alone, and where that goes on
    failing this follower stops, in state `faulted`.
    """

    @property
    def name(self) -> str:
        """Unique among all followers; its position, lease and state are kept under it, so it never changes."""

    @property
    def context(self) -> str:
        """Whose log it follows."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Stored names of the events that matter to it; empty for all."""

    async def position(self) -> int:
        """How far it has come; 0 at the beginning. May be asked of an instance that doesn't hold the lease."""

    async def take(self) -> int:
        """Called when this instance got the lease: no earlier instance can commit any more. Answers the position."""

    async def handle(self, page: Page) -> int:
        """Lets the page take effect; answers the position that is recorded now, in one transaction where possible.

        That is `page.position`, or still `page.after` where none of the facts matters: a page without facts then moves
        it. Raises Deposed where the follower does not stand at `page.after`, or another instance took it since `take`.
        """


class Chore(Protocol):
    """Something that is done again and again, by one instance at a time."""

    @property
    def name(self) -> str:
        """Unique among all followers and chores; its lease is kept under it."""

    @property
    def context(self) -> str:
        """The context that it works for."""

    @property
    def every(self) -> float:
        """Seconds between the end of one run and the beginning of the next."""

    async def run(self) -> None:
        """One round. May fail: the next one tries again."""


class Listener(Protocol):
    """Something that hears another source than a log. Any number of processes may run it: the source sorts that out."""

    @property
    def name(self) -> str:
        """Unique among all followers, chores and listeners."""

    @property
    def context(self) -> str:
        """The context that it works for."""

    async def run(self) -> None:
        """Until cancelled, whatever fails."""
