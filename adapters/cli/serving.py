"""`storeline run`, and its parts as commands of their own: `serve`, `follow`, `relay`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection
from typing import Annotated

import httpx
from cyclopts import Parameter
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from prometheus_client import start_http_server

from adapters import logs, wiring
from adapters.cli.console import say
from adapters.databases import Databases, databases
from adapters.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from adapters.processes import GRACE, exit_with, keep_running, pause_unless
from adapters.seed.load import seed
from adapters.settings import Settings, load

Parent = Annotated[int | None, Parameter(show=False)]

_HEADER_SECONDS = 15
_HEADER_BYTES = 64 * 1024
_READY_SECONDS = 60
_LOOK_SECONDS = 0.5


async def run(*, parent: Parent = None) -> None:
    """Run the whole shop: database, API and followers, until Ctrl-C.

    Without DATABASE_URL a Postgres of its own runs in the data folder. In development the schemas are brought forward
    and an empty catalogue is filled with the sample products.
    """
    settings = load()
    logs.configure(settings.log_level)
    if parent:
        exit_with(parent)
    _check_port(settings)
    with databases(settings, sole=True) as found:
        await _prepare(settings, found)
        stop = asyncio.Event()
        _on_signal(stop.set)
        async with asyncio.TaskGroup() as tasks:
            for command in ("serve", "follow"):
                tasks.create_task(keep_running([command], stop, found.environment))
            if found.embedded:
                tasks.create_task(_keep_database(found.embedded, stop))
            tasks.create_task(_announce(settings, stop))
    say("Storeline has stopped.")


def serve(*, parent: Parent = None) -> None:
    """Serve the HTTP API."""
    settings = load()
    logs.configure(settings.log_level)
    if parent:
        exit_with(parent)
    with databases(settings) as found:
        found.check_migrated()
        os.environ.update(found.environment)  # for the workers, which are processes of their own
        Granian(
            "adapters.wiring:api_worker",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            factory=True,
            workers=settings.workers,
            loop=Loops.auto,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES),
            websockets=False,
            backlog=1024,
            respawn_failed_workers=True,
            workers_kill_timeout=round(GRACE),
            log_level=LogLevels(settings.log_level) if settings.log_level != "info" else LogLevels.warning,
        ).serve()


async def follow(*, only: list[str] | None = None, parent: Parent = None) -> None:
    """Follow the logs: read models, reactors, deadlines, and with AMQP_URL the relay to RabbitMQ.

    Parameters
    ----------
    only
        Names of followers, or of contexts: a context's name means its read models, reactors, deadlines and relay.
        All by default. A name that does not exist is answered with those that do.
    """
    await _work(parent, only or ())


async def relay(*, parent: Parent = None) -> None:
    """Publish the logs' events to RabbitMQ, and nothing else. Needs AMQP_URL."""
    await _work(parent, wiring.RELAYS, needs_broker=True)


async def _work(parent: int | None, only: Collection[str], *, needs_broker: bool = False) -> None:
    settings = load()
    logs.configure(settings.log_level)
    if parent:
        exit_with(parent)
    if needs_broker and settings.amqp_url is None:
        sys.exit("storeline: AMQP_URL is not set; it names the RabbitMQ to publish to.")
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.host)
    with databases(settings) as found:
        found.check_migrated()
        async with wiring.following(settings, found.urls, only) as engine:
            _on_signal(engine.stop)
            await engine.run()


async def _prepare(settings: Settings, found: Databases) -> None:
    if settings.env == "production":
        found.check_migrated()
        return
    for step in found.migrate():
        say(f"Migrated {step}")
    async with wiring.event_store(settings, found.urls) as store:
        if await store.head("catalog") == 0:
            say("Filling the empty catalogue with the sample products …")
            say(str(await seed(store, currency=settings.currency, env=settings.env)))


async def _keep_database(server: EmbeddedPostgres, stop: asyncio.Event) -> None:
    """Brings the embedded server back whenever it dies."""
    while not stop.is_set():
        if not server.running:
            try:
                await asyncio.to_thread(server.start)
            except EmbeddedPostgresError as error:
                say(str(error))
        await pause_unless(stop, _LOOK_SECONDS)


async def _announce(settings: Settings, stop: asyncio.Event) -> None:
    """Says where the shop is, once it answers."""
    url = f"http://{settings.host}:{settings.port}"
    async with httpx.AsyncClient(timeout=2) as client:
        for _ in range(_READY_SECONDS * 5):
            if stop.is_set():
                return
            try:
                if (await client.get(f"{url}/health/ready")).is_success:
                    break
            except httpx.TransportError:
                pass  # not listening yet
            await asyncio.sleep(0.2)
        else:
            say(f"Storeline does not answer at {url} after {_READY_SECONDS} s; the log above should say why.")
            return
    say(
        f"Storeline is open at {url} — try {url}/v1/catalog/items"
        + (f" or {url}/schema" if settings.shows_docs else "")
    )


def _check_port(settings: Settings) -> None:
    """Ends with one line where the API could not listen, before anything else is started."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            sys.exit(
                f"storeline: Port {settings.port} on {settings.host} cannot be used: {error.strerror}."
                " Choose another with STORELINE_PORT or STORELINE_HOST."
            )


def _on_signal(act: Callable[[], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, act)
