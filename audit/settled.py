"""The id up to which the audit log is settled: no transaction is left that may still add an entry at or below it.

On PostgreSQL an entry has its id before others can see it, so a lower id may come to light after a higher one. Whoever
goes through the log by id has to stop before such a gap.
"""

import time

from django.db import connection
from django.db.models import Max

from audit.models import Event

LOOK_EVERY = 0.02  # seconds

# Who inserts takes this lock before the id is drawn, and keeps it until the transaction has ended.
_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = %s::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND granted AND pid IS DISTINCT FROM pg_backend_pid()
"""


def settled_through(*, wait: float) -> int | None:
    """Return that id; None if there are no entries, or if a transaction that writes goes on for `wait` seconds."""
    events, last = Event.objects.all(), last_given()
    # Who inserts an entry with an id of their own, far ahead, must not make us pass over those that are still to come.
    events = events if last is None else events.filter(pk__lte=last)
    highest: int | None = events.aggregate(id=Max("pk"))["id"]
    if highest is None or connection.vendor != "postgresql":
        return highest  # SQLite has one writer at a time, and gives ids in the order of commits
    ends_at = time.monotonic() + wait
    before = _writers()
    while before:
        if time.monotonic() >= ends_at:
            return None
        time.sleep(LOOK_EVERY)
        before &= _writers()
    return highest


def last_given() -> int | None:
    """Return the last id that the database gave to an entry; None where it doesn't tell, as SQLite."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)", [Event._meta.db_table]
        )
        last: int | None = cursor.fetchone()[0]
        return last


def _writers() -> set[str]:
    """Return the transactions of others that have written to the log, or are about to."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [Event._meta.db_table])
        return {transaction for (transaction,) in cursor.fetchall()}
