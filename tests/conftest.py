"""Fixtures for the whole suite: real services, found or started once, with something fresh on them for each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import redis as redis_client
from hypothesis import settings

from adapters.postgres.migrations import FOLDERS, migrate
from tests.requirements import ProofCheck
from tests.services import postgres, rabbitmq, redis
from tests.services.debian import NoPackages
from tests.services.unavailable import unavailable

DATA = Path(__file__).parent.parent / ".storeline"
CLUSTERS = DATA / "test"
SERVICES = DATA / "services"

T = TypeVar("T")

settings.register_profile("suite", deadline=None)  # a busy machine fails no test
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(ProofCheck())


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_postgres_url() -> Iterator[str]:
    """The server of the whole session: `STORELINE_TEST_DATABASE_URL`, else the embedded one."""
    if url := os.environ.get("STORELINE_TEST_DATABASE_URL"):
        yield url
        return
    with postgres.embedded_server(CLUSTERS) as server:
        yield server.url


@pytest.fixture
def database_url(shared_postgres_url: str) -> Iterator[str]:
    """A fresh empty database."""
    with postgres.fresh_database(shared_postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(shared_postgres_url: str) -> Iterator[str]:
    """The name of a database with all migrations applied, to copy from."""
    with postgres.fresh_database(shared_postgres_url) as url:
        for schema in FOLDERS:
            migrate(url, schema)
        yield url.partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture
def migrated_database_url(shared_postgres_url: str, migrated_template: str) -> Iterator[str]:
    """A fresh database with all migrations applied."""
    with postgres.fresh_database(shared_postgres_url, migrated_template) as url:
        yield url


@pytest.fixture
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """A server of this test's own, which it may kill. Its database is empty at the beginning."""
    with postgres.embedded_server(CLUSTERS) as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis_url() -> Iterator[str]:
    """The Redis of the whole session: `STORELINE_TEST_REDIS_URL`, else Debian's."""
    if url := os.environ.get("STORELINE_TEST_REDIS_URL"):
        yield url
        return
    with _or_skip(redis.redis_server) as server:
        yield server.url


@pytest.fixture
def redis_url(shared_redis_url: str) -> str:
    """A Redis that is empty at the beginning of the test."""
    with redis_client.Redis.from_url(shared_redis_url) as client:
        client.flushdb()
    return shared_redis_url


@pytest.fixture
def redis_server() -> Iterator[redis.RedisServer]:
    """A Redis of this test's own, which it may kill, freeze or fill."""
    with _or_skip(redis.redis_server) as server:
        yield server


@pytest.fixture(scope="session")
def shared_broker() -> Iterator[rabbitmq.RabbitServer]:
    """The one RabbitMQ of the session that we started ourselves."""
    with _or_skip(rabbitmq.rabbit_server) as server:
        yield server


@pytest.fixture
def rabbit_server(shared_broker: rabbitmq.RabbitServer) -> Iterator[rabbitmq.RabbitServer]:
    """A RabbitMQ that a test may kill, freeze or stop, with a fresh virtual host at its `url`."""
    with shared_broker.fresh_vhost() as url:
        shared_broker.url = url
        try:
            yield shared_broker
        finally:
            shared_broker.thaw()
            shared_broker.start()


@pytest.fixture
def amqp_url(request: pytest.FixtureRequest) -> str:
    """`STORELINE_TEST_AMQP_URL`, else a fresh virtual host."""
    if url := os.environ.get("STORELINE_TEST_AMQP_URL"):
        return url
    server: rabbitmq.RabbitServer = request.getfixturevalue("rabbit_server")
    return server.url


@contextmanager
def _or_skip(start: Callable[[Path], AbstractContextManager[T]]) -> Iterator[T]:
    """A server, or the test is skipped because its packages cannot be had."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start(SERVICES))
        except NoPackages as error:
            unavailable(str(error))
        yield server


@pytest.fixture(scope="session")
def at_scale() -> Callable[[int, int], int]:
    """`at_scale(20, 500)`: how often a long proof goes round in `make test`, and in `make soak`."""
    return lambda small, full: full if os.environ.get("STORELINE_SOAK") else small
