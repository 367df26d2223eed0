"""The `storeline` command."""

import sys

import psycopg

from adapters.cli.app import app
from adapters.databases import NotMigrated
from adapters.followers.faults import NoSuchFault
from adapters.postgres.embedded import EmbeddedPostgresError
from adapters.postgres.migrations import MigrationError
from adapters.settings import SettingsError
from application.store import StoreUnavailable
from domain.kernel import Refusal

__all__ = ["main"]

_MENDABLE = (
    EmbeddedPostgresError,
    MigrationError,
    NoSuchFault,
    NotMigrated,
    Refusal,
    SettingsError,
    StoreUnavailable,
    psycopg.OperationalError,
    psycopg.errors.InsufficientPrivilege,
)


def main() -> None:
    """Runs the command line. What a person can mend is told in clear lines without a traceback, and exit code 1."""
    try:
        app()
    except _MENDABLE as error:
        sys.exit("\n".join(f"storeline: {line}" for line in str(error).splitlines()))
