"""Statements that are prepared once a connection answer as psycopg's own cursor does, whatever is asked for."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite prepares statements by itself"),
]

MOMENT, NUMBER = datetime(2026, 11, 1, 12, 30, 0, 5, UTC), UUID("0b6cbb46-7e20-4a51-a7b9-8b1c1ac54a4b")
STATEMENTS: dict[str, tuple[str, list[Any]]] = {
    "no values": ("SELECT 1, NULL, 'a'", []),
    "no rows": ("SELECT 1 WHERE false", []),
    "several rows": ("SELECT n FROM generate_series(1, 3) AS n ORDER BY n", []),
    "a text": ("SELECT %s || 'b', %s", ["a%s", "ü'\"\\"]),
    "a number": ("SELECT %s + 1", [41]),
    "a long number": ("SELECT %s + 1", [2**40]),
    "an id": ("SELECT %s::uuid", [NUMBER]),
    "a moment": ("SELECT %s::timestamptz", [MOMENT]),
    "nothing": ("SELECT %s::text IS NULL", [None]),
    "a per cent sign": ("SELECT 'a' LIKE %s, 'ab' LIKE 'a%%'", ["a%"]),
    "a per cent sign before an s": ("SELECT '%%s', %s, '100%%'", ["a"]),
    "what is read from JSON": ("""SELECT '{"a": [1, 2]}'::jsonb, ARRAY[1, 2], 1.5::numeric, true""", []),
}


@pytest.fixture
def repeated() -> Iterator[CursorWrapper]:
    from common.postgresql.repeated import RepeatedStatements

    connection.close()
    connection.ensure_connection()
    yield CursorWrapper(RepeatedStatements(connection.connection), connection)
    connection.close()


def rows(cursor: Any, sql: str, given: list[Any]) -> list[Any]:
    """The first row, read twice: the second execution is of what was kept."""
    found = []
    for _ in range(2):
        cursor.execute(sql, given)
        found.append(cursor.fetchone())
    return found


@pytest.mark.parametrize("within_transaction", [False, True])
@pytest.mark.parametrize("name", STATEMENTS)
def test_it_answers_as_an_ordinary_cursor(repeated: CursorWrapper, name: str, within_transaction: bool) -> None:
    sql, given = STATEMENTS[name]
    with connection.cursor() as ordinary:
        expected = rows(ordinary, sql, given)

    if within_transaction:
        with transaction.atomic():
            found = rows(repeated, sql, given)
    else:
        found = rows(repeated, sql, given)

    assert found == expected
    assert [list(map(type, row or ())) for row in found] == [list(map(type, row or ())) for row in expected]


def test_a_text_with_nul_is_refused_and_not_cut(repeated: CursorWrapper) -> None:
    with pytest.raises((DatabaseError, ValueError)):
        repeated.execute("SELECT %s::text", ["robo\0x"])


def test_values_of_another_type_are_another_statement(repeated: CursorWrapper) -> None:
    found = []
    for value in (1, 2**40, NUMBER, MOMENT, 1):
        repeated.execute("SELECT pg_typeof(%s)::text", [value])
        found += repeated.fetchone()

    assert found == ["smallint", "bigint", "uuid", "timestamp with time zone", "smallint"]


def test_within_a_transaction_it_sees_what_the_transaction_wrote_and_nothing_stays(repeated: CursorWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE noted (name text)")
    asked = "SELECT count(*) FROM noted"

    with transaction.atomic():
        repeated.execute(asked, [])  # begins the transaction
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO noted VALUES ('a')")
        within = rows(repeated, asked, [])
        transaction.set_rollback(True)

    assert (within, rows(repeated, asked, [])) == ([(1,), (1,)], [(0,), (0,)])


def psycopg_prepares_one() -> None:
    """Execute a statement as often as psycopg waits for before it prepares one; without any it forgets none."""
    for _ in range(7):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'often'")


def roll_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO noted VALUES (2)")
        transaction.set_rollback(True)


def roll_back_to_a_savepoint() -> None:
    with transaction.atomic():
        roll_back()


def let_a_statement_fail() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing")


@pytest.mark.parametrize(
    "meanwhile",
    [
        "ALTER TABLE noted ALTER number TYPE bigint",
        "ALTER TABLE noted ADD COLUMN more text",
        "DROP TABLE IF EXISTS nothing",
        "DEALLOCATE ALL",
        "DISCARD PLANS",
        roll_back,
        roll_back_to_a_savepoint,
        let_a_statement_fail,
    ],
)
def test_what_a_server_forgets_is_prepared_anew(repeated: CursorWrapper, meanwhile: str | Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE noted AS SELECT 1 AS number")
    asked = {"SELECT number FROM noted": [], "SELECT number + %s FROM noted": [2]}
    before = [rows(repeated, *one) for one in asked.items()]
    psycopg_prepares_one()

    if callable(meanwhile):
        meanwhile()
    else:
        with connection.cursor() as cursor:
            cursor.execute(meanwhile)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # after which psycopg says DEALLOCATE ALL, if it wants to

    assert before == [[(1,), (1,)], [(3,), (3,)]]
    assert [rows(repeated, *one) for one in asked.items()] == before


def test_what_the_server_refuses_does_not_stop_the_next(repeated: CursorWrapper) -> None:
    for _ in range(2):
        with pytest.raises(DatabaseError):
            repeated.execute("SELECT nothing", [])
        with pytest.raises(DatabaseError):
            repeated.execute("SELECT 1 / %s", [0])

    assert rows(repeated, "SELECT 1", []) == [(1,), (1,)]
