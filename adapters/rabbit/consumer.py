"""The consumer kit: take in contracts from RabbitMQ so that each has its effect once.

    async def pack(message: Message[Contract], conn: AsyncConnection) -> None:
        ...  # statements on `conn`: they commit together with the inbox row, and then the message is acknowledged

    await Consumer("packing", (OrderPaid,), pack, amqp_url=..., pool=...).run()

Duplicates are acknowledged without effect. Messages of one stream are handled one after the other, those of different
streams side by side. What cannot be read is set aside at once; what fails is tried again, then set aside. A message
that had to be tried again comes behind newer ones of its stream: `position` tells which is the newer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from aio_pika import RobustConnection
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from faststream.exceptions import RejectMessage
from faststream.rabbit import Channel, RabbitMessage
from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.outages import is_away
from adapters.rabbit import inbox, topology, wire
from application.contracts import Contract, Message, routing_key

Handler = Callable[[Message[Any], AsyncConnection], Awaitable[None]]

_log = structlog.get_logger(__name__)

MESSAGES = Counter(
    "storeline_consumer_messages",
    "Messages by outcome: done, duplicate, failed (comes again or is set aside), unreadable (set aside).",
    ["consumer", "outcome"],
)
DEAD_LETTERS = Gauge(
    "storeline_consumer_dead_letters", "Messages set aside that wait for somebody to look.", ["consumer"]
)


class Delivery(NamedTuple):
    message: Message[Contract]
    attempt: int
    """0 at first."""


class Silent(Exception):
    """The broker knows of no consumer on the queue, although this one believes that it listens."""


class Consumer:
    """`prefetch` messages are worked on at once at most, each with a connection of `pool`.

    A failed message waits `retry_delay` seconds, doubled with each attempt, before it comes again.
    Every `watch` seconds the broker is asked whether it still knows of this consumer; if not, everything begins anew.
    The inbox holds a message id for the time of `remember`: longer than archive and dead letters hold the message.
    """

    def __init__(
        self,
        name: str,
        contracts: Sequence[type[Contract]],
        handler: Handler,
        *,
        amqp_url: str,
        pool: AsyncConnectionPool,
        prefetch: int = 16,
        retry_delay: float = 0.1,
        watch: float = 5,
        timeout: float = 5,
        remember: timedelta = timedelta(days=60),
    ) -> None:
        self.name = name
        self._routing_keys = [routing_key(contract) for contract in contracts]
        self._handler = handler
        self._amqp_url = amqp_url
        self._pool = pool
        self._prefetch = prefetch
        self._retry_delay = retry_delay
        self._watch = watch
        self._timeout = timeout
        self._remember = remember
        self._forget_at = 0.0
        self._streams: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Consumes until it is cancelled. Reconnects for ever; a message that is being handled may finish."""
        pause = 0.2
        while True:
            topology.heed_cancelling()
            try:
                async with self._subscribed() as connection:
                    _log.info("consumer listens", consumer=self.name)
                    pause = 0.2
                    while True:
                        await asyncio.sleep(self._watch)
                        await self._look(connection)
                        topology.heed_cancelling()
                        await self._forget()
            except (*CONNECTION_EXCEPTIONS, TimeoutError, Silent) as error:
                _log.warning("consumer begins anew", consumer=self.name, reason=str(error) or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 10)

    async def catch_up(self, since: datetime, *, quiet: float = 2) -> int:
        """Takes in what the archive has of these contracts since a moment; returns how many messages were new.

        For a consumer that begins, or that was unbound for a while: it may run beside `run`. It is done when the
        archive has nothing more for `quiet` seconds. What cannot be read is left out. Raises what the handler raises.
        """
        done = 0
        client = topology.broker(self._amqp_url, f"{self.name} catching up")
        async with topology.connected(client, timeout=self._timeout) as connection, connection.channel() as channel:
            async for raw in topology.archived(channel, since, quiet=quiet, timeout=self._timeout):
                if raw.routing_key in self._routing_keys and (message := self._read(raw)):
                    done += await self._take_in(message)
        return done

    @asynccontextmanager
    async def _subscribed(self) -> AsyncIterator[RobustConnection]:
        client = topology.broker(self._amqp_url, self.name)
        subscriber = client.subscriber(
            topology.queue(self.name),
            channel=Channel(prefetch_count=self._prefetch),
            decoder=self._decode,
            no_reply=True,
        )
        subscriber(self._receive)
        async with topology.connected(client, timeout=self._timeout) as connection:
            async with asyncio.timeout(self._timeout):
                await topology.declare_consumer(client, self.name, self._routing_keys)
                # FastStream drops what arrives before `start` returned, as if nobody ran yet; it is ready before that.
                subscriber.running = True
                await client.start()
            yield connection

    async def _look(self, connection: RobustConnection) -> None:
        async with asyncio.timeout(self._timeout), connection.channel() as channel:
            own = await channel.declare_queue(self.name, passive=True)
            dead = await channel.declare_queue(topology.dead(self.name).name, passive=True)
        DEAD_LETTERS.labels(self.name).set(dead.declaration_result.message_count or 0)
        if not own.declaration_result.consumer_count:
            raise Silent("the broker knows of no consumer on the queue")

    async def _forget(self) -> None:
        """Once an hour, what is so old that it cannot come again leaves the inbox."""
        now = asyncio.get_running_loop().time()
        if now < self._forget_at:
            return
        self._forget_at = now + 3600
        try:
            async with self._pool.connection() as conn:
                await inbox.forget(conn, self.name, self._remember)
        except Exception as error:
            if not is_away(error):
                raise
            _log.warning("inbox not cleaned", consumer=self.name, reason=str(error))

    async def _decode(self, raw: RabbitMessage) -> Delivery:
        message = self._read(raw.raw_message)
        if message is None:
            raise RejectMessage
        attempt = raw.headers.get("x-delivery-count", 0)
        return Delivery(message, attempt if isinstance(attempt, int) else 0)

    def _read(self, raw: AbstractIncomingMessage) -> Message[Contract] | None:
        """None where it cannot be read."""
        try:
            return wire.decode(raw)
        except wire.Malformed as error:
            MESSAGES.labels(self.name, "unreadable").inc()
            _log.error("message unreadable", consumer=self.name, message=raw.message_id, reason=str(error))
            return None

    async def _receive(self, delivery: Delivery) -> None:
        message, attempt = delivery
        async with self._streams.setdefault(message.stream, asyncio.Lock()):
            try:
                done = await self._take_in(message)
            except Exception:
                MESSAGES.labels(self.name, "failed").inc()
                _log.exception("message failed", consumer=self.name, message=str(message.id), attempt=attempt)
                await asyncio.sleep(self._retry_delay * 2**attempt)
                raise
        MESSAGES.labels(self.name, "done" if done else "duplicate").inc()

    async def _take_in(self, message: Message[Contract]) -> bool:
        """Waits as long as the database is away: that is not the message's fault and must not use up its attempts."""
        pause = self._retry_delay
        while True:
            try:
                async with self._pool.connection() as conn, conn.transaction():
                    new = await inbox.is_new(conn, self.name, message.id)
                    if new:
                        await self._handler(message, conn)
                return new
            except Exception as error:
                if not is_away(error):
                    raise
                _log.warning("consumer waits for its database", consumer=self.name, reason=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5)
