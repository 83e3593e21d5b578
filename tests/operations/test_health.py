import pytest
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client


def test_it_is_alive_without_a_database() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_ready_when_every_migration_ran() -> None:
    assert Client().get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_it_is_not_ready_while_migrations_are_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("accounts.0002", False)])

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["reason"]) == (503, "migrations are pending")


def test_it_is_not_ready_without_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(MigrationExecutor, "__init__", fail)

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["reason"]) == (503, "the database does not answer")
