"""Why the embedded PostgreSQL cannot run. Each message is one line that says why and what to do.

EmbeddedPostgresError
├── AlreadyRunning     another process looks after this folder
├── NotOurFolder       the folder belongs to somebody else, or the server's account cannot work in it
├── PortTaken          the port asked for is in use
├── DiskFull           no space left where the data folder is
├── OtherVersion       the folder was made by another major version of PostgreSQL
└── ServerFailed       PostgreSQL said no; its own words are in the message
"""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    pass


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
    def __init__(self, cluster: Path, found: str, ours: int) -> None:
        super().__init__(
            f"{cluster} was made by PostgreSQL {found}, and this is {ours};"
            " dump it with the old programs, or move it away to begin anew."
        )


class ServerFailed(EmbeddedPostgresError):
    pass
