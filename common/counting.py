"""How often something may happen in a window of time: counted in the database, before it happens."""

from datetime import timedelta

from django.db import connection, models
from django.utils import timezone
from django.utils.crypto import salted_hmac

_TAKE = """
    INSERT INTO {table} (key, count, window_ends_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN {table}.window_ends_at <= %s THEN 1 ELSE {table}.count + 1 END,
        window_ends_at = CASE WHEN {table}.window_ends_at <= %s THEN excluded.window_ends_at
            ELSE {table}.window_ends_at END
    WHERE {table}.window_ends_at <= %s OR {table}.count < %s
    RETURNING count
"""


def take(model: type[models.Model], key: str, *, limit: int, window: timedelta) -> bool:
    """Count one under the key; False, and nothing counted, when there were `limit` in the present window.

    The model has a `key`, a `count` and `window_ends_at`. It is one statement whatever the answer: parallel tries can't
    pass together, and how long it takes tells nothing.
    """
    adapt = connection.ops.adapt_datetimefield_value
    now, ends_at = adapt(timezone.now()), adapt(timezone.now() + window)
    sql = _TAKE.format(table=connection.ops.quote_name(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, ends_at, now, now, now, limit])
        return cursor.fetchone() is not None


def bucket(name: str, *, of: int) -> int:
    """One of so many numbers for what strangers choose, so that its counters are a bounded number of rows.

    Nobody without our key can tell whose numbers are the same.
    """
    return int.from_bytes(salted_hmac("common.counting", name, algorithm="sha256").digest()[:8]) % of
