"""A process of followers that may die at a failpoint: `python -m tests.faults.mortal`."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from adapters import wiring
from adapters.contexts import SCHEMAS
from adapters.eventstore.store import PostgresEventStore
from adapters.followers.engine import Engine
from adapters.processes import exit_with
from adapters.settings import load
from application.payment.gateway import PaymentGateway
from application.store import Saved

TERM = timedelta(seconds=1)
"""Of a lease: followers that are killed every second shall not spend their lives waiting for each other."""
EXIT = 9


class Failpoint:
    """Where this process dies, at once and without a word, the first time that it comes there."""

    def __init__(self, where: str) -> None:
        self.where = where

    def reached(self, where: str) -> None:
        if where == self.where:
            os._exit(EXIT)


class MortalStore(PostgresEventStore):
    failpoint: Failpoint

    async def save(self, *streams: Any, **more: Any) -> Saved[Any]:
        events = {type(event).__name__ for stream in streams for event in stream.pending}
        for name in events:
            self.failpoint.reached(f"before {name}")
        saved = await super().save(*streams, **more)
        for name in events:
            self.failpoint.reached(f"after {name}")
        return saved


class MortalGateway:
    """Dies on its way to the gateway, or on its way back."""

    def __init__(self, gateway: PaymentGateway, failpoint: Failpoint) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self._failpoint = failpoint

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._gateway, name)

        async def call(*arguments: Any) -> Any:
            self._failpoint.reached(f"before {name}")
            answer = await method(*arguments)
            self._failpoint.reached(f"after {name}")
            return answer

        return call


async def main(only: Sequence[str]) -> None:
    settings = load()
    exit_with(int(os.environ["STORELINE_TEST_PARENT"]))
    failpoint = Failpoint(os.environ.get("STORELINE_TEST_FAILPOINT", ""))
    MortalStore.failpoint = failpoint
    make_gateway = wiring.gateway

    @asynccontextmanager
    async def gateway(*arguments: Any) -> AsyncIterator[PaymentGateway]:
        async with make_gateway(*arguments) as made:
            mortal: Any = MortalGateway(made, failpoint)
            yield mortal

    patched: Any = wiring
    patched.PostgresEventStore = MortalStore
    patched.gateway = gateway
    patched.Engine = partial(Engine, term=TERM)
    urls = {schema: url for schema in SCHEMAS if (url := settings.database(schema))}
    async with wiring.following(settings, urls, only) as engine:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, engine.stop)
        await engine.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
