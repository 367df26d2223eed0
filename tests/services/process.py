"""A server process that a test may stop, kill, freeze and start again, and that never outlives the test run."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

GUARD = """
exec 3<&0
"$@" </dev/null 3<&- & child=$!
trap : TERM
read -r _ <&3
kill -TERM 0
wait "$child"
wait "$child"
"""
"""Runs the server in a process group of its own, and ends it once our end of the pipe on standard input is closed."""


class Process:
    """A server, by the command that starts it and the question that tells whether it is ready."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        ready: Callable[[], bool],
        home: Path,
        environment: Mapping[str, str],
        start_seconds: float = 30,
        stop_seconds: float = 20,
    ) -> None:
        self._name = name
        self._command = command
        self._ready = ready
        self._home = home
        self._environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **environment}
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready. Does nothing while it runs."""
        if not self.running:
            self.kill()
            with (self._home / "output").open("ab") as output:
                self._guard = subprocess.Popen(
                    ["/bin/sh", "-c", GUARD, f"{self._name}-guard", *self._command],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    env=self._environment,
                    cwd=self._home,
                    start_new_session=True,
                )
        deadline = time.monotonic() + self._start_seconds
        while not self._ready():
            if time.monotonic() > deadline:
                self.kill()
                said = (self._home / "output").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._name} was not ready within {self._start_seconds} s: {said}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, as an operator would; kill it where it does not."""
        if self._guard is None:
            return
        self.thaw()
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        try:
            self._guard.wait(self._stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._guard = None

    def kill(self) -> None:
        """`kill -9` of the server and all its processes."""
        if self._guard is not None:
            self._signal(signal.SIGKILL)
            self._guard.wait(self._stop_seconds)
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = None

    def freeze(self) -> None:
        """SIGSTOP: links stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._guard is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._guard.pid, number)


def answers(port: int, question: bytes, answer: bytes) -> bool:
    """Whether a server on this port answers the question with bytes that begin like the answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(question)
            return link.recv(len(answer)) == answer
    except OSError:
        return False
