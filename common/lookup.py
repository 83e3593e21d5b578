"""Rows by a key, and statements of our own that answer rows of models.

For a row by its key with three others joined to it Django takes six times longer to build the query than everything
else about it (0.69 against 0.10 ms). The few that every token needs are plain SQL, built once a process. Nothing here
goes by the insides of Django's compiler: a field says by what it documents how its value is stored and read.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import JSONField, Model
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)
Parameter = str | UUID | int | datetime | None
KEPT = "runai_identity_cursor"

# SQLite has no type for these: Django stores a text, a whole number, and a time without its zone, which is UTC.
FROM_SQLITE: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": lambda moment: moment.replace(tzinfo=UTC),
    "DurationField": lambda microseconds: timedelta(microseconds=microseconds),
    "UUIDField": UUID,
}


def fields_of(model: type[Model]) -> list[Any]:
    """Return the fields of a model that have a column."""
    return [one for one in model._meta.get_fields() if one.concrete and not one.many_to_many]


def key_of(model: type[Model]) -> Any:
    return next(one for one in fields_of(model) if one.primary_key)


class Columns(Generic[M]):
    """The columns of a model under the name that its table has in a statement; of all fields, unless some are named.

    A field that is left out, or named in `without`, is looked up when somebody reads it, as Django does it.
    """

    def __init__(self, model: type[M], name: str, *fields: str, without: Collection[str] = ()) -> None:
        self.model, self.name, self._named, self._without = model, name, fields, without

    @cached_property
    def fields(self) -> list[Any]:
        found = [one for one in fields_of(self.model) if not self._named or one.name in self._named]
        return [one for one in found if one.name not in self._without]

    @cached_property
    def _attributes(self) -> list[str]:
        return [one.attname for one in self.fields]

    @cached_property
    def _key(self) -> int:
        return self.fields.index(key_of(self.model))

    @cached_property
    def sql(self) -> str:
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        return ", ".join(f"{quoted(self.name)}.{quoted(one.column)}" for one in self.fields)

    @cached_property
    def _conversions(self) -> list[tuple[int, Callable[[Any], Any]]]:
        found = [(at, _conversion_of(field)) for at, field in enumerate(self.fields)]
        return [(at, convert) for at, convert in found if convert]

    def made_of(self, values: Sequence[Any]) -> M | None:
        """Return the row of the model that these values of its columns are; None where an outer join found nothing."""
        if values[self._key] is None:
            return None
        converted = list(values)
        for at, convert in self._conversions:
            if converted[at] is not None:
                converted[at] = convert(converted[at])
        # As unpickling makes it. `Model.__init__` looks at each field in Python, which takes five times as long.
        row: M = self.model.__new__(self.model)
        row._state = ModelState()
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        row.__dict__.update(zip(self._attributes, converted, strict=True))
        return row


def _conversion_of(field: Any) -> Callable[[Any], Any] | None:
    """Return what makes the field's value of the database's; None where they are the same."""
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(field, JSONField) and field.decoder is None:
        return _of_json
    if hasattr(field, "from_db_value"):
        return lambda value: field.from_db_value(value, None, connection)
    while field.is_relation:
        field = key_of(field.related_model)
    return FROM_SQLITE.get(field.get_internal_type()) if connection.vendor == "sqlite" else None


def _of_json(text: str) -> Any:
    """Read a list. Most of them are empty, for which no parser is needed."""
    return [] if text == "[]" else json.loads(text)


class Parts:
    """The columns of a statement, and an answered row cut into the rows of models that it consists of.

    What comes after the models' columns is left as it is.
    """

    def __init__(self, *columns: Columns[Any]) -> None:
        self.columns = columns
        self.sql = ", ".join(one.sql for one in columns)
        self._cuts: list[tuple[Columns[Any], int, int]] = []
        self.width = 0
        for one in columns:
            self._cuts.append((one, self.width, self.width + len(one.fields)))
            self.width += len(one.fields)

    def of(self, row: Sequence[Any]) -> list[Any]:
        """One for each of the models, None where nothing was found."""
        return [one.made_of(row[start:end]) for one, start, end in self._cuts]


class LookUp(Generic[M]):
    """The row whose field `by` has a value, or whose fields `by` have these; None without one.

    `joined` are paths of foreign keys as for `select_related`, each after those it leads through.
    """

    def __init__(
        self, model: type[M], *joined: str, by: str | tuple[str, ...] = "pk", only: Sequence[str] = ()
    ) -> None:
        self._model, self._joined, self._only = model, joined, only
        self._by = (by,) if isinstance(by, str) else by

    def __call__(self, *values: object) -> M | None:
        connection = connections[DEFAULT_DB_ALIAS]
        pairs = zip(self._fields, values, strict=True)
        row = one_row(connection, self._sql, [field.get_db_prep_value(value, connection) for field, value in pairs])
        if not row:
            return None
        found: M
        found, *others = self._parts.of(row)
        rows: dict[str, Any] = {"": found, **dict(zip(self._joined, others, strict=True))}
        for path, before, field in self._foreign_keys:
            if rows[before] is not None:
                setattr(rows[before], field.name, rows[path])
        return found

    @cached_property
    def _fields(self) -> list[Any]:
        return [key_of(self._model) if name == "pk" else self._model._meta.get_field(name) for name in self._by]

    @cached_property
    def _foreign_keys(self) -> list[tuple[str, str, Any]]:
        """Each path with that of the row which has the key, and the key's field."""
        cut = ((path, *path.rpartition("__")) for path in self._joined)
        return [(path, before, self._at(before)._meta.get_field(name)) for path, before, _, name in cut]

    @cached_property
    def _parts(self) -> Parts:
        joined = (Columns(self._at(path), path) for path in self._joined)
        return Parts(Columns(self._model, "found", *self._only), *joined)

    @cached_property
    def _sql(self) -> str:
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        tables = f"{quoted(self._model._meta.db_table)} AS {quoted('found')}"
        for path, before, owner in self._foreign_keys:
            joined = self._at(path)
            key = key_of(joined)
            on = f"{quoted(path)}.{quoted(key.column)} = {quoted(before or 'found')}.{quoted(owner.column)}"
            tables += f" LEFT JOIN {quoted(joined._meta.db_table)} AS {quoted(path)} ON {on}"
        where = " AND ".join(f"{quoted('found')}.{quoted(field.column)} = %s" for field in self._fields)
        return f"SELECT {self._parts.sql} FROM {tables} WHERE {where}"  # noqa: S608  names of ours alone

    def _at(self, path: str) -> Any:
        model: Any = self._model
        for name in path.split("__") if path else ():
            model = model._meta.get_field(name).related_model
        return model


class OfModels:
    """A statement of ours, in which `{model}` stands for the table of a model of one of these apps."""

    def __init__(self, app: str | tuple[str, ...], sql: str) -> None:
        self._apps, self._template = (app,) if isinstance(app, str) else app, sql

    @cached_property
    def _sql(self) -> str:
        quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
        models = [model for app in self._apps for model in apps.get_app_config(app).get_models()]
        return self._template.format(**{str(one._meta.model_name): quoted(one._meta.db_table) for one in models})

    @contextmanager
    def _executed(self, given: Sequence[Parameter]) -> Iterator[CursorWrapper]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [adapted(connection, one) for one in given])
            yield cursor


class Listing(OfModels):
    """The rows of such a statement."""

    def __call__(self, *given: Parameter) -> list[tuple[Any, ...]]:
        with self._executed(given) as cursor:
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


class WriteStatement(OfModels):
    """The number of rows that it wrote. To build an UPDATE takes Django longer than the database to do it."""

    def __call__(self, *given: Parameter) -> int:
        with self._executed(given) as cursor:
            return int(cursor.rowcount)


def one_row(connection: Any, sql: str, given: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return the first row of a statement, None without one.

    To make and to close a cursor takes half as long as the statement, so PostgreSQL's is kept with the connection: it
    holds nothing once the statement is done. SQLite's would go on to read, and see no later change.
    """
    cursor = _kept_cursor(connection) if connection.vendor == "postgresql" else None
    if cursor is None:
        with connection.cursor() as own:
            own.execute(sql, given)
            found: tuple[Any, ...] | None = own.fetchone()
        return found
    cursor.execute(sql, given)
    row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _kept_cursor(connection: Any) -> Any:
    """Return the cursor that is kept with this connection to PostgreSQL; None where each statement is logged."""
    if connection.queries_logged:
        return None
    # As each new cursor looks after the connection.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    kept = vars(connection).get(KEPT)
    if kept is None or kept[0] is not connection.connection:
        raw = connection.connection
        cursor = _repeated(connection) or connection.cursor()
        kept = vars(connection)[KEPT] = (raw, cursor)
    return kept[1]


def _repeated(connection: Any) -> CursorWrapper | None:
    """Return a cursor that prepares what it executes; None where a pooler forbids it."""
    # psycopg need not be there with SQLite.
    from common.postgresql.base import is_pooled
    from common.postgresql.repeated import RepeatedStatements

    raw = connection.connection
    return None if is_pooled(raw) else CursorWrapper(RepeatedStatements(raw), connection)


def adapted(connection: Any, value: Parameter) -> Any:
    """Convert a parameter for the database: SQLite has no type for UUIDs and moments."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
