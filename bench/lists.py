"""`python -m bench.lists`: lists of the admin and the API with 1,000 people and with 100,000.

Each is asked for its first and its last page, sorted, and searched, in one process beside PostgreSQL, without HTTP.
With 100,000 people there are 1,000,000 access rules and as many audit entries, which take some minutes to make.
"""

import argparse
import sys
import time
from typing import Any

from bench.page import keep
from bench.server import pin, prepare_environment
from tests.database import start_system_postgresql

FEW = 1_000
ROUNDS = 3

ADMIN = {
    "users": "accounts/user",
    "groups": "accounts/group",
    "memberships": "accounts/membership",
    "sessions": "accounts/session",
    "identities": "sso/identity",
    "consents": "tokens/consent",
    "scopes": "access/scope",
}
WAYS = {"first page": "", "last page": "?p=-1", "by the last column": "?o={column}", "search": "?q=p77@"}
OTHERS = {
    "access rules, first page": "/admin/access/accessrule/",
    "access rules, search": "/admin/access/accessrule/?q=p77@",
    "audit log, first page": "/admin/audit/event/",
    "audit log, search": "/admin/audit/event/?q=p77@example.com",
    "API: users": "/api/v1/users?limit=50",
    "API: users by creationTime": "/api/v1/users?limit=50&sortBy=creationTime",
    "API: users, search": "/api/v1/users?limit=50&search=p77@",
    "API: access rules": "/api/v1/authorization/access-rules?limit=50",
    "API: access rules by subjectId": "/api/v1/authorization/access-rules?limit=50&sortBy=subjectId",
    "API: access rules, search": "/api/v1/authorization/access-rules?limit=50&search=p77@",
    "API: projects by createdAt": "/api/v1/org-unit/projects?limit=50&sortBy=createdAt",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    asked = parser.parse_args()

    pin(1)
    prepare_environment(start_system_postgresql)  # whose extension pg_trgm the search takes
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    few = measure(FEW)
    call_command("flush", interactive=False, verbosity=0)
    many = measure(asked.people)
    rows = [row(name, *few[name], *many[name]) for name in few]
    keep("lists", rows, few=f"{FEW:,}", many=f"{asked.people:,}")


def measure(people: int) -> dict[str, tuple[float, int]]:
    """Return milliseconds and statements of each list, the least of some rounds: housekeeping adds its own to one."""
    from bench.rows import fill
    from tests import cast

    tree = cast.plant_tree()
    fill(people)
    ada = cast.person("ada")
    cast.rule("user", ada.email, "System administrator", tree.tenant)
    browser, client = signed_in(ada)
    found = {}
    for name, address in addresses(browser).items():
        found[name] = timed(client if address.startswith("/api") else browser, address)
        sys.stdout.write(f"{people:>9,} {found[name][0]:6.0f} ms {found[name][1]:3} {address}\n")
        sys.stdout.flush()
    return found


def signed_in(user: Any) -> tuple[Any, Any]:
    from django.test import Client
    from rest_framework.test import APIClient

    from tests.as_browsers_post import post_as_browsers_do
    from tests.cast import PASSWORD

    post_as_browsers_do()
    client = APIClient()
    client.force_authenticate(user=user)
    browser = Client(SERVER_NAME="127.0.0.1")
    if browser.post("/login", {"email": user.email, "password": PASSWORD}).status_code != 302:
        raise SystemExit("The administrator can't sign in.")
    return browser, client


def addresses(browser: Any) -> dict[str, str]:
    named = {}
    for name, path in ADMIN.items():
        shown = browser.get(f"/admin/{path}/").context["cl"]
        column = [number for number, one in enumerate(shown.list_display) if shown._sorts_by(one)][-1]
        for way, query in WAYS.items():
            named[f"{name}, {way}"] = f"/admin/{path}/{query.format(column=column)}"
    return named | OTHERS


def timed(client: Any, address: str) -> tuple[float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took, statements = [], []
    for _ in range(ROUNDS):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get(address)
            took.append((time.perf_counter() - began) * 1000)
        statements.append(len(asked))
        if answer.status_code != 200:
            raise SystemExit(f"{address} is answered {answer.status_code}.")
    return min(took), min(statements)


def row(name: str, few_ms: float, few_statements: int, many_ms: float, many_statements: int) -> str:
    ratio = f"{many_ms / few_ms:.1f}"
    return f"| {name} | {few_ms:.0f} | {many_ms:.0f} | {ratio} | {few_statements} | {many_statements} |"


if __name__ == "__main__":
    main()
