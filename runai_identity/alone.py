"""Let one process at a time, of all that start on one database, migrate it and make what is missing."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.db.backends.utils import CursorWrapper

LOCK = 0x72756E6169  # of PostgreSQL's advisory locks: any number that nobody else takes
TRY_EVERY = 0.2  # seconds


@contextmanager
def alone(waits: Callable[[], object]) -> Iterator[None]:
    """Wait for the others, and call `waits` if there are any. The lock ends with the process that holds it."""
    if connection.vendor == "postgresql":
        with _advisory_lock(waits):
            yield
    else:
        with _file_lock(Path(f"{connection.settings_dict['NAME']}.lock"), waits):
            yield


@contextmanager
def _advisory_lock(waits: Callable[[], object]) -> Iterator[None]:
    """Take a transaction's lock on a connection of its own, which is the same one throughout, behind a pooler too."""
    other, waited = connection.copy(), False
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            while not _is_taken(cursor):
                if not waited:
                    waits()
                waited = True
                time.sleep(TRY_EVERY)
            yield
    finally:
        other.close()


def _is_taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


@contextmanager
def _file_lock(file: Path, waits: Callable[[], object]) -> Iterator[None]:
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
