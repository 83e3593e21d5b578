"""Which errors of a database pass, and are answered with 503, and which are faults of ours."""

import logging
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, Error, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from common.logs import WithoutOutages
from common.outages import is_outage, log_failure, reason

PASSING = [
    psycopg.errors.QueryCanceled,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.TooManyConnections,
    psycopg.errors.DiskFull,
    psycopg.errors.OutOfMemory,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
    psycopg.errors.IoError,
    psycopg.errors.DataCorrupted,
    psycopg.errors.InvalidPassword,
    psycopg.errors.InvalidCatalogName,
    psycopg.OperationalError,
    psycopg.InterfaceError,
]
OURS = [
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UniqueViolation,
    psycopg.errors.InFailedSqlTransaction,
    psycopg.errors.SyntaxError,
    psycopg.errors.NumericValueOutOfRange,
]


def as_django_has_it(cause: Exception) -> Error:
    """With the kind that Django gives it (django.db.utils.DatabaseErrorWrapper)."""
    names = ("OperationalError", "IntegrityError", "ProgrammingError", "InterfaceError", "DatabaseError")
    known = {name: getattr(sys.modules["django.db"], name) for name in names}
    kind = next(known[base.__name__] for base in type(cause).__mro__ if base.__name__ in known)
    try:
        raise kind(str(cause)) from cause
    except Error as error:
        return error


@pytest.mark.parametrize("kind", PASSING)
def test_postgresql_that_is_away_full_locked_or_read_only_passes(kind: type[Exception]) -> None:
    assert is_outage(as_django_has_it(kind("said so")))


@pytest.mark.parametrize("kind", OURS)
def test_a_statement_that_is_wrong_does_not_pass(kind: type[Exception]) -> None:
    assert not is_outage(as_django_has_it(kind("said so")))


def test_sqlite_is_told_apart_by_its_result_codes(tmp_path: Path) -> None:
    file = tmp_path / "rows.sqlite3"
    with closing(sqlite3.connect(file, timeout=0)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("CREATE TABLE here (it integer UNIQUE)")
        one.execute("BEGIN EXCLUSIVE")
        locked = _refused(other, "BEGIN IMMEDIATE")
        one.rollback()
        other.execute("PRAGMA query_only = on")
        read_only = _refused(other, "INSERT INTO here VALUES (1)")
        wrong = _refused(one, "SELECT that FROM here")

    assert is_outage(locked) and is_outage(read_only)
    assert not is_outage(wrong)


def _refused(connection: sqlite3.Connection, statement: str) -> Error:
    with pytest.raises(sqlite3.Error) as refusal:
        connection.execute(statement)
    return as_django_has_it(refusal.value)


@pytest.mark.parametrize("error", [IntegrityError("x"), ProgrammingError("x"), DatabaseError("x"), ValueError("x")])
def test_what_django_says_by_itself_does_not_pass(error: Exception) -> None:
    assert not is_outage(error)


def test_the_reason_is_one_short_line() -> None:
    assert reason(OperationalError("connection refused\n\tIs it running?")) == "connection refused Is it running?"
    assert len(reason(OperationalError("x" * 9000))) <= 200
    assert reason(InterfaceError()) == "InterfaceError"


def test_the_log_has_a_line_for_an_outage_and_a_traceback_for_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    for error in (OperationalError("gone"), ProgrammingError("no column")):
        log_failure(logging.getLogger("tests"), "it failed", error)
    outage, fault = caplog.records

    assert (outage.getMessage(), outage.exc_info) == ("it failed: gone", None)
    assert fault.exc_info is not None
    assert WithoutOutages().filter(fault)
