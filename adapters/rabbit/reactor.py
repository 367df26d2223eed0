"""A reactor that hears RabbitMQ instead of a log: pages and one append as there, an inbox in place of the position.

Messages are taken in the order of their queue, by one process at a time: the queue has a single active consumer. What
passes is tried again for ever before anything else is taken in; only what goes on failing by itself is set aside.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from aio_pika import Message as AmqpMessage
from aio_pika import RobustConnection
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelNotFoundEntity

from adapters.followers.reactor import react
from adapters.followers.worker import ATTEMPTS, LONGEST, SHORTEST, passes
from adapters.rabbit import topology, wire
from adapters.rabbit.consumer import DEAD_LETTERS, MESSAGES, Silent
from application.contracts import Contract, Message, routing_key
from application.reactors import Reactor
from application.store import EventStore, Inbox, TakenInBefore, VersionConflict

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class RabbitReactor:
    """A listener; run it with the engine of `adapters.followers`, in as many processes as you like.

    When the queue is new, what the archive has of these contracts is taken in first. So nothing is missed when a shop
    changes from the log to RabbitMQ, or when somebody deletes the queue.
    """

    def __init__(
        self,
        reactor: Reactor,
        store: EventStore,
        amqp_url: str,
        *,
        watch: float = 5,
        timeout: float = 5,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Every `watch` quiet seconds the broker is asked whether it still knows of a consumer on the queue."""
        self.name = reactor.name
        self.context = reactor.target
        self.queue = f"storeline.{reactor.name}"
        self._reactor = reactor
        self._routing_keys = frozenset(routing_key(contract) for contract in reactor.contracts)
        self._store = store
        self._amqp_url = amqp_url
        self._watch = watch
        self._timeout = timeout
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled. Begins anew for ever; what was not acknowledged comes again then."""
        pause = SHORTEST
        while True:
            topology.heed_cancelling()
            try:
                async with self._listening() as (connection, arrived):
                    log.info("reactor listens", reactor=self.name, queue=self.queue)
                    pause = SHORTEST
                    await self._work(connection, arrived)
            except (*CONNECTION_EXCEPTIONS, TimeoutError, Silent) as error:
                log.warning("reactor begins anew", reactor=self.name, reason=str(error) or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(LONGEST, 2 * pause)

    @asynccontextmanager
    async def _listening(self) -> "AsyncIterator[tuple[RobustConnection, asyncio.Queue[AbstractIncomingMessage]]]":
        client = topology.broker(self._amqp_url, self.queue)
        async with topology.connected(client, timeout=self._timeout) as connection:
            async with asyncio.timeout(self._timeout):
                # The queue of dead letters is declared last: while it is missing, the archive was not read to its end.
                known = await self._exists(connection, topology.dead(self.queue).name)
                known = known and await self._exists(connection, self.queue)
                await topology.declare_queue(client, self.queue, self._routing_keys, single=True)
            if not known:
                await self._catch_up(connection)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            async with asyncio.timeout(self._timeout):
                await client.declare_queue(topology.dead(self.queue))
                channel = connection.channel()
                await channel.initialize()
                await channel.set_qos(prefetch_count=topology.PAGE)
                queue = await channel.declare_queue(self.queue, passive=True)
                await queue.consume(arrived.put)
            yield connection, arrived

    async def _work(self, connection: RobustConnection, arrived: "asyncio.Queue[AbstractIncomingMessage]") -> None:
        while True:
            topology.heed_cancelling()
            try:
                async with asyncio.timeout(self._watch):
                    page = [await arrived.get()]
            except TimeoutError:
                await self._look(connection)
                continue
            while len(page) < topology.PAGE and not arrived.empty():
                page.append(arrived.get_nowait())
            await self._handle(page)

    async def _handle(self, page: Sequence[AbstractIncomingMessage]) -> None:
        """Acknowledges what is taken in, and sets all else aside."""
        deliveries = [(raw, self._read(raw)) for raw in page]
        failed = {each.id for each in await self._sort_out([message for _, message in deliveries if message])}
        done = None
        for raw, message in deliveries:
            if message is None or message.id in failed:
                log.error("message set aside", reactor=self.name, message=raw.message_id)
                await raw.reject()
            else:
                done = raw
        if done:
            await done.ack(multiple=True)

    def _read(self, raw: AbstractIncomingMessage) -> Message[Contract] | None:
        """None where it cannot be read."""
        try:
            return wire.decode(raw)
        except wire.Malformed as error:
            self._count("unreadable")
            log.error("message unreadable", reactor=self.name, message=raw.message_id, reason=str(error))
            return None

    async def _sort_out(self, messages: Sequence[Message[Contract]]) -> list[Message[Contract]]:
        """Takes all in, one after the other; answers those that go on failing by themselves."""
        try:
            await self._take_in(messages)
        except Exception as error:
            log.info("page failed", reactor=self.name, messages=len(messages), error=repr(error))
            if len(messages) == 1:
                return [] if await self._try_again(messages) else list(messages)
            middle = len(messages) // 2
            return [*await self._sort_out(messages[:middle]), *await self._sort_out(messages[middle:])]
        return []

    async def _try_again(self, alone: Sequence[Message[Contract]]) -> bool:
        for attempt in range(ATTEMPTS):
            await asyncio.sleep(SHORTEST * 4**attempt)
            try:
                await self._take_in(alone)
            except Exception:
                log.exception("message failed", reactor=self.name, message=str(alone[0].id), attempt=attempt)
            else:
                return True
        self._count("failed")
        return False

    async def _take_in(self, messages: Sequence[Message[Contract]]) -> None:
        """Waits for as long as it takes where the failure is not the messages' own."""
        new = {message.id: message for message in messages}
        pause = SHORTEST
        while new:
            try:
                inbox = Inbox(self._reactor.actor, tuple(new))
                await react(self._reactor, list(new.values()), self._store, self._clock(), inbox=inbox)
            except TakenInBefore as again:
                self._count("duplicate", len(again.messages))
                new = {id: message for id, message in new.items() if id not in again.messages}
            except Exception as error:
                if not passes(error) or (isinstance(error, VersionConflict) and len(new) > 1):
                    raise  # the more messages are decided on at once, the surer they lose again
                log.warning("reactor waits", reactor=self.name, error=str(error), seconds=pause)
                await asyncio.sleep(pause)
                pause = min(LONGEST, 2 * pause)
            else:
                self._count("done", len(new))
                return

    def _count(self, outcome: str, messages: int = 1) -> None:
        MESSAGES.labels(self.queue, outcome).inc(messages)

    async def _catch_up(self, connection: RobustConnection) -> None:
        """Takes in what the archive has up to now; the queue is bound, and gets all that comes later.

        What goes on failing is put into the queue, where it fails again and is set aside.
        """
        if not await self._exists(connection, topology.ARCHIVE.name):
            return  # nothing was ever said
        mark = AmqpMessage(b"", message_id=uuid4().hex, app_id="storeline")
        async with connection.channel() as channel, connection.channel() as sending:
            await sending.default_exchange.publish(mark, topology.ARCHIVE.name, timeout=self._timeout)
            page: list[Message[Contract]] = []
            failed: list[Message[Contract]] = []
            async for raw in topology.archived(channel, "first", quiet=self._timeout, timeout=self._timeout):
                if raw.routing_key in self._routing_keys and (message := self._read(raw)):
                    page.append(message)
                ended = raw.message_id == mark.message_id
                if ended or len(page) == topology.PAGE:
                    failed += await self._sort_out(page)
                    page = []
                if ended:
                    break
            else:
                raise TimeoutError("the archive does not give all that it holds")
            for each in failed:
                await sending.default_exchange.publish(wire.encode(each), self.queue, timeout=self._timeout)
        log.info("reactor has caught up from the archive", reactor=self.name)

    async def _look(self, connection: RobustConnection) -> None:
        async with asyncio.timeout(self._timeout), connection.channel() as channel:
            own = await channel.declare_queue(self.queue, passive=True)
            dead = await channel.declare_queue(topology.dead(self.queue).name, passive=True)
        DEAD_LETTERS.labels(self.queue).set(dead.declaration_result.message_count or 0)
        if not own.declaration_result.consumer_count:
            raise Silent("the broker knows of no consumer on the queue")

    @staticmethod
    async def _exists(connection: RobustConnection, queue: str) -> bool:
        async with connection.channel() as channel:
            try:
                await channel.declare_queue(queue, passive=True)
            except ChannelNotFoundEntity:
                return False
        return True
