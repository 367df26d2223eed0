"""The relay against a bare FastStream publisher: confirmed, persistent, mandatory, to the same exchange and queues.

The publisher sends ready bodies with the properties and headers of the same messages, as many in flight as serves it
best. Ours reads the log, decodes, maps facts to contracts, keeps each stream in order, and records its position.
`python -m tests.bench.relay` runs it alone.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from faststream.rabbit import RabbitBroker

from adapters.eventstore.store import PostgresEventStore
from adapters.followers.bookmark import make_follower_pool
from adapters.followers.engine import Engine
from adapters.postgres.migrations import FOLDERS, migrate
from adapters.rabbit import topology, wire
from adapters.rabbit.publisher import Publisher
from adapters.rabbit.relay import Relay
from application.contracts import routing_key
from application.publishing import publish
from application.store import Call, Stream
from domain import ordering
from tests.bench.figures import Figure, rounds
from tests.conftest import CLUSTERS, SERVICES
from tests.given import START, facts
from tests.services import postgres, rabbitmq

MESSAGES = 20_000
BARE = 5_000
IN_FLIGHT = (1, 16, 64, 256)
ROUNDS = 5
EVENT = ordering.OrderValidationRequested("alice", tuple(ordering.StockItem(UUID(int=n), 2) for n in range(3)))


class Ready(NamedTuple):
    """A message as the bare publisher sends it."""

    body: bytes
    routing_key: str
    properties: dict[str, Any]


def run(database_url: str, amqp_url: str, count: int = ROUNDS) -> list[Figure]:
    for schema in FOLDERS:
        migrate(database_url, schema)
    best: dict[int, int] = dict.fromkeys(IN_FLIGHT, 0)

    def bare() -> float:
        rates = {flight: asyncio.run(bare_rate(amqp_url, flight)) for flight in IN_FLIGHT}
        fastest = max(rates, key=lambda flight: rates[flight])
        best[fastest] += 1
        return rates[fastest]

    asyncio.run(fill(database_url))
    ours, baseline = rounds(count, lambda: asyncio.run(our_rate(database_url, amqp_url)), bare)
    figure = Figure(
        "relay",
        "confirmed messages/s",
        ours,
        baseline,
        f"a bare FastStream publisher at its best of {', '.join(map(str, IN_FLIGHT))} in flight",
        reach=0.75,
        notes={"the publisher was best": ", ".join(f"{times}x at {flight}" for flight, times in best.items() if times)},
    )
    return [figure]


async def fill(database_url: str) -> None:
    """A log of distinct orders, one message each."""
    async with PostgresEventStore([ordering.CONTEXT], {"ordering": database_url}) as store:

        async def append() -> None:
            stream = Stream.new(ordering.ORDER, uuid4())
            stream.add([EVENT])
            await store.save(stream, call=Call("alice", START, uuid4().hex), result=None)

        for _ in range(0, MESSAGES, 200):
            await asyncio.gather(*(append() for _ in range(200)))


async def our_rate(database_url: str, amqp_url: str) -> float:
    """Messages a second, from the first look at the log to the position behind its end."""
    await fresh_queue(amqp_url)
    async with (
        PostgresEventStore([ordering.CONTEXT], {"ordering": database_url}) as store,
        make_follower_pool(database_url) as pool,
    ):
        async with pool.connection() as connection:
            await connection.execute("DELETE FROM read.position; DELETE FROM read.lease")
        relay = Relay("ordering", Publisher(amqp_url), pool)
        engine = Engine([relay], store=store, pool=pool, term=timedelta(seconds=5))
        head = await store.head("ordering")
        begin = time.perf_counter()
        running = asyncio.create_task(engine.run())
        while await relay.position() < head:
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - begin
        engine.stop()
        await running
        await relay.close()
    return MESSAGES / seconds


async def bare_rate(amqp_url: str, in_flight: int) -> float:
    await fresh_queue(amqp_url)
    messages = ready(BARE if in_flight > 1 else BARE // 10)
    broker = RabbitBroker(amqp_url, logger=None)
    await broker.connect()
    waiting = iter(messages)

    async def sender() -> None:
        for body, key, properties in waiting:
            await broker.publish(body, exchange=topology.EXCHANGE, routing_key=key, persist=True, **properties)

    await broker.declare_exchange(topology.EXCHANGE)
    begin = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(in_flight)))
    seconds = time.perf_counter() - begin
    await broker.stop()
    return len(messages) / seconds


def ready(count: int) -> Sequence[Ready]:
    made = []
    for fact in facts("ordering", *((uuid4(), EVENT) for _ in range(count))):
        (message,) = publish(fact)
        encoded = wire.encode(message)
        properties = {
            "message_id": encoded.message_id,
            "correlation_id": encoded.correlation_id,
            "message_type": encoded.type,
            "content_type": encoded.content_type,
            "timestamp": encoded.timestamp,
            "headers": encoded.headers,
        }
        made.append(Ready(encoded.body, routing_key(message.contract), properties))
    return made


async def fresh_queue(amqp_url: str) -> None:
    """The archive, and one consumer's queue, empty."""
    client = topology.broker(amqp_url, "bench")
    async with topology.connected(client, timeout=10) as connection:
        await topology.declare_exchange(client, archive=True)
        channel = await connection.channel()
        await channel.queue_delete("bench")
        await topology.declare_consumer(client, "bench", ["ordering.#"])


if __name__ == "__main__":
    with (
        postgres.embedded_server(CLUSTERS) as server,
        postgres.fresh_database(server.url) as url,
        rabbitmq.rabbit_server(SERVICES) as broker,
    ):
        for figure in run(url, broker.url):
            print(figure)
