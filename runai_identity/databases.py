"""The database that DATABASE_URL names, and how long anything waits for it, as Django is told."""

import warnings
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import Error
from psycopg.conninfo import make_conninfo

from runai_identity.env import flag, optional_secret, positive

SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"

STATEMENT_SECONDS = positive("DATABASE_STATEMENT_SECONDS", 20)
CONNECT_SECONDS = positive("DATABASE_CONNECT_SECONDS", 5)
LOCK_SECONDS = positive("DATABASE_LOCK_SECONDS", 10)
IDLE_SECONDS = positive("DATABASE_IDLE_SECONDS", 60)
# PgBouncer in transaction mode gives each transaction another connection, and takes no options at connecting: nothing
# may be prepared or set for the next transaction.
POOLED = flag("DATABASE_POOLED", default=False)

# Of a session of PostgreSQL, in seconds.
BOUNDS = {
    "statement_timeout": STATEMENT_SECONDS,
    "lock_timeout": LOCK_SECONDS,
    "idle_in_transaction_session_timeout": IDLE_SECONDS,
}


def database(folder: Path) -> dict[str, Any]:
    """Return an entry of `settings.DATABASES`: what DATABASE_URL names, else SQLite in the folder."""
    named = _named(optional_secret("DATABASE_URL"), folder)
    options = named.setdefault("OPTIONS", {})
    if named["ENGINE"] == SQLITE:
        # Writers queue instead of failing when a reader turns writer in the middle of a transaction.
        options |= {"transaction_mode": "IMMEDIATE", "timeout": LOCK_SECONDS}
        options["init_command"] = "PRAGMA journal_mode=WAL;"
    if named["ENGINE"] == POSTGRESQL:
        named["ENGINE"] = "common.postgresql"
        # server_side_binding sends values beside the statement, prepared or not.
        options |= {"server_side_binding": True, "connect_timeout": CONNECT_SECONDS}
        if POOLED:
            named["DISABLE_SERVER_SIDE_CURSORS"] = True
        else:
            # What is asked again and again is planned once a connection: to plan takes longer than to answer.
            options["prepare_threshold"] = 5
            bounds = [f"-c {name}={seconds}s" for name, seconds in BOUNDS.items()]
            options["options"] = " ".join([*bounds, options.get("options", "")]).strip()
    # Opening a connection costs as much as all else of a token request, with SQLite too. There it also takes room on
    # the disk, which may be full; and there is no server that could be another one after a while.
    longest = None if named["ENGINE"] == SQLITE else 60
    return {**named, "CONN_MAX_AGE": longest, "CONN_HEALTH_CHECKS": True}


def _named(url: str, folder: Path) -> dict[str, Any]:
    # The path of a folder may have characters that mean something in a URL.
    return _read(url) if url else {"ENGINE": SQLITE, "NAME": str(folder / "runai-identity.sqlite3")}


def _read(url: str) -> dict[str, Any]:
    """Read DATABASE_URL; ImproperlyConfigured, without the password in it, if it is no address of a database."""
    try:
        with warnings.catch_warnings(action="ignore"):
            found = dict(environ.Env.db_url_config(url))
        named = found.get("ENGINE") in (SQLITE, POSTGRESQL) and bool(
            found["NAME"] or "service" in found.get("OPTIONS", {})
        )
    except (ValueError, IndexError):
        named = False
    if not named:
        raise ImproperlyConfigured(
            "DATABASE_URL takes an address such as postgresql://user:password@host:5432/name. Characters of the"
            " password that mean something in an address are written by their number: %2F for /, %3F for ?, %25 for %."
        )
    if found["ENGINE"] == POSTGRESQL:
        _check_options(found.get("OPTIONS", {}))
    return found


def _check_options(options: dict[str, Any]) -> None:
    try:
        make_conninfo("", **options)
    except Error as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {str(error).strip()}.") from None
