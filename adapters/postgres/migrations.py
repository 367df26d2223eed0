"""Plain SQL migrations with a way back: `<YYYYMMDDHHMMSS>_<description>.sql` beside `….rollback.sql`.

Each context has a schema of its own name, and maybe a database of its own. The event log's tables are the same in all
of them: the files in `migrations/log/` are applied to each context's schema, before those in its own folder of the same
time. Files name their tables without a schema; the search path puts them where they belong.

What was applied is in the table `schema_migration` of each schema, with a checksum: a file that changed after it was
applied is an error. One migration is one transaction. Two processes that migrate at once take turns.
"""

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.contexts import NAMES, SANDBOX

ROOT = Path(__file__).with_name("migrations")

FOLDERS: Mapping[str, tuple[str, ...]] = {
    **{name: ("log", name) for name in NAMES},
    "read": ("read",),
    SANDBOX: (SANDBOX,),
}
"""Schema to the folders that make it."""

NAME = re.compile(r"\d{14}_[a-z0-9_]+")
LOCK_TIMEOUT = "2s"
TURN_SECONDS = 120.0
"""How long a process waits while another migrates the same schema."""

TABLE = sql.SQL("{}.schema_migration")
CREATE_TABLE = sql.SQL(
    "CREATE TABLE IF NOT EXISTS {}"
    " (id text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
)


class MigrationError(Exception):
    """The schema cannot be brought forward or back; the message says why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: what it does, and how it is undone."""

    id: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.up.encode()).hexdigest()


def migrations(schema: str, root: Path = ROOT) -> list[Migration]:
    """All steps of a schema, in order."""
    found: dict[str, Migration] = {}
    for folder in FOLDERS.get(schema, (schema,)):
        for file in sorted((root / folder).glob("*.sql")):
            if file.name.endswith(".rollback.sql"):
                continue
            way_back = file.with_name(f"{file.stem}.rollback.sql")
            if not NAME.fullmatch(file.stem):
                raise MigrationError(f"{file.name}: a migration is named YYYYMMDDHHMMSS_description.sql.")
            if not way_back.exists():
                raise MigrationError(f"{file.name} has no way back: {way_back.name} is missing.")
            if file.stem in found:
                raise MigrationError(f"{file.name} stands in two folders of the schema {schema}.")
            found[file.stem] = Migration(file.stem, file.read_text(), way_back.read_text())
    return [found[id] for id in sorted(found)]


def pending(url: str, schema: str, root: Path = ROOT) -> list[Migration]:
    """What `migrate` would apply. Changes nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        return _pending(connection, schema, root)


def migrate(url: str, schema: str, root: Path = ROOT) -> list[str]:
    """Apply what is pending, each step in a transaction of its own. Answers with the ids applied."""
    with _turn(url, schema) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute(CREATE_TABLE.format(_table(schema)))
        steps = _pending(connection, schema, root)
        for step in steps:
            with _transaction(connection, schema):
                _run(connection, step.id, step.up)
                connection.execute(
                    sql.SQL("INSERT INTO {} (id, checksum) VALUES (%s, %s)").format(_table(schema)),
                    (step.id, step.checksum),
                )
        return [step.id for step in steps]


def rollback(url: str, schema: str, count: int = 1, root: Path = ROOT) -> list[str]:
    """Undo the last `count` steps, the latest first. Answers with their ids."""
    with _turn(url, schema) as connection:
        steps = _last_applied(connection, schema, count, root)
        for step in steps:
            with _transaction(connection, schema):
                _run(connection, step.id, step.down)
                connection.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(_table(schema)), (step.id,))
        return [step.id for step in steps]


def script(url: str, schema: str, root: Path = ROOT) -> str:
    """The pending steps as a script for `psql -f`. Applied a second time it does nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        table, name = _table(schema).as_string(connection), sql.Identifier(schema).as_string(connection)
        parts = [
            "\\set ON_ERROR_STOP on",
            f"CREATE SCHEMA IF NOT EXISTS {name};",
            CREATE_TABLE.format(_table(schema)).as_string(connection) + ";",
        ]
        for step in _pending(connection, schema, root):
            done = f"INSERT INTO {table} (id, checksum) VALUES ('{step.id}', '{step.checksum}');"
            parts += _scripted(
                schema, name, step.id, f"NOT EXISTS (SELECT FROM {table} WHERE id = '{step.id}')", step.up, done
            )
        return "\n".join(parts) + "\n"


def rollback_script(url: str, schema: str, count: int = 1, root: Path = ROOT) -> str:
    """What `rollback` would do as a script for `psql -f`. Applied a second time it does nothing."""
    with psycopg.connect(url, autocommit=True) as connection:
        table, name = _table(schema).as_string(connection), sql.Identifier(schema).as_string(connection)
        parts = ["\\set ON_ERROR_STOP on"]
        for step in _last_applied(connection, schema, count, root):
            done = f"DELETE FROM {table} WHERE id = '{step.id}';"
            parts += _scripted(
                schema, name, step.id, f"EXISTS (SELECT FROM {table} WHERE id = '{step.id}')", step.down, done
            )
        return "\n".join(parts) + "\n"


def _scripted(schema: str, name: str, id: str, condition: str, statements: str, done: str) -> list[str]:
    """One step of a script: what it does if the condition holds when its turn comes, and how that is noted."""
    return [
        f"\n-- {id}",
        "BEGIN;",
        f"SELECT pg_advisory_xact_lock({_key(schema)});",
        f"SELECT {condition} AS wanted \\gset",
        "\\if :wanted",
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';",
        f"SET LOCAL search_path = {name}, public;",
        statements.strip(),
        done,
        "\\endif",
        "COMMIT;",
    ]


def _last_applied(connection: psycopg.Connection, schema: str, count: int, root: Path) -> list[Migration]:
    """The latest first. Raises MigrationError where one of them is not known here."""
    known = {step.id: step for step in migrations(schema, root)}
    ids = sorted(_applied(connection, schema), reverse=True)[:count]
    if unknown := [id for id in ids if id not in known]:
        raise MigrationError(f"{unknown[0]} was applied by other code; roll it back with the code that has it.")
    return [known[id] for id in ids]


def _pending(connection: psycopg.Connection, schema: str, root: Path) -> list[Migration]:
    applied = _applied(connection, schema)
    steps = migrations(schema, root)
    for step in steps:
        if applied.get(step.id, step.checksum) != step.checksum:
            raise MigrationError(f"{step.id} was changed after it was applied to {schema}; write a new one instead.")
    return [step for step in steps if step.id not in applied]


def _applied(connection: psycopg.Connection, schema: str) -> dict[str, str]:
    table = _table(schema)
    if connection.execute("SELECT to_regclass(%s)", (table.as_string(connection),)).fetchone() == (None,):
        return {}
    return dict(connection.execute(sql.SQL("SELECT id, checksum FROM {}").format(table)).fetchall())


@contextmanager
def _turn(url: str, schema: str) -> Iterator[psycopg.Connection]:
    """A connection while no other process migrates this schema. A process that dies loses its turn with its session."""
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.monotonic() + TURN_SECONDS
        while connection.execute("SELECT pg_try_advisory_lock(%s)", (_key(schema),)).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise MigrationError(f"Another process has been migrating {schema} for {TURN_SECONDS:.0f} s.")
            time.sleep(0.05)
        yield connection


@contextmanager
def _transaction(connection: psycopg.Connection, schema: str) -> Iterator[None]:
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(sql.Identifier(schema)))
        yield


def _run(connection: psycopg.Connection, id: str, statements: str) -> None:
    try:
        connection.execute(statements.encode())
    except psycopg.Error as error:
        raise MigrationError(f"{id}: {error.diag.message_primary or error}") from error


def _table(schema: str) -> sql.Composed:
    return TABLE.format(sql.Identifier(schema))


def _key(schema: str) -> int:
    """The advisory lock of this schema's migrations."""
    return int.from_bytes(hashlib.sha256(f"storeline migrate {schema}".encode()).digest()[:8], signed=True)
