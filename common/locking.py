"""Locks between the verbs that add something to a row, or change it, and those that remove the row.

PostgreSQL looks at the commit only whether the rows that a new one refers to are still there, and a deletion takes
along what it saw when it began. So a verb that adds calls `hold` on all rows that the new one hangs on, also through
others, one that changes calls `lock`, and one that removes `lock_to_remove`. They do so before they touch anything
else, in this order, so that two of them never wait for each other:

    the tree's root (access.services.locking), identity provider, user, group, application, scope

Who removes any of these takes the tree's root first, so there is one removal at a time. Rows that hang on them
(identities, sessions, grants, codes, tokens) come after them, parents before children. On SQLite a transaction has the
whole database for itself, and these functions only look whether the row is there.

`lock` and `lock_to_remove` also compare the row with what its editor saw (common.expectations).
"""

from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

from common.errors import NotFound
from common.expectations import compare
from common.wording import Wording

M = TypeVar("M", bound=Model)


def hold(*rows: Model) -> None:
    """Keep these rows until the end of the transaction; NotFound when one of them was removed meanwhile.

    Those who hold a row don't wait for each other, only for who locks it.
    """
    for row in rows:
        if not try_hold(row):
            raise _gone(row)


def try_hold(row: Model) -> bool:
    """Hold one row; return False if it was removed, for callers that have their own answer to that."""
    connection, key = connections[DEFAULT_DB_ALIAS], row._meta.pk
    table, column = (connection.ops.quote_name(str(name)) for name in (row._meta.db_table, key.column))
    # What the database itself does for a foreign key; Django has no word for it.
    share = " FOR KEY SHARE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE {column} = %s{share}",  # noqa: S608  both are names of ours
            [key.get_db_prep_value(row.pk, connection)],
        )
        return cursor.fetchone() is not None


def lock(row: M) -> M:
    """Return the row as it is now; nobody else changes or removes it until the transaction ends. Or NotFound."""
    return _locked(row, no_key=True)


def try_lock(row: Model) -> bool:
    """Lock one row; return False if it was removed, for callers that have their own answer to that."""
    rows = row.__class__._base_manager.select_for_update(no_key=True).filter(pk=row.pk)
    return bool(rows.values_list("pk"))


def lock_to_remove(row: M) -> M:
    """Return the row as it is now; nobody else holds, changes or removes it until the transaction ends. Or NotFound.

    For the verb that deletes it, or takes back what hangs on it: all of that is there to be seen, and nothing more
    will come.
    """
    return _locked(row, no_key=False)


def _locked(row: M, *, no_key: bool) -> M:
    current = row.__class__._base_manager.select_for_update(no_key=no_key).filter(pk=row.pk).first()
    if current is None:
        raise _gone(row)
    compare(current)
    return current


def _gone(row: Model) -> NotFound:
    return NotFound("not_found", Wording("{row} was deleted meanwhile.", row=row))
