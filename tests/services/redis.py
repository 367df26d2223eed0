"""Redis for the tests: Debian's `redis-server`, unpacked, on a free port of 127.0.0.1, keeping nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.postgres.embedded.ports import free_port
from tests.services.debian import library_path, unpacked
from tests.services.process import Process, answers


class RedisServer(Process):
    """`url`, and start, stop, kill, freeze, thaw. What it holds is gone after each of stop and kill."""

    def __init__(self, root: Path, home: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        super().__init__(
            "redis",
            [
                str(root / "usr/bin/redis-server"),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(home)),
                *("--save", "", "--appendonly", "no"),
                *("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"),
            ],
            ready=lambda: answers(self.port, b"PING\r\n", b"+PONG"),
            home=home,
            environment={"LD_LIBRARY_PATH": library_path(root)},
        )


@contextmanager
def redis_server(services: Path) -> Iterator[RedisServer]:
    root = unpacked("redis-server", services)
    with TemporaryDirectory(prefix="redis-", dir=services) as home:
        server = RedisServer(root, Path(home))
        try:
            server.start()
            yield server
        finally:
            server.stop()
