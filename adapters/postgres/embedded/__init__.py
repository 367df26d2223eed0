"""A PostgreSQL of our own inside the data folder: makes it, starts it, stops it, and brings it back after any kill."""

from adapters.postgres.embedded.errors import (
    AlreadyRunning,
    DiskFull,
    EmbeddedPostgresError,
    NotOurFolder,
    OtherVersion,
    PortTaken,
    ServerFailed,
)
from adapters.postgres.embedded.server import EmbeddedPostgres
