"""The life of the embedded server: its cluster is made, it is started, watched, stopped, and taken over after a kill.

The server hangs on a pipe from this process: when this process ends in whatever way, a small shell beside the server
asks it to shut down. What that shell could not end, because it was killed too, the next start ends.
"""

import errno
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from adapters.postgres.embedded.account import Account, OutOfReach, account_for
from adapters.postgres.embedded.errors import (
    AlreadyRunning,
    DiskFull,
    EmbeddedPostgresError,
    NotOurFolder,
    OtherVersion,
    PortTaken,
    ServerFailed,
)
from adapters.postgres.embedded.home import Home
from adapters.postgres.embedded.ports import free_port, is_free
from adapters.postgres.embedded.programs import MAJOR, programs

ROLE = DATABASE = "storeline"

SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "4MB",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "200",
    "max_wal_size": "2GB",
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "log_line_prefix": "%m [%p] %q%a %d ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Given on the command line at each start, so that the running server always has the settings of this code."""

START_SECONDS = 60.0  # crash recovery replays up to max_wal_size
STOP_SECONDS = 30.0

GUARD = """
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -INT "$server"; } & watcher=$!
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"""
"""Runs the server until it ends, and asks it to shut down once our end of the pipe on standard input is closed."""


class EmbeddedPostgres:
    """One server in one data folder, looked after by this process.

    `start` answers with a plain database URL; called again it brings back a server that died, at the same address.
    Without `port` a free one is chosen once and kept.
    """

    def __init__(self, data: Path, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._data = data.absolute()
        self._home = Home(self._data / "postgres")
        self._wanted_port = port
        self._settings = {**SETTINGS, **(settings or {})}
        self._lock: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def home(self) -> Path:
        return self._home.path

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int | None:
        """The postmaster, by its own word."""
        running = self._home.running
        return running.pid if running else None

    def start(self) -> str:
        if self.running:
            return self.url
        with self._plain_errors():
            self._release_guard()
            account = self._move_in()
            self._end_server(signal.SIGINT)
            (self._home.cluster / "postmaster.pid").unlink(missing_ok=True)
            if (version := self._home.version) is None:
                self._initialise(account)
            elif version != str(MAJOR):
                raise OtherVersion(self._home.cluster, version, MAJOR)
            self._launch(account)
            self._create_database()
        return self.url

    def stop(self) -> None:
        """Shut down cleanly; open sessions are ended, finished transactions are kept."""
        try:
            if self._guard is not None:
                _close_pipe(self._guard)
                with suppress(subprocess.TimeoutExpired):
                    self._guard.wait(STOP_SECONDS)
                self._end_server(signal.SIGQUIT)
                self._guard.wait(STOP_SECONDS)
        finally:
            self._guard = None
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _move_in(self) -> Account:
        """Own the folder, hold its lock, and know under which account the server runs."""
        self._data.mkdir(parents=True, exist_ok=True)
        ours = os.geteuid()
        if (owner := self._data.stat().st_uid) != ours:
            raise NotOurFolder(_belongs(self._data, owner, f"you are user {ours}"))
        account = account_for(self.home)
        self.home.mkdir(mode=0o700, exist_ok=True)
        if self.home.stat().st_uid == ours:
            account.own(self.home)
        if (owner := self.home.stat().st_uid) != account.uid:
            raise NotOurFolder(_belongs(self.home, owner, f"the server runs as {account.name} (user {account.uid})"))
        if self._lock is None:
            self._lock = self._home.lock_supervisor()
            if self._lock is None:
                raise AlreadyRunning(self.home)
        account.reach(self.home)
        return account

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Whatever stops a start is one typed line, and nothing is held afterwards."""
        try:
            yield
        except BaseException as error:
            self.stop()
            match error:
                case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                    raise DiskFull(self.home) from error
                case OSError():
                    raise NotOurFolder(f"{self.home} cannot be used: {error}.") from error
                case psycopg.Error() | subprocess.SubprocessError():
                    reason = " ".join(str(error).split()).rstrip(".")
                    raise ServerFailed(f"PostgreSQL in {self.home} does not work: {reason}.") from error
                case OutOfReach():
                    raise NotOurFolder(str(error)) from error
                case _:
                    raise

    def _end_server(self, how: signal.Signals) -> None:
        """Return once no process of a server is left in this folder; a killed supervisor may have left some."""
        for step in (how, signal.SIGQUIT):
            if self._server_gone(within=0.0):
                return
            if (pid := self.pid) is not None and _is_postgres(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, step)
            if self._server_gone(within=STOP_SECONDS):
                return
        raise ServerFailed(f"A PostgreSQL left in {self.home} does not end (process {self.pid}); end it by hand.")

    def _server_gone(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while (lock := self._home.lock_server()) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.005)
        os.close(lock)
        return True

    def _initialise(self, account: Account) -> None:
        fresh = self.home / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self._home.new_password()
        account.own(password)
        made = subprocess.run(
            account.command(
                programs(account, self._home) / "initdb",
                *("--pgdata", account.path(fresh), "--username", ROLE, "--pwfile", account.path(password)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale-provider", "builtin"),
                *("--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions"),
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=account.environment,
            cwd="/",
            timeout=START_SECONDS,
        )
        if made.returncode != 0:
            raise self._failure(made.stderr)
        fresh.rename(self._home.cluster)

    def _launch(self, account: Account) -> None:
        for port in self._ports():
            mark = self._home.mark_log()
            self._spawn(account, port)
            if self._becomes_ready(port):
                self._home.port = port
                return
            self._release_guard()
            said = self._home.log_since(mark)
            if "could not bind" not in said:
                raise self._failure(said)
        raise PortTaken(port)

    def _ports(self) -> Iterator[int]:
        """The port asked for; else the one used before, then any free one."""
        if self._wanted_port is not None:
            if not is_free(self._wanted_port):
                raise PortTaken(self._wanted_port)
            yield self._wanted_port
            return
        if (kept := self._home.port) is not None and is_free(kept):
            yield kept
        for _ in range(5):
            yield free_port()

    def _spawn(self, account: Account, port: int) -> None:
        settings = {
            **self._settings,
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        command = account.command(
            programs(account, self._home) / "postgres",
            *("-D", account.path(self._home.cluster)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        )
        lock = self._home.lock_server()
        if lock is None:
            raise AlreadyRunning(self.home)
        try:
            with self._home.log.open("ab") as log:
                self._guard = subprocess.Popen(
                    ["/bin/sh", "-c", GUARD, "postgres-guard", *command],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=account.environment,
                    cwd="/",
                    pass_fds=[lock],
                    start_new_session=True,  # Ctrl-C is for us; the server goes when we have finished with it
                )
        finally:
            os.close(lock)

    def _becomes_ready(self, port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = self._home.running
            if running is not None and running.port == port and running.status == "ready":
                return True
            if not self.running:
                return False
            time.sleep(0.005)
        raise ServerFailed(f"PostgreSQL was not ready within {START_SECONDS:.0f} s; see {self._home.log}.")

    def _release_guard(self) -> None:
        """Let go of a guard whose server has ended."""
        if self._guard is not None:
            _close_pipe(self._guard)
            self._guard.wait(STOP_SECONDS)
            self._guard = None

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _url(self, database: str) -> str:
        return f"postgresql://{ROLE}:{self._home.password}@127.0.0.1:{self._home.port}/{database}"

    def _failure(self, said: str) -> EmbeddedPostgresError:
        """The error for what the server or initdb said, in one line."""
        if os.strerror(errno.ENOSPC) in said:
            return DiskFull(self.home)
        reasons = re.findall(r"(?:FATAL|PANIC|error):\s+(.+)", said) or said.strip().split("\n")[-1:]
        return ServerFailed(f"PostgreSQL did not start in {self.home}: {reasons[-1].strip(' .') or 'no word why'}.")


def _belongs(folder: Path, owner: int, but: str) -> str:
    return (
        f"{folder} belongs to user {owner}, and {but}; run as its owner or choose another data folder (STORELINE_DATA)."
    )


def _close_pipe(guard: "subprocess.Popen[bytes]") -> None:
    if guard.stdin is not None:
        guard.stdin.close()


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except (FileNotFoundError, ProcessLookupError):
        return False
