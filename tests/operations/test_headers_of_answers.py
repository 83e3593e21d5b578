"""Every answer has the headers that browsers go by, also one that no view made; and nothing about people is stored."""

import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from csp.utils import build_policy
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.logs import JSONFormatter
from tests.access.test_deny_by_default import ADMIN_PAGES, CALLS, PAGES, PAGES_OPEN_TO_ALL
from tests.conftest import APIAs, BrowserAs

USUAL = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What is the same for everybody, and asked for again and again.
STORED = {
    "/.well-known/openid-configuration",
    "/auth/realms/runai/.well-known/openid-configuration",
    "/auth/realms/runai/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/auth/realms/runai",
    "/auth/realms/runai/protocol/openid-connect/certs",
    "/api/docs/openapi.json",
    "/cli/runai-identity",
}

pytestmark = pytest.mark.django_db


def get(path: str, **headers: str) -> Any:
    return Client(raise_request_exception=False).get(path, headers=headers)


def post(path: str, body: bytes, kind: str) -> Any:
    return Client(raise_request_exception=False).post(path, body, content_type=kind)


MANY_FIELDS = "&".join(f"a{number}=1" for number in range(2000)).encode()
HOSTS = [
    "evil.example",
    "evil.example:99999",
    "a b",
    "[::1",
    "testserver@evil.example",
    "é",
    "x" * 5000,
    "",
    ".",
    "%00",
]
WITHOUT_A_VIEW: dict[str, tuple[int, Callable[[], Any]]] = {
    "NUL in the path": (400, lambda: get("/login%00")),
    "NUL in the path of the API": (400, lambda: get("/api/v1/users/%00")),
    "NUL in the query": (400, lambda: get("/login?next=%00")),
    **{f"host {host[:20]!r}": (400, partial(get, "/login", Host=host)) for host in HOSTS},
    "host at a static file": (400, lambda: get("/static/css/people.css", Host="evil.example")),
    "nothing there": (404, lambda: get("/nothing")),
    "another method": (405, lambda: post("/healthz", b"", "text/plain")),
    "a method of nobody's": (405, lambda: Client().generic("PROPFIND", "/healthz")),
    "no CSRF token": (403, lambda: Client(enforce_csrf_checks=True).post("/login", {"email": "x"})),
    "too large a form": (413, lambda: post("/login", b"a=" + b"x" * 400_000, "application/x-www-form-urlencoded")),
    "too many fields": (400, lambda: post("/login", MANY_FIELDS, "application/x-www-form-urlencoded")),
    "no boundary": (400, lambda: post("/login", b"x", "multipart/form-data")),
    "too large a JSON": (413, lambda: post("/api/v1/token", b'{"a": "' + b"x" * 400_000 + b'"}', "application/json")),
}


# The address of this page may hold a link that signs somebody in: no other page is told of it.
NOT_TOLD = {"/language": {"Referrer-Policy": "strict-origin"}}


def usual(answer: Any, path: str = "") -> bool:
    said = {name: answer.headers.get(name) for name in USUAL}
    return said == {**USUAL, **NOT_TOLD.get(path, {})} and bool(
        answer["Content-Security-Policy"] == build_policy() and answer["X-Request-ID"]
    )


@pytest.mark.parametrize("case", WITHOUT_A_VIEW)
def test_answers_that_no_view_made_have_them(case: str) -> None:
    status, ask = WITHOUT_A_VIEW[case]

    answer = ask()

    assert answer.status_code == status
    assert usual(answer) and "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("case", WITHOUT_A_VIEW)
def test_none_of_these_leaves_a_traceback_in_the_log(caplog: pytest.LogCaptureFixture, case: str) -> None:
    caplog.handler.setFormatter(JSONFormatter())

    WITHOUT_A_VIEW[case][1]()

    lines = [json.loads(line) for line in caplog.text.splitlines()]
    assert lines[-1]["logger"] == "request" and len(lines) <= 3
    assert [line for line in lines if "exception" in line] == []


@pytest.mark.parametrize("host", ["testserver", *HOSTS])
def test_so_does_the_way_to_https_which_leads_to_ourselves(settings: Settings, host: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = get("/login", Host=host)

    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/login") and usual(answer)


def test_so_do_static_files_which_are_stored() -> None:
    answer = get("/static/css/people.css")
    answer.close()

    assert answer.status_code == 200 and usual(answer)
    assert "max-age" in answer.headers["Cache-Control"]


def test_so_does_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.views.sign_in.SignInForm", None)
    logging.getLogger("django.request").disabled = True

    answer = get("/login")

    assert answer.status_code == 500 and usual(answer) and answer.headers["Cache-Control"] == "no-store"


def test_only_what_is_the_same_for_everybody_is_stored(client: Client) -> None:
    answers = {path: client.get(path) for path in PAGES if path in PAGES_OPEN_TO_ALL}

    assert [path for path, answer in answers.items() if not usual(answer, path)] == []
    assert {path for path, answer in answers.items() if "no-store" not in answer["Cache-Control"]} == STORED


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_answer_of_the_api_is_stored(ada: User, api_as: APIAs, path: str, method: str) -> None:
    answer = api_as(ada).generic(method, path, "{}", content_type="application/json")

    assert usual(answer) and answer.headers["Cache-Control"] == "no-store"


def test_no_page_of_the_admin_is_stored(ada: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)

    said = {path: browser.get(path)["Cache-Control"] for path in ADMIN_PAGES}

    assert {path for path, value in said.items() if "no-store" not in value} == set()
