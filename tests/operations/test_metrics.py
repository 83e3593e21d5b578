"""What /metrics says, to whom, and that nobody outside chooses a label."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

import audit.services as audit
from accounts.hashing import NeedsTurn
from accounts.models import User
from audit.sealing import seal_settled
from clustersync.models.rbac import SyncReport
from common.actors import SYSTEM
from runai_identity.metrics.events import Reasons
from runai_identity.metrics.requests import OTHER, measured
from runai_identity.metrics.views import scraped
from runai_identity.wsgi import application
from tests import cast
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys

pytestmark = pytest.mark.django_db

TOKEN = "t" * 40
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def asked(**headers: str) -> Any:
    return Client().get("/metrics", headers=headers)


def samples(text: str) -> Samples:
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(name: str, **labels: str) -> float:
    return samples(scraped().decode()).get((f"runai_identity_{name}", frozenset(labels.items())), 0)


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer " + "t" * 39, "Basic " + TOKEN, "Bearer \u00e9"])
def test_nobody_without_the_token_reads_them(given: str) -> None:
    answer = asked(authorization=given)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert asked(authorization=f"{scheme} {TOKEN}").status_code == 200


def test_without_a_token_to_ask_by_there_are_none(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert asked(authorization="Bearer ").status_code == 404


def test_they_are_read_with_it_by_any_name_of_the_host() -> None:
    answer = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}", "host": "10.9.8.7:8000"})

    assert answer.status_code == 200
    assert samples(answer.content.decode())["runai_identity_database_up", frozenset()] == 1


def called(path: str, method: str = "GET") -> None:
    """Through the application of WSGI, as a server calls it."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "testserver",
        "wsgi.input": BytesIO(),
    }
    list(application(environ, lambda *args: None))


def test_a_request_counts_for_the_pattern_of_its_view() -> None:
    labels = {"route": "/api/v1/users/<uuid:pk>", "method": "GET", "status": "401"}
    before = value("request_seconds_count", **labels)
    called("/api/v1/users/b0000000-0000-4000-8000-00000000beef")

    assert value("request_seconds_count", **labels) == before + 1
    assert "00000000beef" not in scraped().decode()


@pytest.mark.parametrize(("path", "method"), [("/a-strangers-choice", "GET"), ("/login", "STRANGERS")])
def test_what_a_stranger_chooses_is_no_label(path: str, method: str) -> None:
    called(path, method)

    assert "a-strangers-choice" not in scraped().decode()
    assert "STRANGERS" not in scraped().decode()


def test_a_request_that_fails_counts_as_500() -> None:
    def fails(environ: Any, start: Any) -> list[bytes]:
        raise RuntimeError

    before = value("request_seconds_count", route=OTHER, method="GET", status="500")
    with pytest.raises(RuntimeError):
        measured(fails)({"REQUEST_METHOD": "GET"}, lambda *args: None)

    assert value("request_seconds_count", route=OTHER, method="GET", status="500") == before + 1


def test_a_request_that_is_begun_anew_counts_once() -> None:
    def needs_a_turn(environ: object, start: object) -> list[bytes]:
        raise NeedsTurn

    before = scraped()
    with pytest.raises(NeedsTurn):
        measured(needs_a_turn)({"REQUEST_METHOD": "POST"}, lambda *args: None)

    asked = "runai_identity_request_seconds_count"
    assert [line for line in scraped().splitlines() if asked.encode() in line] == [
        line for line in before.splitlines() if asked.encode() in line
    ]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_counts_with_its_reason_and_only_when_it_stays() -> None:
    labels = {"action": "session:sign-in", "result": "Failed", "reason": "unknown user"}
    ensure_keys()
    ensure_built_in_clients()
    before = value("events_total", **labels)
    Client().post(
        "/api/v1/token", {"grantType": "password", "username": "x@y.example", "password": "z"}, "application/json"
    )
    with transaction.atomic():
        audit.record("session:sign-in", actor=SYSTEM, result=audit.FAILED, reason="unknown user")
        transaction.set_rollback(True)

    assert value("events_total", **labels) == before + 1


def test_reasons_are_bounded_in_number() -> None:
    reasons = Reasons(most=2)

    assert [reasons.bounded(one) for one in ("a", "b", "c", "a")] == ["a", "b", OTHER, "a"]


def test_a_silent_agent_is_seen(tree: cast.Tree) -> None:
    cluster = cast.make_prod_cluster(tree)
    SyncReport.objects.create(cluster=cluster, at=timezone.now() - timedelta(minutes=20), seconds=1, failed=3)

    assert 1200 <= value("agent_report_age_seconds", cluster=str(cluster)) < 1300
    assert value("agent_failed_objects", cluster=str(cluster)) == 3


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_without_the_database_they_say_so_and_nothing_that_is_stale(
    monkeypatch: pytest.MonkeyPatch, ada: User, error: type[Exception]
) -> None:
    def away() -> None:
        raise error

    monkeypatch.setattr(connection, "ensure_connection", away)
    text = asked(authorization=f"Bearer {TOKEN}").content.decode()

    assert samples(text)["runai_identity_database_up", frozenset()] == 0
    assert "live_sessions" not in text


def test_entries_without_a_seal_grow_old() -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=300)):
        audit.record("user:update", actor=SYSTEM)
    before = value("audit_unsealed_seconds")
    seal_settled()

    assert 300 <= before < 400
    assert value("audit_unsealed_seconds") == 0
    assert value("audit_seals") == 1


def test_a_stream_falls_behind(settings: Settings, tmp_path: Path) -> None:
    settings.AUDIT_STREAM_FILE = str(tmp_path / "log")
    with time_machine.travel(timezone.now() - timedelta(seconds=300)):
        audit.record("user:update", actor=SYSTEM)
    before = value("audit_stream_behind_seconds", sink="file")
    call_command("streamaudit")

    assert 300 <= before < 400
    assert value("audit_stream_behind_seconds", sink="file") == 0
