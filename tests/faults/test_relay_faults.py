"""Nothing committed is missing from RabbitMQ, whatever dies between the log and the broker, and whenever."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest
from prometheus_client import REGISTRY

from tests.adapters.rabbit.broker import Broker
from tests.faults.relaying import Shop, first_heard, heard
from tests.services.proxy import AMQP, Proxy, is_confirm
from tests.services.rabbitmq import RabbitServer
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(migrated_database_url: str) -> AsyncIterator[Shop]:
    async with Shop.at(migrated_database_url) as shop:
        yield shop


@pytest.fixture
async def broker(amqp_url: str) -> AsyncIterator[Broker]:
    async with Broker.at(amqp_url) as broker:
        yield broker


async def nothing_is_missing(shop: Shop, broker: Broker, *, repeated: int) -> None:
    """Every message arrived, in its stream's order, with so many repetitions at most."""
    said, arrived = await shop.said(), await heard(broker)

    assert {message.id for message in said} == {message.id for message in arrived}
    assert len(arrived) - len(said) <= repeated
    order = {id: place for place, id in enumerate(first_heard(arrived))}
    for stream in {message.stream for message in said}:
        places = [order[message.id] for message in said if message.stream == stream]
        assert places == sorted(places)


def waiting(reason: str) -> bool:
    labels = {"context": "ordering", "reason": reason}
    return REGISTRY.get_sample_value("storeline_relay_waiting", labels) == 1


async def is_waiting(reason: str) -> bool:
    return waiting(reason)


@pytest.mark.proves("MSG-02", "MSG-03", "MSG-05")
async def test_the_log_is_the_outbox_and_all_of_it_arrives_in_order(shop: Shop, broker: Broker) -> None:
    await broker.listen()
    await shop.sell(50)
    async with shop.relaying(broker.url, page=20):
        await shop.sell(50)
        await shop.relayed()

    await nothing_is_missing(shop, broker, repeated=0)


@pytest.mark.proves("F14", "P7")
async def test_a_broker_that_is_killed_over_and_over_misses_nothing(
    shop: Shop, rabbit_server: RabbitServer, at_scale: Callable[[int, int], int]
) -> None:
    kills = at_scale(2, 200)
    async with Broker.at(rabbit_server.url) as broker:
        await broker.listen()
    # RabbitMQ 3.10 writes down its register of quorum queues every three minutes, and when it stops: a queue that is
    # younger than that finds no leader after a kill.
    await asyncio.to_thread(rabbit_server.stop)
    await asyncio.to_thread(rabbit_server.start)
    async with shop.relaying(rabbit_server.url, page=50):
        for _ in range(kills):
            selling = asyncio.create_task(shop.sell(200))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(rabbit_server.kill)
            await selling
            await until(lambda: is_waiting("away"))
            await asyncio.to_thread(rabbit_server.start)
            await shop.relayed()
    assert not waiting("away")

    async with Broker.at(rabbit_server.url) as broker:
        await nothing_is_missing(shop, broker, repeated=kills * 150)


@pytest.mark.proves("F18")
async def test_connections_that_the_broker_closes_are_made_again(
    shop: Shop, rabbit_server: RabbitServer, at_scale: Callable[[int, int], int]
) -> None:
    async with Broker.at(rabbit_server.url) as broker:
        await broker.listen()
    rounds = at_scale(2, 50)
    async with shop.relaying(rabbit_server.url, page=50):
        for _ in range(rounds):
            await shop.sell(5)
            await shop.relayed()
            selling = asyncio.create_task(shop.sell(200))
            await asyncio.to_thread(rabbit_server.close_connections)
            await selling
            await shop.relayed()

    async with Broker.at(rabbit_server.url) as broker:
        await nothing_is_missing(shop, broker, repeated=rounds * 150)


@pytest.mark.proves("F20")
async def test_a_binding_that_is_removed_stops_the_relay_visibly_and_loses_nothing(shop: Shop, broker: Broker) -> None:
    keys = [f"ordering.order_{step}.v1" for step in ("started", "submitted", "awaiting_validation")]
    await broker.listen(*keys)
    async with shop.relaying(broker.url):
        await shop.sell(3)
        await shop.relayed()
        before = await shop.position()
        await broker.unbind(keys[1])
        await shop.sell(3)
        await until(lambda: is_waiting("unroutable"))
        await asyncio.sleep(0.3)
        assert before == await shop.position()

        await broker.listen(*keys)
        await shop.relayed()
    assert not waiting("unroutable")

    await nothing_is_missing(shop, broker, repeated=0)


@pytest.mark.proves("F21")
async def test_confirms_that_get_lost_lead_to_repetitions_and_not_to_gaps(shop: Shop, broker: Broker) -> None:
    await broker.listen()
    async with Proxy.to(broker.url) as proxy, shop.relaying(proxy.url):
        await shop.sell(1)
        await shop.relayed()
        proxy.drop(AMQP, is_confirm)
        await shop.sell(5)
        await until(lambda: is_waiting("away"))
        proxy.pass_through()
        await shop.relayed()

    assert proxy.dropped
    await nothing_is_missing(shop, broker, repeated=100)


def relay_process(shop: Shop, broker: Broker, pages_to_live: int = -1) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.relaying", shop.url, broker.url, str(pages_to_live)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


@pytest.mark.proves("F25", "MSG-10")
async def test_a_relay_that_dies_between_confirm_and_commit_repeats_a_page_at_most(
    shop: Shop, broker: Broker, at_scale: Callable[[int, int], int]
) -> None:
    await broker.listen()
    await shop.sell(40)
    deaths = at_scale(2, 50)
    for death in range(deaths):
        process = relay_process(shop, broker, pages_to_live=1 + death % 2)
        assert 9 == await asyncio.to_thread(process.wait, 60)
    async with shop.relaying(broker.url, page=20):
        await shop.relayed()

    await nothing_is_missing(shop, broker, repeated=deaths * 30)


@pytest.mark.proves("F26")
async def test_of_two_relays_one_works_and_the_other_takes_over(shop: Shop, broker: Broker) -> None:
    await broker.listen()
    first = relay_process(shop, broker)
    try:
        await shop.sell(20)
        await shop.relayed()
        async with shop.relaying(broker.url, page=20):
            await shop.sell(20)
            await shop.relayed()
            assert len(await shop.said()) == await broker.count()

            first.send_signal(signal.SIGKILL)
            await shop.sell(20)
            await shop.relayed()
    finally:
        first.kill()
        await asyncio.to_thread(first.wait, 10)

    await nothing_is_missing(shop, broker, repeated=0)
