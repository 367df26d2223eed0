"""Sending for certain: persistent, routed, confirmed, in order, and honest about what was not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aio_pika import DeliveryMode

from adapters.rabbit import wire
from adapters.rabbit.publisher import BrokerAway, Publisher, Unroutable
from tests.adapters.rabbit.broker import Broker, confirmed, shipped
from tests.services.proxy import AMQP, Proxy, is_confirm
from tests.waiting import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def publisher(url: str, *, archive: bool = False, timeout: float = 5) -> AsyncIterator[Publisher]:
    publisher = Publisher(url, archive=archive, timeout=timeout)
    try:
        yield publisher
    finally:
        await publisher.close()


@pytest.mark.proves("MSG-08")
async def test_a_message_arrives_persistent_with_its_envelope_and_trace(broker: Broker) -> None:
    await broker.listen()
    message = shipped(uuid4(), position=7)
    async with publisher(broker.url) as sender:
        await sender.send([message])

    (raw,) = await broker.drained()
    assert message == wire.decode(raw)
    assert DeliveryMode.PERSISTENT is raw.delivery_mode
    assert ("ordering.order_shipped.v1",) * 2 == (raw.routing_key, raw.type)
    assert f"00-{message.correlation_id}-{message.id.hex[:16]}-01" == raw.headers["traceparent"]


async def test_messages_of_one_stream_arrive_in_order_however_many_are_in_flight(broker: Broker) -> None:
    await broker.listen()
    orders = [uuid4() for _ in range(50)]
    async with publisher(broker.url) as sender:
        await sender.send([shipped(order, position) for position in range(1, 11) for order in orders])

    arrived = [wire.decode(raw) for raw in await broker.drained()]
    assert 500 == len(arrived)
    for order in orders:
        assert list(range(1, 11)) == [message.position for message in arrived if message.stream == order]


@pytest.mark.proves("F20")
async def test_what_no_queue_takes_is_an_error_and_nothing_overtakes_it(broker: Broker) -> None:
    await broker.listen("ordering.order_shipped.v1")
    stuck, free = uuid4(), uuid4()
    page = [confirmed(stuck, 1), shipped(stuck, 2), shipped(free, 3)]
    async with publisher(broker.url) as sender:
        with pytest.raises(Unroutable, match=r"ordering\.order_stock_confirmed\.v1"):
            await sender.send(page)
        assert [page[2]] == [wire.decode(raw) for raw in await broker.drained()]

        await broker.listen("ordering.order_stock_confirmed.v1")
        await sender.send(page)
        assert page[:2] == [wire.decode(raw) for raw in await broker.drained()]


async def test_a_contract_that_nobody_listens_to_is_kept_in_the_archive(broker: Broker) -> None:
    async with publisher(broker.url, archive=True) as sender:
        await sender.send([shipped(uuid4())])

    await until(lambda: broker.count("storeline.archive"))


@pytest.mark.proves("F21")
async def test_a_lost_confirm_is_an_error_in_time_and_sending_again_repeats_the_id(broker: Broker) -> None:
    await broker.listen()
    message = shipped(uuid4())
    async with Proxy.to(broker.url) as proxy, publisher(proxy.url, timeout=0.5) as sender:
        await sender.send([])
        proxy.drop(AMQP, is_confirm)
        with pytest.raises(BrokerAway):
            await sender.send([message])
        proxy.pass_through()
        await sender.send([message])

    assert [message, message] == [wire.decode(raw) for raw in await broker.drained()]


async def test_a_broker_that_does_not_answer_is_an_error_in_time_and_comes_back(broker: Broker) -> None:
    await broker.listen()
    messages = [shipped(uuid4()) for _ in range(3)]
    async with Proxy.to(broker.url) as proxy, publisher(proxy.url, timeout=0.5) as sender:
        await sender.send(messages[:1])
        proxy.blackhole()
        with pytest.raises(BrokerAway):
            await sender.send(messages[1:2])
        proxy.pass_through()
        proxy.refuse()
        with pytest.raises(BrokerAway):
            await sender.send(messages[1:2])
        proxy.pass_through()
        await sender.send(messages[1:])

    assert {message.id for message in messages} == {wire.decode(raw).id for raw in await broker.drained()}
