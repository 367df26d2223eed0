"""A shipping desk that dies at the worst moment: the effect is committed, and the message is not acknowledged yet."""

import asyncio
import os
import sys

from adapters.rabbit.consumer import Consumer
from application.contracts import Contract, Message
from examples.shipping_desk import desk


class Mortal(Consumer):
    messages_to_live = 0

    async def _take_in(self, message: Message[Contract]) -> bool:
        new = await super()._take_in(message)
        self.messages_to_live -= 1
        if self.messages_to_live == 0:
            os._exit(9)
        return new


async def main(database_url: str, amqp_url: str, messages_to_live: int) -> None:
    async with desk.make_desk_pool(database_url) as pool:
        await desk.set_up(pool)
        consumer = Mortal(desk.NAME, desk.CONTRACTS, desk.handle, amqp_url=amqp_url, pool=pool)
        consumer.messages_to_live = messages_to_live
        await consumer.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
