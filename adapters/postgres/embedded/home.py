"""The server's folder, `<data>/postgres/`: what stands in it, and the locks on it.

    cluster/          the database cluster (PGDATA)
    binaries-<v>/     a copy of the programs, only where the server's account cannot read the installed ones
    log, log.1        what the server says, and what it said before
    password, port    how to reach it; the port is kept so that a restart keeps the address
    supervisor.lock   held by the process that looks after the server: a second one is refused
    server.lock       held by every process of the server: free means that none is left

Locks are kernel locks (flock): a kill leaves none behind.
"""

import fcntl
import os
import secrets
from pathlib import Path
from typing import NamedTuple

LOG_BYTES = 16 * 1024 * 1024


class Running(NamedTuple):
    """What the server says of itself in `postmaster.pid`."""

    pid: int
    port: int | None
    status: str


class Home:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.cluster = path / "cluster"
        self.log = path / "log"

    @property
    def password(self) -> str:
        return self._read("password")

    @property
    def port(self) -> int | None:
        """The port that the server had last."""
        kept = self._read("port")
        return int(kept) if kept.isdecimal() else None

    @port.setter
    def port(self, port: int) -> None:
        if self.port != port:
            (self.path / "port.new").write_text(str(port))
            (self.path / "port.new").rename(self.path / "port")

    @property
    def version(self) -> str | None:
        """The major version that made the cluster, or None where there is none yet."""
        return self._read("cluster/PG_VERSION") or None

    @property
    def running(self) -> Running | None:
        """The server by its own word. After a kill the word is stale."""
        lines = self._read("cluster/postmaster.pid").splitlines()
        if not lines or not lines[0].strip().isdecimal():
            return None
        port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdecimal() else None
        return Running(int(lines[0]), port, lines[7].strip() if len(lines) > 7 else "")

    def new_password(self) -> Path:
        path = self.path / "password"
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
        return path

    def lock_supervisor(self) -> int | None:
        return _flock(self.path / "supervisor.lock")

    def lock_server(self) -> int | None:
        return _flock(self.path / "server.lock")

    def mark_log(self) -> int:
        """Where the log ends now. A long one is put aside first."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size > LOG_BYTES:
            self.log.rename(self.path / "log.1")
            return 0
        return size

    def log_since(self, mark: int) -> str:
        with self.log.open("rb") as log:
            log.seek(mark)
            return log.read(LOG_BYTES).decode(errors="replace")

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text().strip()
        except FileNotFoundError:
            return ""


def _flock(path: Path) -> int | None:
    """A descriptor that holds the lock of this file, or None while somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
