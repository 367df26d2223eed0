"""Which databases a process works with: those of the settings, else the embedded one."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.contexts import SANDBOX, SCHEMAS
from adapters.postgres import migrations
from adapters.postgres.embedded import AlreadyRunning, EmbeddedPostgres
from adapters.settings import Settings, SettingsError


class NotMigrated(Exception):
    """The databases lack migrations that this version needs."""


@dataclass(frozen=True, slots=True)
class Databases:
    urls: Mapping[str, str]
    """Where each schema is: the contexts' events, the read models, the books of the sandbox gateway."""
    embedded: EmbeddedPostgres | None = None
    """The server that this process looks after, if it does."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a child process work with the same databases."""
        return {
            f"STORELINE_{schema.upper()}_DATABASE_URL": url for schema, url in self.urls.items() if schema in SCHEMAS
        }

    def migrate(self) -> list[str]:
        """Brings all schemas forward; the steps taken, as `schema: step`."""
        return [f"{schema}: {step}" for schema, url in self.urls.items() for step in migrations.migrate(url, schema)]

    def check_migrated(self) -> None:
        """Raises NotMigrated where migrations are pending."""
        if waiting := [schema for schema, url in self.urls.items() if migrations.pending(url, schema)]:
            raise NotMigrated(f"The schemas {', '.join(waiting)} lack migrations; run `storeline migrate` first.")


@contextmanager
def databases(settings: Settings, *, sole: bool = False) -> Iterator[Databases]:
    """Those of the settings; where they leave any out, the embedded server runs meanwhile.

    An embedded server that another process already looks after is used; with `sole`, raises AlreadyRunning instead.
    """
    given = {schema: url for schema in SCHEMAS if (url := settings.database(schema))}
    if len(given) == len(SCHEMAS):
        yield _with_books(given)
        return
    server = EmbeddedPostgres(settings.data)
    try:
        url = server.start()
    except AlreadyRunning:
        if sole:
            raise
        yield _with_books(dict.fromkeys(SCHEMAS, server.url) | given)
        return
    try:
        yield _with_books(dict.fromkeys(SCHEMAS, url) | given, server)
    finally:
        server.stop()


def _with_books(urls: Mapping[str, str], embedded: EmbeddedPostgres | None = None) -> Databases:
    return Databases({**urls, SANDBOX: urls["payment"]}, embedded)


def secret(settings: Settings) -> str:
    """The key that signs tokens and cursors; development makes one in the data folder and keeps it."""
    if settings.secret:
        return settings.secret.get_secret_value()
    file = settings.data / "secret"
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        _make(file)
        return file.read_text()
    except PermissionError as error:
        raise SettingsError(
            [f"{file} cannot be read; set STORELINE_SECRET, or choose another STORELINE_DATA."]
        ) from error


def _make(file: Path) -> None:
    """Writes a new key unless there is one; of two processes that do so at once, one wins and both read the same."""
    if file.exists():
        return
    draft = file.with_name(f"secret.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as text:
        text.write(secrets.token_hex(32))
    try:
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()
