"""Restore a backup into an empty database: all of it or nothing, once the whole file was found to fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

import audit.services as audit
from common.actors import SYSTEM
from common.errors import Conflict, Invalid
from common.postgresql.base import without_timeouts
from runai_identity.alone import alone
from runai_identity.backup import container, rows, state

# Made anew by every migration, and of no content of their own: the backup's take their place.
PLANTED = ("auth_permission", "django_content_type")


@dataclass(frozen=True)
class Restored:
    """`remarks` say in what the backup's server differed from this one."""

    rows: int
    made_at: str
    remarks: tuple[str, ...]


def restore(file: Path) -> Restored:
    """Read the file twice: to check everything in it, and to write it.

    Raise Invalid if the file isn't whole or doesn't fit this server's keys or version, and Conflict if the database
    isn't empty.
    """
    with alone(lambda: None):  # another restore, or a start, may be making the tables
        _require_empty()
    head, count = _checked(file)
    if state.applied_migrations() != state.known_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    try:
        with without_timeouts(connection), container.reading(file) as content, _emptied():
            rows.read_head(content)
            for table, batch in rows.in_batches(rows.read(content)):
                _insert(table, batch)
            state.go_on_after(head["last_numbers"])
            connection.check_constraints()
            audit.record("backup:restore", actor=SYSTEM, file=file.name, made_at=head["made_at"])
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]  # PostgreSQL goes on with values of the row
        raise Invalid("not_restored", f"The database refused a row, and nothing was restored: {reason}") from None
    return Restored(count, head["made_at"], tuple(_remarks(head)))


def _checked(file: Path) -> tuple[dict[str, Any], int]:
    """Read the whole file, and try every secret in it; return the head and the number of rows."""
    with container.reading(file) as content:
        head = rows.read_head(content)
        _require_same_migrations({(app, name) for app, name in head["migrations"]})
        return head, sum(1 for _ in rows.read(content))


def _require_same_migrations(made_with: set[state.Migration]) -> None:
    known = state.known_migrations()
    if made_with == known:
        return
    what = [f"it has {_named(made_with - known)}"] if made_with - known else []
    what += [f"it lacks {_named(known - made_with)}"] if known - made_with else []
    told = f"The backup is of another version of this service: {' and '.join(what)}."
    raise Invalid("backup_version", f"{told} Restore it with the version that made it, and upgrade then.")


def _named(migrations: set[state.Migration]) -> str:
    return ", ".join(".".join(migration) for migration in sorted(migrations))


@contextmanager
def _emptied() -> Iterator[None]:
    """Yield a transaction in which nobody else writes, in a database that has nothing but what migrations make."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            names = ", ".join(connection.ops.quote_name(table.name) for table in rows.tables())
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        _require_empty()
        with connection.cursor() as cursor:
            for name in PLANTED:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608
        yield


def _require_empty() -> None:
    """Raise Conflict, with the names of the tables that have rows, unless the database is empty.

    Tables may be missing: a migration that was interrupted made some of them.
    """
    made = set(connection.introspection.table_names()) - set(PLANTED)
    filled = [table for table in rows.tables() if table.name in made and table.model._base_manager.exists()]
    if filled:
        names = ", ".join(table.name for table in filled)
        told = f"A backup is restored into an empty database only. There are rows in {names}."
        raise Conflict("database_not_empty", f"{told} Name an empty one by DATABASE_URL, or move SQLite's files away.")


def _insert(table: rows.Table, batch: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(connection.ops.quote_name(column) for column in table.columns)
    marks = ", ".join(["%s"] * len(table.columns))
    into = connection.ops.quote_name(table.name)
    adapted = [
        [field.get_db_prep_save(value, connection) for field, value in zip(table.fields, row, strict=True)]
        for row in batch
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {into} ({columns}) VALUES ({marks})", adapted)  # noqa: S608


def _remarks(head: dict[str, Any]) -> Iterator[str]:
    if head["secret_key"] != state.fingerprint_of_secret_key() and head["issuer"] == settings.ISSUER:
        yield "SECRET_KEY is another than the backup's: everybody signs in again in their browsers."
    if head["issuer"] != settings.ISSUER:
        yield (
            f"The backup is of {head['issuer']}, and this server is {settings.ISSUER}. Tokens of the one are refused by"
            " the other: configure each cluster again, or set PUBLIC_URL and REALM as they were."
        )
