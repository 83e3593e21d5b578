"""Errors of the database that pass: answered with 503 and Retry-After, and one line in the log.

All else that a database refuses (a missing column, a broken constraint) is a fault of ours, and stays a 500.
"""

import logging
import sqlite3

from django.db import Error, InterfaceError, OperationalError, connection

RETRY_AFTER = 5  # seconds

# https://www.postgresql.org/docs/current/errcodes-appendix.html: of a class, and single ones.
PASSING_CLASSES = (
    "08",  # connection
    "28",  # authorization, at connecting
    "3D",  # no such database, at connecting
    "40",  # serialization and deadlock
    "53",  # no disk, no memory, no connection free
    "57",  # shut down, or cancelled by a timeout
    "58",  # input and output
    "XX",  # internal, corrupt data
)
READ_ONLY = "25006"
PASSING = (READ_ONLY, "25P03", "25P04", "55P03")  # timeouts of a transaction and of a lock
# https://www.sqlite.org/rescode.html; SQLITE_ERROR is a wrong statement.
PASSING_IN_SQLITE = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL),
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
)
_LONGEST_REASON = 200


def is_outage(error: BaseException | None) -> bool:
    """Return True if the database is away, silent, full, locked or read-only."""
    if not isinstance(error, Error):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _code(cause) in PASSING_IN_SQLITE
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return isinstance(error, OperationalError | InterfaceError)
    return state in PASSING or state.startswith(PASSING_CLASSES)


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; the rest of its bits say more."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def reason(error: BaseException) -> str:
    """Return what the database said, as one short line."""
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__


def drop_connection() -> None:
    """Have the next statement connect anew: after a fail-over, the server at the other end takes no writes any more.

    A connection to SQLite stays. To open its file again takes room, which a full disk does not have.
    """
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()


def log_failure(logger: logging.Logger, sentence: str, error: BaseException) -> None:
    """One line for an outage; with its traceback for anything else."""
    if is_outage(error):
        logger.warning("%s: %s", sentence, reason(error))
    else:
        logger.error(sentence, exc_info=error)
