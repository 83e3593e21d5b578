import json
import logging

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import User
from runai_identity import views
from tests.conftest import APIAs, BrowserAs

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/auth/realms/other", "/v1/k8s/clusters"])
def test_it_tells_a_program_that_there_is_no_such_path(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "message": "There is nothing here, or nothing that you may see.",
        "details": "not_found",
    }


def test_it_shows_a_person_a_page() -> None:
    answer = Client().get("/nothing")

    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_it_shows_a_page_to_who_may_not_see_the_administration(browser_as: BrowserAs, charlie: User) -> None:
    answer = browser_as(charlie).get("/admin/")

    assert answer.status_code in (302, 403)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A server on which everything that asks for the sign-in page or discovery fails."""

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("accounts.views.sign_in.SignInForm", fail)
    monkeypatch.setattr("tokens.discovery.keyring.published", fail)
    logging.getLogger("django.request").disabled = True
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/login", "/auth/realms/runai/protocol/openid-connect/certs"])
def test_it_keeps_the_details_of_a_failure_to_itself(broken: Client, path: str) -> None:
    answer = broken.get(path)

    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    assert "X-Request-ID" in answer.content.decode()
    assert answer["X-Request-ID"]


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A server on which the sign-in page and the published keys meet a database that is away."""

    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr("accounts.views.sign_in.SignInForm", fail)
    monkeypatch.setattr("tokens.discovery.keyring.published", fail)
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/login", "/auth/realms/runai/protocol/openid-connect/certs"])
def test_a_database_that_is_away_makes_a_503_and_one_line(
    without_database: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = without_database.get(path)
    (line,) = (record for record in caplog.records if record.name == "request")

    assert answer.status_code == 503 and int(answer["Retry-After"]) > 0 and answer["X-Request-ID"]
    assert line.getMessage() == f"GET {path}: the database: connection refused Is the server running?"
    assert "connection refused" not in answer.content.decode()
    if path == "/login":
        assert "<h1>Not available at this moment</h1>" in answer.content.decode()
    else:
        assert answer.json()["error"] == "temporarily_unavailable"  # RFC 6749 §4.1.2.1
        assert (answer.json()["code"], answer.json()["details"]) == (503, "database_unavailable")


def test_it_has_an_answer_when_not_even_the_database_works(db: None) -> None:
    request: HttpRequest = RequestFactory().get("/login")

    assert b"Something went wrong here" in views.server_error(request).content


@pytest.mark.parametrize(("handler", "code"), [("bad_request", 400), ("permission_denied", 403)])
def test_it_answers_programs_in_the_published_form(handler: str, code: int) -> None:
    answer = getattr(views, handler)(RequestFactory().get("/api/v1/users"), Exception())

    assert json.loads(answer.content)["code"] == answer.status_code == code


def test_it_refuses_a_host_that_is_not_ours() -> None:
    answer = Client().get("/api/v1/users", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/me", "/api/v1/clusters"])
@pytest.mark.parametrize("format", ["xml", "api", "", "%00"])
def test_it_says_what_a_format_may_be(ada: User, api_as: APIAs, path: str, format: str) -> None:
    answer = api_as(ada).get(f"{path}?format={format}")

    assert answer.status_code in (200, 400)
    assert (answer.status_code == 200) == (format == "") or "format" in answer.json()["message"]
    assert format != "xml" or answer.json()["message"] == "format: This is answered as json alone. Leave it out."
