"""The services of the suite and the faulty proxy do what the fault tests rely on."""

import asyncio

import aio_pika
import psycopg
import pytest
import redis.asyncio as redis_client

from tests.services.postgres import PostgresServer
from tests.services.proxy import POSTGRES, Proxy, is_notification
from tests.services.rabbitmq import RabbitServer
from tests.services.redis import RedisServer

pytestmark = pytest.mark.anyio


async def connect(url: str) -> "psycopg.AsyncConnection[tuple[object, ...]]":
    return await psycopg.AsyncConnection.connect(url, autocommit=True, sslmode="disable", connect_timeout=5)


@pytest.fixture
def table_url(database_url: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE mark (id int)")
    return database_url


def marks(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM mark").fetchone()
        assert row is not None
        return int(row[0])


async def insert(url: str) -> None:
    async with await connect(url) as connection, connection.transaction():
        await connection.execute("INSERT INTO mark VALUES (1)")


async def test_the_proxy_passes_everything_while_no_fault_is_chosen(table_url: str) -> None:
    async with Proxy.to(table_url) as proxy:
        await insert(proxy.url)

    assert marks(table_url) == 1


async def test_a_link_cut_behind_commit_leaves_the_row_and_tells_the_client_nothing(table_url: str) -> None:
    async with Proxy.to(table_url) as proxy:
        proxy.cut_on(b"COMMIT\0", to="client")
        with pytest.raises(psycopg.OperationalError):
            await insert(proxy.url)
        assert proxy.cuts_made == 1
        await insert(proxy.url)

    assert marks(table_url) == 2


async def test_a_link_cut_before_commit_leaves_nothing(table_url: str) -> None:
    async with Proxy.to(table_url) as proxy:
        proxy.cut_on(b"COMMIT", to="server")
        with pytest.raises(psycopg.OperationalError):
            await insert(proxy.url)

    assert marks(table_url) == 0


async def test_a_link_cut_after_commit_was_sent_leaves_the_row(table_url: str) -> None:
    async with Proxy.to(table_url) as proxy:
        proxy.cut_on(b"COMMIT", to="server", when="after")
        with pytest.raises(psycopg.OperationalError):
            await insert(proxy.url)
    async with asyncio.timeout(10):
        while marks(table_url) == 0:
            await asyncio.sleep(0.01)


async def test_a_black_hole_answers_nothing_and_closes_nothing(database_url: str) -> None:
    async with Proxy.to(database_url) as proxy, await connect(proxy.url) as connection:
        proxy.blackhole()
        query = asyncio.create_task(connection.execute("SELECT 1"))
        done, _ = await asyncio.wait([query], timeout=0.2)
        assert not done
        proxy.pass_through()
        with pytest.raises(psycopg.OperationalError):
            await query


async def test_dropped_notifications_are_not_heard_and_the_rest_is(database_url: str) -> None:
    async with (
        Proxy.to(database_url) as proxy,
        await connect(proxy.url) as listener,
        await connect(database_url) as other,
    ):
        await listener.execute("LISTEN news")
        proxy.drop(POSTGRES, is_notification)
        await other.execute("NOTIFY news, 'unheard'")
        async with asyncio.timeout(10):
            while proxy.dropped == 0:
                await asyncio.sleep(0.01)
        await listener.execute("SELECT 1")
        proxy.pass_through()
        await other.execute("NOTIFY news, 'heard'")

        assert [note.payload async for note in listener.notifies(timeout=10, stop_after=1)] == ["heard"]


async def test_a_refusing_proxy_lets_nobody_in(database_url: str) -> None:
    async with Proxy.to(database_url) as proxy:
        proxy.refuse()
        with pytest.raises(psycopg.OperationalError):
            await connect(proxy.url)


async def test_a_slow_link_is_slow_and_whole(table_url: str) -> None:
    async with Proxy.to(table_url) as proxy:
        proxy.delay(0.005, jitter=0.005)
        proxy.throttle(1_000_000)
        await insert(proxy.url)

    assert marks(table_url) == 1


async def test_a_killed_postgres_comes_back_with_what_was_committed(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE mark (id int)")
    await insert(postgres_server.url)
    postgres_server.kill()
    postgres_server.start()

    assert marks(postgres_server.url) == 1


async def test_a_frozen_postgres_answers_again_after_the_thaw(postgres_server: PostgresServer) -> None:
    async with await connect(postgres_server.url) as connection:
        postgres_server.freeze()
        query = asyncio.create_task(connection.execute("SELECT 1"))
        done, _ = await asyncio.wait([query], timeout=0.2)
        assert not done
        postgres_server.thaw()
        await asyncio.wait_for(query, 10)


async def test_redis_is_empty_and_comes_back_after_a_kill(redis_server: RedisServer) -> None:
    async with redis_client.Redis.from_url(redis_server.url) as client:
        assert await client.dbsize() == 0
        await client.set("key", "value")
    redis_server.kill()
    redis_server.start()
    async with redis_client.Redis.from_url(redis_server.url) as client:
        assert await client.dbsize() == 0


async def test_each_test_has_an_empty_redis(redis_url: str) -> None:
    async with redis_client.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left", "over")


async def test_each_test_has_an_empty_redis_again(redis_url: str) -> None:
    async with redis_client.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0


async def test_a_durable_message_outlives_the_kill_of_the_broker(rabbit_server: RabbitServer) -> None:
    async with await aio_pika.connect(rabbit_server.url, timeout=10) as connection:
        channel = await connection.channel(publisher_confirms=True)
        queue = await channel.declare_queue("kept", durable=True)
        message = aio_pika.Message(b"kept", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, queue.name, timeout=10)
    rabbit_server.kill()
    rabbit_server.start()
    async with await aio_pika.connect(rabbit_server.url, timeout=10) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("kept")
        received = await queue.get(no_ack=True, timeout=10)

        assert received is not None
        assert received.body == b"kept"


async def test_the_amqp_url_is_a_virtual_host_of_the_test_s_own(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.get_queue("kept")
