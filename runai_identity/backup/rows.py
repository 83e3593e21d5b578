"""The content of a backup: lines of JSON. What the backup is of, then each table with its rows, then their number.

Values are read by their fields' own `to_python`, so that a backup made on SQLite can be restored on PostgreSQL and the
other way round.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from gzip import GzipFile
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import Error, models
from django.utils.duration import duration_string

from common.encryption import decrypt
from common.errors import DomainError, Invalid
from common.lookup import fields_of
from common.outages import is_outage
from runai_identity.backup.container import damaged

BATCH = 1000
# What reading raises for values that no version of this service writes.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError, Error)
# Secrets there live for minutes, and may be under a key that went meanwhile.
WAITING = "sso_waitingsignin"
# The application with the rows about this deployment: leases, and which code may serve.
REPLICAS = "runai_identity"


@dataclass(frozen=True)
class Table:
    model: type[models.Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def fields(self) -> tuple[Any, ...]:
        """Return what a row is made of; what the database computes from it is left out."""
        return tuple(field for field in fields_of(self.model) if not field.generated)

    @property
    def columns(self) -> list[str]:
        return [str(field.column) for field in self.fields]

    @cached_property
    def secret_columns(self) -> tuple[int, ...]:
        """Return the places of columns that IDENTITY_ENCRYPTION_KEYS must be able to decrypt."""
        if self.name == WAITING:
            return ()
        return tuple(at for at, column in enumerate(self.columns) if column.endswith("_encrypted"))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Read every row, a batch at a time; Invalid names the table if somebody wrote one that can't be read."""
        attributes = [field.attname for field in self.fields]
        needed = [at for at, field in enumerate(self.fields) if not field.null]
        try:
            for row in self.model._base_manager.order_by("pk").values_list(*attributes).iterator(BATCH):
                if any(row[at] is None for at in needed):  # what SQLite makes of a time that is none
                    raise ValueError(row)
                yield row
        except UNREADABLE as error:
            if is_outage(error):
                raise
            raise self._unreadable() from None

    def _unreadable(self) -> Invalid:
        advice = "Of the audit log, manage.py verifyaudit names it." if self.name == "audit_event" else ""
        return Invalid(
            "unreadable_row",
            f"A row of {self.name} was changed outside the service, and can't be read. Nothing was written: mend or"
            f" delete the row first. {advice}".rstrip(),
        )

    def parsed(self, row: list[Any]) -> tuple[Any, ...]:
        return tuple(field.to_python(value) for field, value in zip(self.fields, row, strict=True))

    def locked_in(self, row: tuple[Any, ...]) -> int:
        """Return how many secrets of this row our keys don't open."""
        return sum(not _opens(bytes(row[at])) for at in self.secret_columns)


def tables() -> list[Table]:
    """Return every table, but those of which each database has its own: the replicas' and applied migrations."""
    models_ = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return [Table(model) for model in models_ if model._meta.managed and model._meta.app_label != REPLICAS]


@dataclass
class Written:
    """The number of rows, and of secrets in them that the server itself could not read."""

    rows: int = 0
    locked: int = 0


def write(out: GzipFile, head: dict[str, Any]) -> Written:
    _line(out, head)
    written = Written()
    for table in tables():
        _line(out, {"table": table.name, "columns": table.columns})
        for row in table.rows():
            _line(out, row)
            written.rows += 1
            written.locked += table.locked_in(row)
    _line(out, asdict(written))
    return written


def read_head(content: GzipFile) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(content.readline())
    return head


def read(content: Iterable[bytes]) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    """Yield each row with its table; Invalid where the content isn't that of our tables, or ends too soon.

    Invalid at the end if our keys open fewer of the secrets than those of the server that made the backup.
    """
    known = {table.name: table for table in tables()}
    table, found, said = None, Written(), None
    for line in content:
        said = json.loads(line)
        if isinstance(said, list) and table is not None:
            row = table.parsed(said)
            found.rows += 1
            found.locked += table.locked_in(row)
            yield table, row
        elif "table" in said:
            table = known[said["table"]]
            if said["columns"] != table.columns:
                raise damaged()
    if not isinstance(said, dict) or said.get("rows") != found.rows:
        raise damaged()
    if found.locked > said["locked"]:
        told = f"IDENTITY_ENCRYPTION_KEYS doesn't open {found.locked - said['locked']} of the secrets in this backup"
        raise Invalid("backup_secrets", f"{told}: it lacks keys that were in use then. Add them, after the others.")


def in_batches(rows: Iterable[tuple[Table, tuple[Any, ...]]]) -> Iterator[tuple[Table, list[tuple[Any, ...]]]]:
    """Gather consecutive rows of one table, at most BATCH of them."""
    for table, of_one in groupby(rows, key=itemgetter(0)):
        alone = (row for _, row in of_one)
        while batch := list(islice(alone, BATCH)):
            yield table, batch


def _opens(secret: bytes) -> bool:
    try:
        return not secret or bool(decrypt(secret))
    except DomainError:
        return False


def _line(out: GzipFile, value: object) -> None:
    """Write a value as a line of JSON."""
    out.write(json.dumps(value, default=plain, separators=(",", ":")).encode() + b"\n")


def plain(value: object) -> str:
    """Return the text that stands in JSON for a value of a row, which `to_python` of its field reads again."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_string(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"A backup has no form for {type(value).__name__}.")
