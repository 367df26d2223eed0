"""A reactor at work: a page of another context's messages becomes decisions, saved with the position in one append."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from adapters.followers.follower import Page
from application.publishing import publish
from application.reactors import Reactor
from application.store import Call, EventStore, Tracking


def _now() -> datetime:
    return datetime.now(UTC)


class ReactorFollower:
    """Follows the reactor's source. A lost race raises, and the page is decided anew on the new state."""

    def __init__(self, reactor: Reactor, store: EventStore, *, clock: Callable[[], datetime] = _now) -> None:
        self.name = reactor.name
        self.context = reactor.source
        self.tags: tuple[str, ...] = ()
        self._reactor = reactor
        self._store = store
        self._clock = clock

    async def position(self) -> int:
        return await self._store.tracked(self.name, self.context, context=self._reactor.target)

    async def take(self) -> int:
        """No epoch is needed: the position is saved with the decisions, and only by who starts from the one before."""
        return await self.position()

    async def handle(self, page: Page) -> None:
        heard = [
            message
            for fact in page.facts
            for message in publish(fact)
            if type(message.contract) in self._reactor.contracts
        ]
        now = self._clock()
        streams = await self._reactor.react(heard, self._store, now) if heard else ()
        causes = {message.correlation_id for message in heard}
        await self._store.save(
            *streams,
            call=Call(
                actor=self._reactor.actor,
                now=now,
                correlation_id=causes.pop() if len(causes) == 1 else f"{self.name}:{uuid4()}",
                causation_id=heard[0].causation_id if len(heard) == 1 else None,
            ),
            result=None,
            tracking=Tracking(self.name, self.context, page.position, page.after),
            context=self._reactor.target,
        )
