"""Whether the database is away: what whoever meets one of its errors must know before anything else."""

import psycopg

PASSING = frozenset({"08", "25", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE that have to do with the moment and not with what was asked: lost links, read-only servers,
deadlocks, full disks, locks, restarts and time limits, the disk itself."""


def is_away(error: BaseException) -> bool:
    """Whether the same statement may succeed later, since the database is away, or does not do its work just now.

    Classes 54 (limits exceeded) and XX (inner errors, corrupted data) are not such: they come again with the same data.
    """
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        return error.sqlstate[:2] in PASSING
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
