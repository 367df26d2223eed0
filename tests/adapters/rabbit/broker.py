"""What tests ask of RabbitMQ beside our own code, over a plain connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from adapters.rabbit import topology
from application.contracts import Contract, Message, OrderShipped, OrderStockConfirmed, StockItem
from domain.money import Money
from tests.given import START

KEYS = ["ordering.order_shipped.v1", "ordering.order_stock_confirmed.v1"]


def shipped(order: UUID, position: int = 1) -> Message[Contract]:
    return _message(OrderShipped(order, "alice", (StockItem(order, 1),)), order, position)


def confirmed(order: UUID, position: int = 1) -> Message[Contract]:
    return _message(OrderStockConfirmed(order, "alice", Money(Decimal("19.99"), "USD")), order, position)


def _message(contract: Contract, order: UUID, position: int) -> Message[Contract]:
    id = uuid5(order, f"{position}")
    return Message(contract, id, "ordering", order, position, START, "0af7651916cd43dd8448eb211c80319c", str(uuid4()))


@dataclass
class Broker:
    url: str
    channel: AbstractChannel

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator["Broker"]:
        async with await aio_pika.connect(url, timeout=10) as connection:
            yield cls(url, await connection.channel())

    async def listen(self, *routing_keys: str, queue: str = "listener") -> None:
        """A durable queue that is bound to these keys."""
        exchange = await self.channel.declare_exchange("storeline", aio_pika.ExchangeType.TOPIC, durable=True)
        declared = await self.channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
        for key in routing_keys or ("#",):
            await declared.bind(exchange, key)

    async def unbind(self, routing_key: str, queue: str = "listener") -> None:
        await (await self.channel.get_queue(queue)).unbind("storeline", routing_key)

    async def count(self, queue: str = "listener") -> int:
        declared = await self.channel.declare_queue(queue, passive=True)
        return declared.declaration_result.message_count or 0

    async def listened_to(self, queue: str) -> bool:
        """Somebody consumes the queue, as far as the broker knows."""
        declared = await self.channel.declare_queue(queue, passive=True)
        return bool(declared.declaration_result.consumer_count)

    async def drained(self, queue: str = "listener") -> list[AbstractIncomingMessage]:
        """Everything in the queue, taken out."""
        found = await self.channel.get_queue(queue)
        messages = []
        while message := await found.get(fail=False, timeout=5):
            await message.ack()
            messages.append(message)
        return messages

    async def put(self, message: aio_pika.Message, queue: str) -> None:
        await self.channel.default_exchange.publish(message, routing_key=queue)

    async def lose_link(self, queue: str, messages: int) -> None:
        """A consumer gets so many messages, and is gone before it has acknowledged any."""
        async with await aio_pika.connect(self.url, timeout=10) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=messages)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await (await channel.get_queue(queue)).consume(arrived.put)
            async with asyncio.timeout(10):
                for _ in range(messages):
                    await arrived.get()

    async def consumer(self, name: str) -> None:
        """What a consumer declares, before it runs for the first time."""
        client = topology.broker(self.url, "test")
        async with topology.connected(client, timeout=5):
            await topology.declare_consumer(client, name, KEYS)
