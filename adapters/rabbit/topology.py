"""What stands on the broker: one topic exchange, an archive of all that was said, and two queues for each consumer."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal

from aio_pika import RobustConnection, RobustExchange
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from yarl import URL

EXCHANGE = RabbitExchange("storeline", type=ExchangeType.TOPIC, durable=True)

ARCHIVE = RabbitQueue(
    "storeline.archive",
    queue_type=QueueType.STREAM,
    durable=True,
    routing_key="#",
    arguments={
        "x-max-age": "7D",
        "x-max-length-bytes": 2_000_000_000,
        "x-stream-max-segment-size-bytes": 50_000_000,
    },
)
"""Bound to everything, so that a contract nobody listens to is no failure; bounded by age and size.
It is a stream: reading does not empty it, so a consumer that was away can catch up from it."""

PAGE = 500
"""Messages on their way to a reader at once."""

DELIVERIES = 5
"""How often a message comes again before it is set aside, be it that it failed, or that its reader lost the link."""

UNLIMITED = 1_000_000_000
"""The same where the reader itself counts what fails: a link that is lost must set nothing aside.

A number, for no word means this to every broker: without one RabbitMQ 4 takes 20; -1 is no limit there, but makes 3.10
set aside what was on its way when a link is lost for the first time. With any number at all, what comes back comes back
in its place; without, what is requeued goes to the end.
"""


def queue(consumer: str, *, single: bool = False) -> RabbitQueue:
    """A consumer's queue. What is rejected, or came too often, moves to `dead(consumer)`, at least once.

    `single`: of several that consume it one gets all messages, in order, until it is gone; none comes too often.
    """
    return RabbitQueue(
        consumer,
        queue_type=QueueType.QUORUM,
        durable=True,
        arguments={
            "x-delivery-limit": UNLIMITED if single else DELIVERIES,
            "x-overflow": "reject-publish",
            "x-dead-letter-strategy": "at-least-once",
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead(consumer).name,
            **({"x-single-active-consumer": True} if single else {}),
        },
    )


def dead(consumer: str) -> RabbitQueue:
    """Where messages wait that a consumer could not take in, until somebody looks."""
    return RabbitQueue(f"{consumer}.dead", queue_type=QueueType.QUORUM, durable=True)


def broker(url: str, name: str, *, graceful: float = 15) -> RabbitBroker:
    """A client that says who it is, notices a silent peer in 20 s, and fails where a message reaches no queue."""
    address = URL(url)
    return RabbitBroker(
        address.with_query({"heartbeat": "10", "name": name} | dict(address.query)),
        default_channel=Channel(on_return_raises=True),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        reconnect_interval=1,
        graceful_timeout=graceful,
        app_id="storeline",
        apply_types=False,
        logger=None,
    )


@asynccontextmanager
async def connected(client: RabbitBroker, *, timeout: float) -> AsyncIterator[RobustConnection]:
    """The client's connection; connecting and leaving take at most `timeout` seconds each."""
    try:
        async with asyncio.timeout(timeout):
            connection = await client.connect()
        yield connection
    finally:
        await disconnect(client, timeout=timeout)


async def disconnect(client: RabbitBroker, *, timeout: float) -> None:
    """Leaves the broker, if need be without its answer."""
    try:
        async with asyncio.timeout(timeout):
            await client.stop()
    except TimeoutError:
        pass  # a peer that is gone says no goodbye; the heartbeat ends the connection


def heed_cancelling() -> None:
    """Ends a task that was cancelled and did not notice: aiormq loses that while it closes a channel."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


async def declare_exchange(client: RabbitBroker, *, archive: bool) -> RobustExchange:
    """Sets up what the relay publishes to."""
    exchange = await client.declare_exchange(EXCHANGE)
    if archive:
        await (await client.declare_queue(ARCHIVE)).bind(exchange, routing_key="#")
    return exchange


async def declare_consumer(client: RabbitBroker, consumer: str, routing_keys: Iterable[str]) -> None:
    """Sets up a consumer's queues and binds them. Doing it again mends what was removed."""
    await client.declare_queue(dead(consumer))
    await declare_queue(client, consumer, routing_keys)


async def declare_queue(
    client: RabbitBroker, consumer: str, routing_keys: Iterable[str], *, single: bool = False
) -> None:
    """Sets up a consumer's queue, without that of its dead letters, and binds it."""
    exchange = await client.declare_exchange(EXCHANGE)
    own = await client.declare_queue(queue(consumer, single=single))
    for key in routing_keys:
        await own.bind(exchange, routing_key=key)


async def archived(
    channel: AbstractChannel, since: datetime | Literal["first"], *, quiet: float, timeout: float
) -> AsyncIterator[AbstractIncomingMessage]:
    """What the archive holds since then, until nothing more has come for `quiet` seconds.

    It uses the channel up. An iterator of the library would give back what it holds when it ends: of a stream the
    broker refuses that by closing the connection.
    """
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    async with asyncio.timeout(timeout):
        await channel.set_qos(prefetch_count=PAGE)
        archive = await channel.declare_queue(ARCHIVE.name, passive=True)
        await archive.consume(arrived.put, arguments={"x-stream-offset": since})
    while True:
        try:
            async with asyncio.timeout(quiet):
                raw = await arrived.get()
        except TimeoutError:
            return
        await raw.ack()  # the next one may be sent
        yield raw
