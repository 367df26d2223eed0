"""Gets messages to RabbitMQ for certain: persistent, routed, confirmed; many at once, yet each stream in its order."""

import asyncio
from collections.abc import Iterator, Sequence
from uuid import UUID

from aio_pika import RobustExchange
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError
from faststream.rabbit import RabbitBroker

from adapters.rabbit import topology, wire
from application.contracts import Contract, Message, routing_key


class Undelivered(OSError):
    """Not every message was confirmed. Send the same again, as often as it takes: what was confirmed is left out."""


class BrokerAway(Undelivered):
    """RabbitMQ cannot be reached, or does not confirm in time."""


class Unroutable(Undelivered):
    """RabbitMQ works, but no queue takes these: a binding was removed, or a queue is full."""

    def __init__(self, routing_keys: set[str]) -> None:
        super().__init__(f"no queue takes {', '.join(sorted(routing_keys))}")
        self.routing_keys = routing_keys


class Publisher:
    """Publishes messages and waits for their confirms.

    `timeout`: seconds for a publish and its confirm; `in_flight`: messages that wait for theirs at once.
    """

    def __init__(
        self, url: str, *, name: str = "storeline relay", timeout: float = 5, in_flight: int = 128, archive: bool = True
    ) -> None:
        self._url = url
        self._name = name
        self._timeout = timeout
        self._in_flight = in_flight
        self._archive = archive
        self._client: RabbitBroker | None = None
        self._exchange: RobustExchange | None = None
        self._confirmed: set[UUID] = set()

    async def send(self, messages: Sequence[Message[Contract]]) -> None:
        """Returns once the broker has confirmed all; raises Undelivered otherwise.

        A message goes out only when the one before it in its stream is confirmed: a failure never makes a later one
        overtake. What was confirmed before a failure is remembered, so that trying again does not repeat it.
        """
        streams: dict[UUID, list[Message[Contract]]] = {}
        for message in messages:
            if message.id not in self._confirmed:
                streams.setdefault(message.stream, []).append(message)
        if streams:
            exchange = await self._connect()
            waiting = iter(streams.values())
            workers = [self._work(exchange, waiting) for _ in range(min(self._in_flight, len(streams)))]
            results = await asyncio.gather(*workers, return_exceptions=True)
            await self._judge(results)
        self._confirmed.difference_update(message.id for message in messages)

    async def close(self) -> None:
        client, self._client, self._exchange = self._client, None, None
        if client is not None:
            await topology.disconnect(client, timeout=self._timeout)

    async def _connect(self) -> RobustExchange:
        if self._exchange is None:
            self._client = topology.broker(self._url, self._name)
            try:
                async with asyncio.timeout(self._timeout):
                    await self._client.connect()
                    self._exchange = await topology.declare_exchange(self._client, archive=self._archive)
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                await self.close()
                raise BrokerAway(f"cannot set up: {error or type(error).__name__}") from error
        return self._exchange

    async def _work(self, exchange: RobustExchange, streams: Iterator[list[Message[Contract]]]) -> set[str]:
        """Sends stream after stream; returns the routing keys that no queue takes."""
        refused = set()
        for stream in streams:
            for message in stream:
                key = routing_key(message.contract)
                try:
                    async with asyncio.timeout(self._timeout):
                        await exchange.publish(wire.encode(message), key)
                except (PublishError, DeliveryError):
                    refused.add(key)
                    break
                self._confirmed.add(message.id)
        return refused

    async def _judge(self, results: Sequence[set[str] | BaseException]) -> None:
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures:
            if not isinstance(failure, (*CONNECTION_EXCEPTIONS, TimeoutError, asyncio.CancelledError)):
                raise failure
        if failures:
            await self.close()  # the next attempt begins afresh, whatever state the link is in
            raise BrokerAway(str(failures[0]) or type(failures[0]).__name__) from failures[0]
        refused = set[str]().union(*(result for result in results if isinstance(result, set)))
        if refused:
            raise Unroutable(refused)
