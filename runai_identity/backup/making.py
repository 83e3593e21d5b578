"""Make a backup: all rows as they were at one moment, while the service goes on."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

import audit.services as audit
from common.actors import SYSTEM
from common.errors import Conflict, DomainError, Invalid
from common.postgresql.base import without_timeouts
from runai_identity.backup import container, rows, state
from runai_identity.local_secrets import flush_folder


def back_up(file: Path) -> rows.Written:
    """Write a backup to `file`, which only its owner may read.

    The file appears once it is complete and on the disk, and the audit log says so then, or why there is none. Conflict
    if there is one of this name, or if migrations are to be applied first.
    """
    if os.path.lexists(file):
        raise _exists(file)
    if state.applied_migrations() != state.known_migrations():
        raise Conflict("not_migrated", "The database is not up to date. Run: manage.py migrate")
    try:
        with (
            without_timeouts(connection),
            _appearing_whole(file) as draft,
            container.writing(draft) as content,
            one_moment(),
        ):
            return rows.write(content, _head())
    except OSError as error:
        _record_failure(file, "backup_not_written")
        raise Invalid("backup_not_written", f"{file} can't be written: {error.strerror or error}.") from None
    except Conflict:
        _record_failure(file, "backup_exists")
        raise
    except DomainError:
        _record_failure(file, "unreadable_row")
        raise


def _exists(file: Path) -> Conflict:
    return Conflict("backup_exists", f"{file} exists already. Choose another name.")


def _record_failure(file: Path, reason: str) -> None:
    """Record it unless the database's disk is full too: then the reason to tell is still this one."""
    with suppress(DatabaseError):
        audit.record("backup:make", actor=SYSTEM, result=audit.FAILED, reason=reason, file=file.name)


@contextmanager
def one_moment() -> Iterator[None]:
    """Yield a transaction that reads everything as of its first statement, and holds nobody up."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Our transactions of SQLite begin as writers, and there is only one at a time; a reader is in nobody's way.
    connection.ensure_connection()
    sqlite: Any = connection
    usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            yield
    finally:
        sqlite.transaction_mode = usual


def _head() -> dict[str, Any]:
    return {
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "issuer": settings.ISSUER,
        "secret_key": state.fingerprint_of_secret_key(),
        "migrations": sorted(state.applied_migrations()),
        "last_numbers": state.last_numbers([table.name for table in rows.tables()]),
    }


@contextmanager
def _appearing_whole(file: Path) -> Iterator[Any]:
    """Yield a draft to write to, which becomes the file at the end; no file is left if writing fails."""
    handle, draft = tempfile.mkstemp(prefix=".backup.", dir=file.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _name(draft, file)
    finally:
        Path(draft).unlink(missing_ok=True)


def _name(draft: str, file: Path) -> None:
    """Give the draft its name, and record the backup: both or neither."""
    named = False
    try:
        with transaction.atomic():
            audit.record("backup:make", actor=SYSTEM, file=file.name)
            _move(draft, file)
            named = True
    except DatabaseError:
        if named:
            file.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # some file systems flush no folders
        flush_folder(file.parent)


def _move(draft: str, file: Path) -> None:
    """Move the draft, never to where another file is by now: another backup may be made at the same time."""
    try:
        os.link(draft, file)
        return
    except FileExistsError:
        raise _exists(file) from None
    except OSError:
        """The file system has no hard links."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise _exists(file) from None
    try:
        os.rename(draft, file)
    except BaseException:
        file.unlink()
        raise
