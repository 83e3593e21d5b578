"""Look-ups whose SQL is built once.

For a row by its key with three others joined to it Django takes six times longer to build the query than everything
else about it (0.69 against 0.10 ms). The few that every token needs are built once a process.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
A = TypeVar("A")
Parameter = str | UUID | int


class LookUp(Generic[M]):
    """The row whose field `by` has a value, as `rows()` would get it, `select_related` included; None without one.

    `like` is any value of that field's type.
    """

    def __init__(self, rows: Callable[[], QuerySet[M]], *, by: str, like: object) -> None:
        self._rows, self._by, self._like = rows, by, like

    def __call__(self, value: object) -> M | None:
        built, connection = self._built, connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(built.sql, [built.field.get_db_prep_value(value, connection)])
            row = cursor.fetchone()
        return built.made_of(list(row), connection) if row else None

    @cached_property
    def _built(self) -> "_Built[M]":
        return _Built(self._rows().order_by().filter(**{self._by: self._like}), self._by)


class Listing(Generic[A]):
    """What `rows(asked)`, a values_list of texts, answers; its SQL is built once for each shape of its parameters.

    `parameters(asked)` are those of the SQL, in its order and in parts: how long each part is makes the shape.
    """

    def __init__(
        self, rows: Callable[[A], QuerySet[Any, Any]], *, parameters: Callable[[A], Sequence[Sequence[Parameter]]]
    ) -> None:
        self._rows, self._parameters = rows, parameters
        self._sql: dict[tuple[int, ...], str] = {}

    def __call__(self, asked: A) -> list[tuple[str, ...]]:
        connection = connections[DEFAULT_DB_ALIAS]
        parts = self._parameters(asked)
        shape = tuple(len(part) for part in parts)
        given = [_adapted(value, connection) for part in parts for value in part]
        if shape not in self._sql:
            self._sql[shape] = self._build(asked, given)
        with connection.cursor() as cursor:
            cursor.execute(self._sql[shape], given)
            rows: list[tuple[str, ...]] = cursor.fetchall()
        return rows

    def _build(self, asked: A, given: list[Any]) -> str:
        sql, parameters = self._rows(asked).query.sql_with_params()
        assert list(parameters) == given, "other parameters than the query has"  # noqa: S101  as below
        return sql


def _adapted(value: Parameter, connection: Any) -> Parameter:
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


class _Built(Generic[M]):
    """What Django's ModelIterable works out for each query, kept."""

    def __init__(self, rows: QuerySet[M], by: str) -> None:
        compiler: Any = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, parameters = compiler.as_sql()
        assert len(parameters) == 1, "a look-up has one value"  # noqa: S101  a mistake of ours, found at the first use
        selected, described = compiler.select, compiler.klass_info
        self.model: type[M] = described["model"]
        meta: Any = self.model._meta
        self.field: Any = meta.pk if by == "pk" else meta.get_field(by)
        first, last = described["select_fields"][0], described["select_fields"][-1]
        self.own = slice(first, last + 1)
        self.names = [column[0].target.attname for column in selected[self.own]]
        # The type checker knows a later Django, which wants one argument more.
        self.joined: Any = get_related_populators(described, selected, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        self.converters = compiler.get_converters([column[0] for column in selected])

    def made_of(self, row: list[Any], connection: Any) -> M:
        for position, (converters, expression) in self.converters.items():
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
        made = self.model.from_db(DEFAULT_DB_ALIAS, self.names, row[self.own])
        for join in self.joined:
            join.populate(row, made)
        return made
