"""The same shop in several processes that hear each other over RabbitMQ."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.rush import rush
from tests.faults.selling import Selling
from tests.services.rabbitmq import RabbitServer

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


@pytest.mark.proves("P8", "P10", "MSG-09")
async def test_payment_can_be_a_process_of_its_own_that_hears_the_others_over_rabbitmq(
    migrated_database_url: str, rabbit_server: RabbitServer, tmp_path: Path
) -> None:
    over_rabbit = {"AMQP_URL": rabbit_server.url, "STORELINE_REACTORS": "rabbitmq"}
    async with Selling.at(migrated_database_url, tmp_path, **over_rabbit) as shop:
        shop.follow("catalog", "basket", "ordering", "inventory")
        payment = shop.follow("payment")
        rushing = asyncio.create_task(rush(shop, buyers=60, units=20))
        await shop.until(shop.payments)
        payment.kill()
        await asyncio.to_thread(rabbit_server.close_connections)
        shop.follow("payment")
        await rushing
