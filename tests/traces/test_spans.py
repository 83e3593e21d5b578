"""One span per request, around the quick paths and Django alike, with its statements and outbound calls."""

import json
import logging
from typing import Any

import pytest
from django.db import connection

from accounts.hashing import NeedsTurn
from accounts.models import User
from common import outbound
from common.errors import Unavailable
from common.logs import JSONFormatter
from common.outbound import fetch
from runai_identity.tracing.children import MOST_STATEMENTS, operation_and_table
from tests import cast
from tests.sso.conftest import op as op
from tests.sso.op import OP
from tests.tokens.asking import PROTOCOL
from tests.traces.conftest import Begin, Traces
from tests.traces.receiver import CLIENT
from tokens.models import Application

CALLER = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{CALLER}-b7ad6b7169203331-01"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", f"{PROTOCOL}/certs", f"{PROTOCOL}/certs", 200),
        ("POST", f"{PROTOCOL}/token", f"{PROTOCOL}/token", 400),
        ("POST", "/api/v1/token", "/api/v1/token", 400),
        ("GET", "/login?next=/secret-place", "/login", 200),
        ("GET", "/api/v1/users/7f000000-0000-4000-8000-000000000001", "/api/v1/users/<uuid:pk>", 401),
    ],
)
def test_a_request_is_one_span(traces: Traces, method: str, path: str, route: str, status: int) -> None:
    answer = traces.ask(method, path)
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert span.name == f"{method} {route}"
    assert span.facts["runai_identity.request_id"] == answer["X-Request-ID"]
    assert span.facts["http.response.status_code"] == status == int(answer["status"][:3])
    assert (span.facts["http.request.method"], span.facts["http.route"]) == (method, route)
    assert span.resource["service.name"] == "runai-identity" and span.parent == ""


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_have_none(traces: Traces, path: str) -> None:
    traces.ask("GET", path)
    traces.ask("GET", "/nowhere")
    traces.send()

    assert [span.facts["http.response.status_code"] for span in traces.receiver.of_requests()] == [404]


def test_a_method_that_is_none_is_named_other(traces: Traces) -> None:
    traces.ask("BREW-secret", "/login")
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert span.name.partition(" ")[0] == span.facts["http.request.method"] == "_OTHER"


def test_statements_are_its_children(traces: Traces, robo: Application) -> None:
    body = {"grantType": "client_credentials", "clientID": "robo", "clientSecret": cast.ROBO_SECRET}
    traces.ask("POST", "/api/v1/token", json.dumps(body).encode(), CONTENT_TYPE="application/json")
    traces.send()

    (request,) = traces.receiver.of_requests()
    statements = [span for span in traces.receiver.spans() if span.kind == CLIENT]
    assert len(statements) == request.facts["runai_identity.statements"] > 0
    assert {(span.trace, span.parent) for span in statements} == {(request.trace, request.id)}
    assert "SELECT tokens_application" in {span.name for span in statements}
    assert {span.facts["db.system.name"] for span in statements} == {connection.vendor}


def test_the_first_statements_alone_are_spans(traced: Begin, db: None) -> None:
    def application(environ: object, start_response: object) -> list[bytes]:
        for _ in range(MOST_STATEMENTS + 50):
            User.objects.filter(email="nobody@example.com").exists()
        start_response("200 OK", [])  # type: ignore[operator]
        return []

    traces = traced(application)
    traces.ask("GET", "/long")
    traces.send()

    assert len([span for span in traces.receiver.spans() if span.kind == CLIENT]) == MOST_STATEMENTS
    assert traces.receiver.of_requests()[0].facts["runai_identity.statements"] == MOST_STATEMENTS + 50


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('SELECT "accounts_user"."id" FROM "accounts_user" WHERE email = %s', ("SELECT", "accounts_user")),
        ('UPDATE "tokens_application" SET "last_login" = %s', ("UPDATE", "tokens_application")),
        ('INSERT INTO "audit_event" ("action") VALUES (%s)', ("INSERT", "audit_event")),
        ("DELETE FROM accounts_session WHERE 1", ("DELETE", "accounts_session")),
        ("WITH x AS (SELECT 1 FROM secret) SELECT 2 FROM accounts_group", ("WITH", "accounts_group")),
        ("SELECT 'a FROM password_of_bob'", ("SELECT", "")),
        ('SAVEPOINT "s123"', ("SAVEPOINT", "")),
        ("", ("OTHER", "")),
    ],
)
def test_of_a_statement_the_operation_and_a_table_of_ours_are_kept(sql: str, expected: tuple[str, str]) -> None:
    assert operation_and_table(sql) == expected


def test_an_outbound_call_is_a_span_without_its_address(traces: Traces, op: OP) -> None:
    fetch(f"{op.base}/jwks", most_bytes=10_000)
    with pytest.raises(Unavailable):
        fetch(f"{op.base}/jwks?key=a-secret-value", most_bytes=10_000)
    traces.send()

    good, refused = [span for span in traces.receiver.spans() if span.name == "GET"]
    facts = {"server.address": "127.0.0.1", "server.port": int(op.base.rpartition(":")[2])}
    assert good.facts == {**facts, "http.request.method": "GET", "http.response.status_code": 200}
    assert refused.facts == {**good.facts, "http.response.status_code": 401} and refused.is_error
    assert (good.kind, refused.kind) == (CLIENT, CLIENT)


@pytest.mark.parametrize(("listed", "expected"), [([], 0), (["other.example.com"], 0), (["127.0.0.1"], 1)])
def test_listed_hosts_alone_are_told_the_trace(
    traces: Traces, op: OP, settings: Any, listed: str, expected: int
) -> None:
    settings.TRACEPARENT_HOSTS = listed
    with outbound.session() as client:
        client.headers["Content-Type"] = "application/x-protobuf"
        client.post(f"{traces.receiver.url}/v1/traces", data=b"")
    (headers,) = traces.receiver.headers
    traces.send()

    told = [headers["traceparent"].split("-")[1:3]] if "traceparent" in headers else []
    assert told == [[span.trace, span.id] for span in traces.receiver.spans()][:expected]
    assert "tracestate" not in headers and "baggage" not in headers


def test_a_callers_trace_goes_on(traces: Traces) -> None:
    traces.ask("GET", "/login", HTTP_TRACEPARENT=TRACEPARENT, HTTP_TRACESTATE="a=secret-state", HTTP_BAGGAGE="b=secret")
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert (span.trace, span.parent) == (CALLER, "b7ad6b7169203331")
    assert b"secret" not in b"".join(traces.receiver.bodies)


@pytest.mark.parametrize(
    "sent", ["", "nonsense", f"00-{'0' * 32}-b7ad6b7169203331-01", f"ff-{CALLER}-b7ad6b7169203331-01", "00-" * 5000]
)
def test_a_traceparent_that_is_none_begins_a_trace(traces: Traces, sent: str) -> None:
    traces.ask("GET", "/login", HTTP_TRACEPARENT=sent)
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert span.parent == "" and span.trace not in (CALLER, "0" * 32)


def test_a_fault_is_said_by_its_class_alone(traced: Begin, db: None) -> None:
    def application(environ: object, start_response: object) -> list[bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT a_secret FROM nowhere_at_all")
        return []

    traces = traced(application)
    with pytest.raises(Exception, match="nowhere_at_all"):
        traces.ask("GET", "/broken")
    traces.send()

    request, statement = sorted(traces.receiver.spans(), key=lambda span: span.kind)
    assert request.is_error and request.facts["http.response.status_code"] == 500
    assert statement.is_error and statement.facts["error.type"] in ("OperationalError", "ProgrammingError")
    assert {(span.events, span.message) for span in (request, statement)} == {(0, "")}


def test_a_request_that_is_begun_anew_is_no_fault(traced: Begin, db: None) -> None:
    def application(environ: object, start_response: object) -> list[bytes]:
        raise NeedsTurn

    traces = traced(application)
    with pytest.raises(NeedsTurn):
        traces.ask("POST", "/login")
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert not span.is_error and "http.response.status_code" not in span.facts


def test_request_id_and_trace_id_stand_together_in_the_log(traces: Traces, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(JSONFormatter())
    with caplog.at_level(logging.INFO, logger="request"):
        answer = traces.ask("GET", "/login", HTTP_TRACEPARENT=TRACEPARENT)

    line = json.loads(caplog.text.splitlines()[-1])
    assert (line["request_id"], line["trace_id"]) == (answer["X-Request-ID"], CALLER)
