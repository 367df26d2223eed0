"""Messages that a consumer set aside: look at them, and give them back once what failed is mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aio_pika import RobustConnection
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from adapters.rabbit import topology

TIMEOUT = 10.0


class DeadLetter(msgspec.Struct, frozen=True):
    message_id: str | None
    routing_key: str
    """With which it was published."""
    reason: str
    """`rejected`: it could not be read, or taken in by a reactor. `delivery_limit`: it came too often."""
    deaths: int
    """How often it was set aside for that."""
    since: str
    body: bytes


async def peek(amqp_url: str, consumer: str, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest messages that were set aside. They stay where they are."""
    async with _dead(amqp_url, consumer) as (_, queue):
        taken: list[AbstractIncomingMessage] = []
        try:
            while len(taken) < limit and (message := await queue.get(fail=False, timeout=TIMEOUT)):
                taken.append(message)
            return [_letter(message) for message in taken]
        finally:
            for message in taken:
                await message.nack(requeue=True)


async def replay(amqp_url: str, consumer: str, *, limit: int | None = None) -> int:
    """Puts what waits there now back into the consumer's queue, oldest first; returns how many.

    A message leaves only when the queue has confirmed it. What the consumer took in before has no second effect.
    """
    async with _dead(amqp_url, consumer) as (channel, queue):
        waiting = queue.declaration_result.message_count or 0
        done = 0
        while done < min(waiting, limit if limit is not None else waiting):
            message = await queue.get(fail=False, timeout=TIMEOUT)
            if message is None:
                break
            # What the broker noted about its death stays behind: it begins anew.
            for name in [name for name in message.headers if name.startswith("x-")]:
                del message.headers[name]
            await channel.default_exchange.publish(message, routing_key=consumer, mandatory=True, timeout=TIMEOUT)
            await message.ack()
            done += 1
        return done


@asynccontextmanager
async def _dead(amqp_url: str, consumer: str) -> AsyncIterator[tuple[AbstractChannel, AbstractQueue]]:
    """Raises ChannelNotFoundEntity where there is no such consumer."""
    client = topology.broker(amqp_url, "storeline deadletters")
    async with topology.connected(client, timeout=TIMEOUT) as connection:
        yield await _open(connection, topology.dead(consumer).name)


async def _open(connection: RobustConnection, name: str) -> tuple[AbstractChannel, AbstractQueue]:
    async with asyncio.timeout(TIMEOUT):
        channel = connection.channel(on_return_raises=True)
        await channel.initialize()
        return channel, await channel.declare_queue(name, passive=True)


def _letter(message: AbstractIncomingMessage) -> DeadLetter:
    death = _death(message)
    keys = death.get("routing-keys") or [message.routing_key]
    return DeadLetter(
        message_id=message.message_id,
        routing_key=str(keys[0]),
        reason=str(death.get("reason", "unknown")),
        deaths=int(death.get("count", 0)),
        since=str(death.get("time", "")),
        body=message.body,
    )


def _death(message: AbstractIncomingMessage) -> dict[str, Any]:
    deaths: Any = message.headers.get("x-death") or [{}]
    return dict(deaths[0])
