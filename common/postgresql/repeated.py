"""Statements that are executed again and again: prepared once a connection, with little of psycopg's work around each.

A cursor of psycopg's parses the statement, looks up how each value is written and read, and counts executions each
time, which is most of what a short statement costs. Here that is done for the first execution and kept.
"""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus

Row = tuple[Any, ...]

# psycopg lets the server forget every statement after a rollback and after a table was altered or dropped
# (DEALLOCATE ALL), and a migration may change the type of a column under a plan. The server has done nothing then.
OUT_OF_DATE = (InvalidSqlStatementName, FeatureNotSupported)


class PlannedStatement(NamedTuple):
    """The name of a statement at the server, and the reader of its rows."""

    name: bytes
    reading: Any  # a Transformer, whose type psycopg exports for its Python version alone


class RepeatedStatements:
    """A cursor, as far as Django's wrapper needs one, for statements that answer with one row at most.

    Within a transaction psycopg's own cursor is used, which begins it.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._ordinary = connection.cursor()
        self._writing = Transformer(connection)
        self._known: dict[tuple[str, tuple[int, ...] | None], PlannedStatement] = {}
        self._number = count()
        self._row: Row | None = None

    def execute(self, sql: str, given: Sequence[Any]) -> None:
        if not self._connection.autocommit:
            self._row = self._ordinary.execute(sql.encode(), given).fetchone()
            return
        try:
            self._execute(sql, given)
        except OUT_OF_DATE:
            self._known.clear()
            self._execute(sql, given)

    def fetchone(self) -> Row | None:
        return self._row

    def close(self) -> None:
        self._ordinary.close()

    def _execute(self, sql: str, given: Sequence[Any]) -> None:
        values = self._writing.dump_sequence(given, [PyFormat.AUTO] * len(given))
        known = self._known.get((sql, self._writing.types)) or self._prepare(sql)
        self._connection.pgconn.send_query_prepared(known.name, values, self._writing.formats)
        result = self._result()
        known.reading.set_pgresult(result, set_loaders=known.reading.pgresult is None)
        self._row = known.reading.load_row(0, tuple) if result.ntuples else None

    def _prepare(self, sql: str) -> PlannedStatement:
        name, types = b"repeated_%d" % next(self._number), self._writing.types
        # Each %s is a parameter, and %% a per cent sign, as for psycopg.
        numbers = count(1)
        numbered = re.sub("%[%s]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", sql)
        self._connection.pgconn.send_prepare(name, numbered.encode(), types)
        self._result()
        prepared = self._known[sql, types] = PlannedStatement(name, Transformer(self._connection))
        return prepared

    def _result(self) -> Any:
        *_, result = self._connection.wait(execute(self._connection.pgconn))
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding=self._connection.info.encoding)
        return result
