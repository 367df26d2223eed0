"""A shop's ordering log, its relay, and what reached the broker. Run as a program it is a relay that may be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import Bookmark, Pool, make_follower_pool
from adapters.followers.engine import Engine
from adapters.rabbit import wire
from adapters.rabbit.publisher import Publisher
from adapters.rabbit.relay import Relay
from application.contracts import Contract, Message
from application.publishing import publish
from application.store import Call, Stream
from domain import ordering
from domain.money import Money
from tests.adapters.rabbit.broker import Broker
from tests.given import START
from tests.waiting import meanwhile, until

TERM = timedelta(seconds=2)
ZERO = Money.zero("USD")
PLACED = ordering.OrderPlaced(
    number="SO-1",
    buyer_id="alice",
    origin=UUID(int=1),
    basket=None,
    address=ordering.Address("Alice", "1 Main Street", "Springfield", "12345", "US"),
    lines=(),
    subtotal=ZERO,
    discount=ZERO,
    tax=ZERO,
    shipping=ZERO,
    total=ZERO,
)


@dataclass
class Shop:
    url: str
    store: PostgresEventStore
    pool: Pool

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator["Shop"]:
        async with (
            PostgresEventStore([ordering.CONTEXT], {"ordering": url}) as store,
            make_follower_pool(url) as pool,
        ):
            yield cls(url, store, pool)

    async def sell(self, orders: int) -> None:
        """So many orders are placed and confirmed: three messages each."""
        await asyncio.gather(*(self._sell() for _ in range(orders)))

    async def _sell(self) -> None:
        stream = Stream.new(ordering.ORDER, uuid4())
        stream.add([PLACED, ordering.OrderValidationRequested("alice", ())])
        await self.store.save(stream, call=Call("alice", START, "test"), result=None)

    async def position(self) -> int:
        return await Bookmark(self.pool, "relay.ordering", "ordering").position()

    async def relayed(self) -> None:
        """Returns once the relay has come to the end of the log."""

        async def at_the_end() -> bool:
            return await self.position() == await self.store.head("ordering")

        await until(at_the_end, 60)

    async def said(self) -> list[Message[Contract]]:
        """All messages that the log gives, in order."""
        messages: list[Message[Contract]] = []
        after = 0
        while facts := await self.store.read("ordering", after=after):
            messages += [message for fact in facts for message in publish(fact)]
            after = facts[-1].position
        return messages

    @asynccontextmanager
    async def relaying(self, amqp_url: str, *, archive: bool = False, page: int = 500) -> AsyncIterator[None]:
        publisher = Publisher(amqp_url, archive=archive, timeout=1)
        relay = Relay("ordering", publisher, self.pool)
        engine = Engine([relay], store=self.store, pool=self.pool, term=TERM, page=page)
        try:
            async with meanwhile(engine.run()):
                yield
        finally:
            await relay.close()


async def heard(broker: Broker) -> list[Message[Contract]]:
    return [wire.decode(raw) for raw in await broker.drained()]


def first_heard(messages: Sequence[Message[Contract]]) -> list[UUID]:
    """Each id once, in the order of first arrival."""
    return list(dict.fromkeys(message.id for message in messages))


class Mortal(Publisher):
    """Ends its process at the worst moment: everything is confirmed, and nothing is recorded yet."""

    pages_to_live = 0

    async def send(self, messages: Sequence[Message[Contract]]) -> None:
        await super().send(messages)
        if messages:
            self.pages_to_live -= 1
            if self.pages_to_live == 0:
                os._exit(9)


async def main(database_url: str, amqp_url: str, pages_to_live: int) -> None:
    publisher = Mortal(amqp_url, archive=False)
    publisher.pages_to_live = pages_to_live
    async with Shop.at(database_url) as shop:
        relay = Relay("ordering", publisher, shop.pool)
        await Engine([relay], store=shop.store, pool=shop.pool, term=TERM, page=20).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
