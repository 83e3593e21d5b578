"""What load balancers ask. Each process looks once a second, and at the migrations until all are applied."""

import time
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from common.encryption import encrypt
from runai_identity import draining, operations, schema
from runai_identity.models import Deployment
from runai_identity.operations import Look, Readiness, Writability
from tokens import keyring
from tokens.models import SigningKey

OTHER_KEY = "T3RoZXJLZXlGb3JUZXN0c09ubHkwMTIzNDU2Nzg5MDE="


class Plan:
    """Stands in for the plan of migrations: as many as are `pending`; counts who asks."""

    def __init__(self) -> None:
        self.pending = 0
        self.asked = 0

    def __call__(self, *args: object) -> list[None]:
        self.asked += 1
        return [None] * self.pending


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that was asked nothing yet."""
    monkeypatch.setattr(operations, "_readiness", Readiness())
    monkeypatch.setattr(operations, "_writability", Writability())
    keyring.private.cache_clear()
    yield
    keyring.private.cache_clear()


@pytest.fixture
def bootstrapped(db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNAI_ADMIN_PASSWORD", "Given-by-hand-1")
    call_command("bootstrap")


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    plan = Plan()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", plan)
    return plan


def asked(query: str = "") -> tuple[int, str]:
    answer = Client().get(f"/readyz{query}")
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, answer.json().get("reason", "")


def test_it_is_alive_without_a_database() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_when_everything_works(bootstrapped: None) -> None:
    assert Client().get("/readyz").json() == {"status": "ok"}


def test_it_becomes_ready_a_second_after_the_last_migration(bootstrapped: None, plan: Plan) -> None:
    plan.pending = 1
    before = asked()
    plan.pending = 0
    at_once = asked()
    time.sleep(Look.every)

    assert before == at_once == (503, "migrations are pending")
    assert asked() == (200, "") and plan.asked == 2


def test_anybody_may_ask_and_it_looks_once_a_second(bootstrapped: None, plan: Plan) -> None:
    asked()
    operations._readiness.looked_at = 0.0
    with CaptureQueriesContext(connection) as statements:
        answers = {asked() for _ in range(20)}

    assert answers == {(200, "")} and plan.asked == 1
    assert len(statements) == 2  # which generation it serves, and the keys


@pytest.mark.django_db
@pytest.mark.parametrize("is_ready", [False, True])
def test_it_is_not_ready_without_its_database(monkeypatch: pytest.MonkeyPatch, is_ready: bool) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    operations._readiness.migrated = is_ready
    monkeypatch.setattr(MigrationExecutor, "__init__", fail)
    monkeypatch.setattr(connection, "cursor", fail)

    assert asked() == (503, "the database does not answer")


@pytest.mark.django_db
def test_it_is_not_ready_without_keys_to_sign_with() -> None:
    status, why = asked()

    assert status == 503 and "no key to sign with" in why


def test_it_is_not_ready_with_another_encryption_key(bootstrapped: None, settings: Settings) -> None:
    settings.IDENTITY_ENCRYPTION_KEYS = [OTHER_KEY]

    status, why = asked()

    assert status == 503 and "IDENTITY_ENCRYPTION_KEYS" in why


def test_it_notices_that_another_replica_encrypted_with_another_key(bootstrapped: None, settings: Settings) -> None:
    assert asked()[0] == 200
    ours, settings.IDENTITY_ENCRYPTION_KEYS = settings.IDENTITY_ENCRYPTION_KEYS, [OTHER_KEY]
    theirs = encrypt(b"what another replica made")
    settings.IDENTITY_ENCRYPTION_KEYS = ours
    key = SigningKey.objects.filter(state="next").first()
    assert key is not None
    key.delete()
    SigningKey.objects.create(**{**_columns(key), "kid": "theirs", "private_key_encrypted": theirs})
    operations._readiness.looked_at = 0.0

    status, why = asked()

    assert status == 503 and "IDENTITY_ENCRYPTION_KEYS" in why


def test_it_is_not_ready_with_a_damaged_key(bootstrapped: None) -> None:
    SigningKey.objects.update(private_key_encrypted=encrypt(b"no key"))

    status, why = asked()

    assert status == 503 and "damaged" in why


def _columns(key: SigningKey) -> dict[str, object]:
    return {field.attname: getattr(key, field.attname) for field in key._meta.concrete_fields}


def test_older_code_is_not_ready_on_a_schema_that_does_not_serve_it(bootstrapped: None) -> None:
    Deployment.objects.update_or_create(pk=1, defaults={"oldest_generation": schema.GENERATION + 1})

    status, why = asked()

    assert status == 503 and "later version" in why


def test_it_says_that_the_database_takes_no_writes_unless_only_reads_are_asked_for(
    bootstrapped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("read-only")

    monkeypatch.setattr(Deployment.objects, "update_or_create", fail)

    assert asked() == (503, "the database takes no writes")
    assert asked("?for=reads") == (200, "")


def test_it_is_not_ready_while_it_stops(bootstrapped: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_stage", bytearray([draining.LEAVING]))

    assert asked("?for=reads") == (503, "the server is stopping")
