"""The relay: follows one context's log and publishes what it gives others to know. The log is the outbox.

A page's position is recorded once RabbitMQ has confirmed all of its messages. Whatever happens in between, they are
sent again under the same ids: at least once for the broker, once for every consumer with an inbox.
"""

from prometheus_client import Counter, Gauge

from adapters.followers.bookmark import Bookmark, Pool, fenced
from adapters.followers.follower import Page
from adapters.rabbit.publisher import BrokerAway, Publisher, Unroutable
from application.publishing import publish

CONFIRMED = Counter("storeline_relay_messages", "Messages that RabbitMQ confirmed, repetitions included.", ["context"])
WAITING = Gauge(
    "storeline_relay_waiting",
    "1 while the relay cannot go on: the broker is away, or no queue takes a message (unroutable).",
    ["context", "reason"],
)


def name_of(context: str) -> str:
    """The name of the relay of a context's log."""
    return f"relay.{context}"


class Relay:
    """A follower; run it with the engine of `adapters.followers`."""

    tags: tuple[str, ...] = ()

    def __init__(self, context: str, publisher: Publisher, pool: Pool) -> None:
        self.name = name_of(context)
        self.context = context
        self._publisher = publisher
        self._pool = pool
        self._bookmark = Bookmark(pool, self.name, context)

    async def position(self) -> int:
        return await self._bookmark.position()

    async def take(self) -> int:
        return await self._bookmark.take()

    async def handle(self, page: Page) -> int:
        """Raises BrokerAway and Unroutable; then the position stays where it is."""
        messages = [message for fact in page.facts for message in publish(fact)]
        away, unroutable = WAITING.labels(self.context, "away"), WAITING.labels(self.context, "unroutable")
        try:
            await self._publisher.send(messages)
        except BrokerAway:
            away.set(1)
            raise
        except Unroutable:
            unroutable.set(1)
            raise
        away.set(0)
        unroutable.set(0)
        CONFIRMED.labels(self.context).inc(len(messages))
        async with self._pool.connection() as connection, fenced(connection):
            await self._bookmark.move(connection, page)
        return page.position

    async def close(self) -> None:
        await self._publisher.close()
