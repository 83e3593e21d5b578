"""Every way in which a list may be sorted, and how the database goes about it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

import access.api.rules
import access.api.tree
import accounts.api.groups
import accounts.api.users
import audit.api
from accounts.models import User
from common.listing import Fields
from tests.admin.walking import lists

# Lists of what administrators set up one by one, and of attempts, of which a fixed number is kept.
SHORT = {"cluster", "application", "signingkey", "registrationtoken", "identityprovider", "attempt"}

APIS: dict[str, Fields] = {
    "/api/v1/users": accounts.api.users.FIELDS,
    "/api/v1/groups": accounts.api.groups.FIELDS,
    "/api/v1/authorization/access-rules": access.api.rules.FIELDS,
    "/api/v1/org-unit/projects": access.api.tree.PROJECT_FIELDS,
    "/api/v1/org-unit/departments": access.api.tree.DEPARTMENT_FIELDS,
    "/api/v1/audit/log": audit.api.FIELDS,
}
# Without an index of their own. The audit log is written more often than it is read: its entries are sorted by these
# among those of the asked period. A phase is worked out of what clusters reported.
UNSORTED = {("/api/v1/authorization/access-rules", "phase")} | {
    ("/api/v1/audit/log", name) for name in ("subject_type", "http_method", "result", "url", "entity_type")
}
SORTED = [(path, name) for path, fields in APIS.items() for name in fields.sortable if (path, name) not in UNSORTED]


def pages(reader: User) -> Iterator[tuple[str, Any]]:
    """Yield each page of a list of the admin with the rows as a column sorts them, both ways."""
    for path, page in lists().items():
        if page.opts.model_name in SHORT:
            continue
        plain: Any = page.get_changelist_instance(request(path, reader))
        yield path, plain
        columns = [number for number, name in enumerate(plain.list_display) if plain._sorts_by(name)]
        for address in (f"{path}?o={sign}{column}" for column in columns for sign in ("", "-")):
            yield address, page.get_changelist_instance(request(address, reader))


def request(path: str, reader: User) -> Any:
    made = RequestFactory().get(path)
    made.user = reader
    return made


def selected(client: APIClient, address: str) -> list[str]:
    """Return the statements by which an address reads pieces of lists."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return [one["sql"] for one in asked if "ORDER BY" in one["sql"] and "LIMIT" in one["sql"]]


def steps(sql: str) -> list[str]:
    """Return the kinds of steps in the plan of a statement, where the database goes along an index if one fits."""
    with along_indexes() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        answered = cursor.fetchone()[0]
    plan = answered if isinstance(answered, list) else json.loads(answered)
    return list(_steps(plan[0]["Plan"]))


def steps_to(rows: QuerySet[Any]) -> list[str]:
    with along_indexes():
        return list(_steps(json.loads(rows.explain(format="json"))[0]["Plan"]))


@contextmanager
def along_indexes() -> Iterator[Any]:
    """With tables as small as a test's any other way is cheaper."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "sort", "hashjoin", "mergejoin", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        yield cursor


def _steps(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for inner in plan.get("Plans", ()):
        yield from _steps(inner)
