"""RabbitMQ for the tests: Debian's `rabbitmq-server` with its Erlang, unpacked, on free ports of 127.0.0.1.

The management plugin is on: making a virtual host for each test or counting consumers takes milliseconds over its HTTP
interface, and `rabbitmqctl` starts an Erlang of its own each time.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from adapters.postgres.embedded.ports import free_port
from tests.services.debian import library_path, unpacked
from tests.services.process import Process, answers

AMQP_0_9_1 = b"AMQP\x00\x00\x09\x01"
CTL_SECONDS = 30
CONNECTION_START = b"\x01\x00\x00"

CONFIGURATION = """
listeners.tcp.local = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {api}
disk_free_limit.absolute = 50MB
log.console = true
log.file = false
"""


class RabbitServer(Process):
    """A broker with its own Erlang port mapper: start, stop, kill, freeze, thaw, and what an operator may do to it.

    What is durable outlives all of them.
    """

    def __init__(self, root: Path, home: Path) -> None:
        self.port, self._api_port, distribution, mapper = (free_port() for _ in range(4))
        scripts = next((root / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*")) / "sbin"
        self._ctl = scripts / "rabbitmqctl"
        self._node = f"storeline-{self.port}@localhost"
        (home / "rabbitmq.conf").write_text(CONFIGURATION.format(amqp=self.port, api=self._api_port))
        (home / "enabled_plugins").write_text("[rabbitmq_management].")
        environment = {
            "PATH": f"{root / 'usr/bin'}:/usr/local/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": library_path(root),
            "HOME": str(home),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_PLUGINS_DIR": str(scripts.parent / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home),
            "RABBITMQ_PID_FILE": str(home / "pid"),
        }
        super().__init__(
            "rabbitmq",
            [str(scripts / "rabbitmq-server")],
            ready=lambda: answers(self.port, AMQP_0_9_1, CONNECTION_START) and self._api_answers(),
            home=home,
            environment=environment,
            start_seconds=90,
            stop_seconds=30,
        )
        self._mapper = Process(
            "epmd",
            [str(root / "usr/bin/epmd"), "-port", str(mapper), "-address", "127.0.0.1"],
            ready=lambda: answers(mapper, b"\x00\x01n", mapper.to_bytes(4, "big")),
            home=home,
            environment=environment,
        )
        self.url = self.url_of("/")

    def start(self) -> None:
        self._mapper.start()
        super().start()

    def close(self) -> None:
        """End the broker and its port mapper, which would outlive it. What the broker holds is of no use any more."""
        self.kill()
        self._mapper.stop()

    def url_of(self, vhost: str) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{quote(vhost, safe='')}"

    @contextmanager
    def fresh_vhost(self) -> Iterator[str]:
        """The URL of a new virtual host, which goes with all its queues afterwards."""
        name = f"test-{uuid4().hex}"
        self.api("PUT", f"/vhosts/{name}")
        self.api("PUT", f"/permissions/{name}/guest", {"configure": ".*", "write": ".*", "read": ".*"})
        try:
            yield self.url_of(name)
        finally:
            if self.running:
                self.api("DELETE", f"/vhosts/{name}")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the management interface (`/vhosts`, `/queues/<vhost>/<name>`, `/connections` and so on)."""
        url = f"http://127.0.0.1:{self._api_port}/api{path}"
        answer = httpx.request(method, url, json=body, auth=("guest", "guest"), timeout=20, trust_env=False)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl`, for what the management interface cannot do: `stop_app`, watermarks."""
        command = [str(self._ctl), "--node", self._node, *arguments]
        # A group of its own: it is a script, and what it starts would hold its pipes open for ever.
        with subprocess.Popen(
            command,
            env=self._environment,
            cwd=self._home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            try:
                said, complaint = running.communicate(timeout=CTL_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                raise
        if running.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {arguments[0]} failed: {complaint.strip() or said.strip()}")
        return said

    def close_connections(self) -> int:
        """Close all client connections from the broker's side; answers how many there were.

        Asked again where no answer comes: once in a while it gets none while connections begin and end.
        """
        for _ in range(2):
            with suppress(subprocess.TimeoutExpired):
                return self._close_connections()
        return self._close_connections()

    def _close_connections(self) -> int:
        ours = self.ctl("--quiet", "list_connections", "pid").split()[1:]
        self.ctl("close_all_connections", "closed by a test")
        return len(ours)

    def _api_answers(self) -> bool:
        try:
            self.api("GET", "/vhosts")
        except httpx.HTTPError:
            return False
        return True


@contextmanager
def rabbit_server(services: Path) -> Iterator[RabbitServer]:
    root = unpacked("rabbitmq-server", services)
    _tell_erlang_where_it_is(root)
    with TemporaryDirectory(prefix="rabbitmq-", dir=services, ignore_cleanup_errors=True) as home:
        server = RabbitServer(root, Path(home))
        try:
            server.start()
            yield server
        finally:
            server.close()


def _tell_erlang_where_it_is(root: Path) -> None:
    """Erlang's start script names the folder it was built for. An unpacked tree may have been moved since."""
    root = root.resolve()
    script = root / "usr/lib/erlang/bin/erl"
    if not script.exists():
        return  # this machine has the same Erlang installed, and that one serves
    lines = script.read_text().splitlines()
    told = "\n".join(f"ROOTDIR={root / 'usr/lib/erlang'}" if "ROOTDIR=/" in line else line for line in lines)
    fresh = script.with_name(f"erl.{uuid4().hex}")
    fresh.write_text(told + "\n")
    fresh.chmod(0o755)
    fresh.rename(script)
