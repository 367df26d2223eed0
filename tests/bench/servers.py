"""Servers of a measurement: started, waited for, and ended by their process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from adapters.postgres.embedded.ports import free_port


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process and its living children have used so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / ticks + sum(cpu_of(int(child)) for child in children)


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its living children, pages they share counted once for each."""
    status = Path(f"/proc/{pid}/status").read_text()
    own = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(memory_of(int(child)) for child in children)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=os.environ | dict(environment), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def baseline(environment: Mapping[str, str], ready: str) -> Iterator[tuple[int, int]]:
    """The baseline application on one worker; yields its port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port)]
    with running([*command, "--log-level", "error", "tests.bench.baseline:create"], environment) as process:
        wait_for(f"http://127.0.0.1:{port}{ready}")
        yield port, process.pid


@contextmanager
def shop(environment: Mapping[str, str]) -> Iterator[tuple[int, int, int]]:
    """The API and the followers, each a process; yields the port and the two process ids."""
    port = free_port()
    settings = {"STORELINE_PORT": str(port), "STORELINE_LOG_LEVEL": "error", **environment}
    command = [sys.executable, "-m", "adapters.cli"]
    with running([*command, "serve"], settings) as api, running([*command, "follow"], settings) as followers:
        wait_for(f"http://127.0.0.1:{port}/health/ready")
        yield port, api.pid, followers.pid


def wait_for(url: str, seconds: float = 60) -> None:
    """Until the server answers anything at all but 503."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = httpx.get(url, timeout=2).status_code
            if last != 503:
                return
        except httpx.TransportError as error:
            last = error
        time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer within {seconds} s: {last!r}")
