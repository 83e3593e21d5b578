"""Moments come from PostgreSQL as Django's own loader reads them."""

import pytest
from django.conf import settings
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.pq import Format
from psycopg.types.datetime import TimestamptzLoader

postgresql = pytest.mark.skipif("postgres" not in settings.DATABASES["default"]["ENGINE"], reason="of PostgreSQL alone")
MOMENTS = (
    "2026-11-28 23:36:09+00",
    "2026-11-28 23:36:09.1+00",
    "2026-11-28 23:36:09.000001+00",
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
    "1893-04-01 00:00:00.5+01:30",
)


@postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_is_read_as_django_reads_it(text: str) -> None:
    loader = get_adapters_template(True, connection.timezone).get_loader(1184, Format.TEXT)
    assert loader is not None and issubclass(loader, TimestamptzLoader)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, (%s::timestamptz)::text", [text, text])
        read, said = cursor.fetchone()
        expected = loader(1184, cursor.connection).load(said.encode())

    assert (read, read.tzinfo) == (expected, expected.tzinfo)


@postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["infinity", "4713-01-01 BC"])
def test_what_python_has_no_moment_for_is_an_error(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        with pytest.raises(DataError):
            cursor.fetchone()
