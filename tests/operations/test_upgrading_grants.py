"""Migrations that rename the table of grants keep its rows, and take seconds where there are many."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE = [("tokens", "0007_grant_types"), ("clustersync", "0007_webhook_refusals")]
AFTER = [("tokens", "0008_grants"), ("clustersync", "0008_tokens_of_grants")]
GRANTS = 100_000
SECONDS = 20

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def migrate(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    return executor.migrate(targets).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """The models as they were; afterwards the database is up to date again, whatever failed."""
    try:
        yield migrate(BEFORE)
    finally:
        migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def fill(old: Any) -> None:
    """Add grants; each hundredth has an authorization code."""
    now = timezone.now()
    user = old.get_model("accounts", "User").objects.create(email="alice@example.com")
    session = old.get_model("accounts", "Session").objects.create(user=user, expires_at=now + timedelta(hours=1))
    application = old.get_model("tokens", "Application").objects.create(client_id="shop", name="shop")
    model, codes = old.get_model("tokens", "RefreshChain"), old.get_model("tokens", "AuthorizationCode")
    at = {"authenticated_at": now, "rotated_at": now, "idle_ends_at": now}
    rows = [model(session=session, started_from=session, application=application, **at) for _ in range(GRANTS)]
    model.objects.bulk_create(rows, batch_size=5000)
    codes.objects.bulk_create(
        codes(code_hash=uuid.uuid4().hex, session=session, application=application, chain=row, expires_at=now)
        for row in rows[::100]
    )


def test_every_grant_is_there_afterwards_with_its_code(before: Any) -> None:
    fill(before)
    codes_before = dict(before.get_model("tokens", "AuthorizationCode").objects.values_list("code_hash", "chain"))

    began = monotonic()
    after = migrate(AFTER)
    took = monotonic() - began

    grants = after.get_model("tokens", "Grant").objects
    codes = dict(after.get_model("tokens", "AuthorizationCode").objects.values_list("code_hash", "grant"))
    assert grants.filter(session__user__email="alice@example.com", application__client_id="shop").count() == GRANTS
    assert codes == codes_before and None not in codes.values() and len(codes) == GRANTS // 100
    assert took < SECONDS
