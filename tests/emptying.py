"""Empty the database after a test that commits: delete from the tables that hold rows.

Django's own way truncates every table and then creates all content types and permissions again, which takes a third of
a second. Here they stay, unless the test changed them.
"""

from functools import cache
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

_case: Any = TransactionTestCase
_flush = _case._fixture_teardown
_by_migrating: list[object] = []


def empty_only_tables_with_rows() -> None:
    """Have every test that commits clean up this way."""
    _case._fixture_setup = classmethod(_note_what_stays)
    _case._fixture_teardown = _empty


def _note_what_stays(case: type[TransactionTestCase]) -> None:
    assert not (case.reset_sequences or case.serialized_rollback or case.fixtures), "no test here asks for these"
    if not _by_migrating:
        _by_migrating.extend(_made_by_migrating())


def _made_by_migrating() -> list[object]:
    types = ContentType.objects.order_by("pk").values_list("pk", "app_label", "model")
    permissions = Permission.objects.order_by("pk").values_list("pk", "content_type_id", "codename", "name")
    return [*types, *permissions]


def _empty(case: TransactionTestCase) -> None:
    if _made_by_migrating() != _by_migrating:
        _flush(case)
        _by_migrating[:] = _made_by_migrating()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_which_hold_rows())
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


@cache
def _which_hold_rows() -> str:
    """Select the names of tables that hold rows, in one statement."""
    stay = {ContentType._meta.db_table, Permission._meta.db_table}
    tables = set(connection.introspection.django_table_names(include_views=False)) - stay
    held = (f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(one)})" for one in sorted(tables))  # noqa: S608
    return " UNION ALL ".join(held)
