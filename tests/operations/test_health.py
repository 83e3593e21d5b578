"""What load balancers ask. Each process looks at the migrations until all are applied, and then no more."""

import time

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext

from runai_identity import operations
from runai_identity.operations import Migrations


class Plan:
    """Stands in for the plan of migrations: as many as are `pending`; counts who asks."""

    def __init__(self) -> None:
        self.pending = 0
        self.asked = 0

    def __call__(self, *args: object) -> list[None]:
        self.asked += 1
        return [None] * self.pending


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was asked nothing yet."""
    monkeypatch.setattr(operations, "_migrations", Migrations())


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    plan = Plan()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", plan)
    return plan


def asked() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json().get("reason", "")


def test_it_is_alive_without_a_database() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_ready_when_every_migration_ran() -> None:
    assert Client().get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_becomes_ready_a_second_after_the_last_migration(plan: Plan) -> None:
    plan.pending = 1
    before = asked()
    plan.pending = 0
    at_once = asked()
    time.sleep(Migrations.LOOK_EVERY)

    assert before == at_once == (503, "migrations are pending")
    assert asked() == (200, "") and plan.asked == 2


@pytest.mark.django_db
def test_once_ready_it_asks_the_database_one_thing(plan: Plan) -> None:
    asked()
    with CaptureQueriesContext(connection) as statements:
        answers = {asked() for _ in range(20)}

    assert answers == {(200, "")} and plan.asked == 1
    assert [each["sql"] for each in statements] == ["SELECT 1"] * 20


@pytest.mark.parametrize("is_ready", [False, True])
def test_it_is_not_ready_without_its_database(monkeypatch: pytest.MonkeyPatch, is_ready: bool) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError

    operations._migrations.applied = is_ready
    monkeypatch.setattr(MigrationExecutor, "__init__", fail)
    monkeypatch.setattr(connection, "cursor", fail)

    assert asked() == (503, "the database does not answer")
