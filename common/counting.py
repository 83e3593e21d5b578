"""Rate limits: attempts are counted in the database before they are made."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection, models
from django.utils import timezone
from django.utils.crypto import salted_hmac

_TAKE = """
    INSERT INTO {table} (key, count, window_ends_at)
    SELECT wanted.key, 1, %s FROM ({wanted}) AS wanted
    WHERE wanted.key = %s OR NOT EXISTS (
        SELECT 1 FROM {table} AS first
        WHERE first.key = %s AND first.window_ends_at > %s AND first.window_ends_at <= %s AND first.count >= %s
    )
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN {over} THEN 1 ELSE {table}.count + 1 END,
        window_ends_at = CASE WHEN {over} THEN excluded.window_ends_at ELSE {table}.window_ends_at END
    WHERE {over} OR {table}.count < CASE {table}.key {limits} END
    RETURNING key
"""
_OVER = "({table}.window_ends_at <= %s OR {table}.window_ends_at > %s)"
_GIVE_BACK = """
    INSERT INTO {table} (key, count, window_ends_at) VALUES (%s, 0, %s), (%s, 0, %s)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN {table}.key = %s AND {table}.count > 0 THEN {table}.count - 1 ELSE 0 END
"""
_TEXT = {"postgresql": "CAST(%s AS varchar)", "sqlite": "%s"}
_TIME = {"postgresql": "CAST(%s AS timestamptz)", "sqlite": "%s"}
_NUMBER = {"postgresql": "CAST(%s AS integer)", "sqlite": "%s"}


def take(model: type[models.Model], key: str, *, limit: int, window: timedelta) -> bool:
    """Count one under the key; False, and nothing counted, when there were `limit` in the present window."""
    return key in take_each(model, {key: limit}, window=window)


def use_once(model: type[models.Model], key: str, *, within: timedelta) -> bool:
    """Return True the first time within `within`, also where the server's clock is set back meanwhile."""
    return key in take_each(model, {key: 1}, window=within, latest=datetime.max.replace(tzinfo=UTC))


def take_each(
    model: type[models.Model], limits: Mapping[str, int], *, window: timedelta, latest: datetime | None = None
) -> frozenset[str]:
    """Count one under each key that has not reached its limit in the present window; return those keys.

    Where the first has, nothing is counted under the others. The model has a `key`, a `count` and `window_ends_at`. It
    is one statement whatever the answer: parallel tries can't pass together, and how long it takes tells nothing.

    A window that ends after `latest` (by default `latest_end`) was begun before the server's clock was set back, and is
    over: nobody stays locked out for as long as the clock was wrong.
    """
    text, time, number = (of[connection.vendor] for of in (_TEXT, _TIME, _NUMBER))
    adapt = connection.ops.adapt_datetimefield_value
    at = timezone.now()
    ends_at, present = adapt(at + window), (adapt(at), adapt(latest or latest_end(at, window)))
    # In one order, so that two at once never wait for each other.
    wanted = " UNION ALL ".join(f"SELECT {text} AS key" for _ in limits)
    cases = " ".join(f"WHEN {text} THEN {number}" for _ in limits)
    table = connection.ops.quote_name(model._meta.db_table)
    sql = _TAKE.format(table=table, wanted=wanted, limits=cases, over=_OVER.format(table=table))
    sql = sql.replace("1, %s FROM", f"1, {time} FROM")
    first, limit = next(iter(limits.items()))
    each = [value for pair in limits.items() for value in pair]
    with connection.cursor() as cursor:
        cursor.execute(sql, [ends_at, *limits, first, first, *present, limit, *present, *present, *present, *each])
        return frozenset(key for (key,) in cursor.fetchall())


def latest_end(at: datetime, window: timedelta) -> datetime:
    """Return the latest end of a window that may be under way: replicas' clocks differ a little."""
    return at + 2 * window


def give_back(model: type[models.Model], key: str, *, and_all: str) -> None:
    """Take back one that was counted under the first key, and all that were under the second; in one statement.

    In the order in which `take_each` counts them, so that none of both waits for the other.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    sql = _GIVE_BACK.format(table=connection.ops.quote_name(model._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, now, and_all, now, key])


def bucket(name: str, *, of: int) -> int:
    """One of so many numbers for what strangers choose, so that its counters are a bounded number of rows.

    Nobody without our key can tell whose numbers are the same.
    """
    return int.from_bytes(salted_hmac("common.counting", name, algorithm="sha256").digest()[:8]) % of
