"""The whole shop as `make run` starts it, on a port and a data folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from adapters.postgres.embedded.ports import free_port

COMMAND = [sys.executable, "-m", "adapters.cli"]
SECONDS = 90.0


@dataclass
class RunningShop:
    """`storeline run` in a process group of its own."""

    environment: dict[str, str]
    output: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['STORELINE_PORT']}"

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_until_open(self) -> None:
        deadline = time.monotonic() + SECONDS
        while "Storeline is open" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it as an operator would; answers with the exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).is_success
        except httpx.TransportError:
            return False

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another `storeline` command beside the running shop."""
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )


def environment(data: Path, port: int | None = None) -> dict[str, str]:
    """Only what the shop needs: no setting of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STORELINE_")}
    for name in ("DATABASE_URL", "REDIS_URL", "AMQP_URL"):
        kept.pop(name, None)
    return kept | {"STORELINE_DATA": str(data), "STORELINE_PORT": str(port or free_port()), "COLUMNS": "200"}


def start(given: Mapping[str, str], output: Path) -> RunningShop:
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [*COMMAND, "run", "--parent", str(os.getpid())],  # it shall not outlive a test run that is killed
            env=dict(given),
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    return RunningShop(dict(given), output, process)


@contextmanager
def running_shop(home: Path, **settings: str) -> Iterator[RunningShop]:
    """An open shop, ended at the end whatever happens; `settings` as in the environment."""
    shop = start(environment(home / "data") | settings, home / "output")
    try:
        shop.wait_until_open()
        yield shop
    finally:
        if shop.process.poll() is None:
            shop.stop()
