"""A reactor at work: a page of another context's messages becomes decisions, saved with the position in one append."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from adapters.followers.follower import Page
from application.contracts import Message
from application.publishing import publish
from application.reactors import Reactor
from application.store import Call, EventStore, Inbox, Tracking


def _now() -> datetime:
    return datetime.now(UTC)


class ReactorFollower:
    """Follows the reactor's source. A lost race raises, and the page is decided anew on the new state."""

    def __init__(self, reactor: Reactor, store: EventStore, *, clock: Callable[[], datetime] = _now) -> None:
        self.name = reactor.name
        self.context = reactor.source
        self.target = reactor.target
        self.tags: tuple[str, ...] = ()
        self._reactor = reactor
        self._store = store
        self._clock = clock

    async def position(self) -> int:
        return await self._store.tracked(self.name, self.context, context=self._reactor.target)

    async def take(self) -> int:
        """No epoch is needed: the position is saved with the decisions, and only by who starts from the one before."""
        return await self.position()

    async def handle(self, page: Page) -> int:
        heard = [message for fact in page.facts for message in publish(fact, self._reactor.contracts)]
        if page.facts and not heard:
            return page.after
        place = Tracking(self.name, self.context, page.position, page.after)
        await react(self._reactor, heard, self._store, self._clock(), tracking=place)
        return page.position


async def react(
    reactor: Reactor,
    heard: Sequence[Message[Any]],
    store: EventStore,
    now: datetime,
    *,
    tracking: Tracking | None = None,
    inbox: Inbox | None = None,
) -> None:
    """Saves what the reactor decides on a page of messages, with what says that they were heard."""
    streams = await reactor.react(heard, store) if heard else ()
    causes = {message.correlation_id for message in heard}
    await store.save(
        *streams,
        call=Call(
            actor=reactor.actor,
            now=now,
            correlation_id=causes.pop() if len(causes) == 1 else f"{reactor.name}:{uuid4()}",
            causation_id=heard[0].causation_id if len(heard) == 1 else None,
        ),
        result=None,
        tracking=tracking,
        inbox=inbox,
        context=reactor.target,
    )
