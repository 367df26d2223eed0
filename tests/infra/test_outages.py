"""Everybody who meets an error of the database agrees on whether it is the database that is away."""

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.outages import is_away


@pytest.mark.proves("P22")
@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the connection is lost"),
        psycopg.InterfaceError("the connection is closed"),
        PoolTimeout(),
        PoolClosed(),
        TooManyRequests(),
        errors.AdminShutdown(),
        errors.CannotConnectNow(),
        errors.ConnectionFailure(),
        errors.DeadlockDetected(),
        errors.DiskFull(),
        errors.IdleInTransactionSessionTimeout(),
        errors.IoError(),
        errors.LockNotAvailable(),
        errors.QueryCanceled(),
        errors.ReadOnlySqlTransaction(),
        errors.TooManyConnections(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_by_itself_is_waited_for(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        errors.DataCorrupted(),
        errors.NotNullViolation(),
        errors.NumericValueOutOfRange(),
        errors.ProgramLimitExceeded(),
        errors.StatementTooComplex(),
        errors.UndefinedTable(),
        errors.UniqueViolation(),
        psycopg.ProgrammingError("no such placeholder"),
        ConnectionRefusedError(),
        ValueError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_comes_again_with_the_same_data_is_not(error: Exception) -> None:
    assert not is_away(error)
