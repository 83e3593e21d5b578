"""`POST /api/v2/token`: the OAuth token endpoint in the platform's form."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from tests import cast
from tests.tokens.asking import PROTOCOL, call_api
from tokens.models import Application


def post(path: str, **fields: object) -> Any:
    return Client().post(path, urlencode(fields), content_type="application/x-www-form-urlencoded")


def by_password(user: User, path: str = "/api/v2/token", **more: object) -> Any:
    return post(path, grant_type="password", username=user.email, password=cast.PASSWORD, **more)


def test_it_answers_a_local_user_by_password(alice: User) -> None:
    answer = by_password(alice)

    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3600)
    assert call_api(answer.json()["access_token"]).status_code == 200


def test_it_refreshes_without_naming_the_client(alice: User) -> None:
    token = by_password(alice).json()["refresh_token"]

    answer = post("/api/v2/token", grant_type="refresh_token", refresh_token=token)

    assert call_api(answer.json()["access_token"]).status_code == 200


def test_it_answers_an_application_without_a_refresh_token(robo: Application) -> None:
    answer = post("/api/v2/token", grant_type="client_credentials", client_id="robo", client_secret=cast.ROBO_SECRET)

    assert {**answer.json(), "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "",
    }


def test_it_gives_robots_an_id_token_that_is_the_access_token_when_they_ask(robo: Application) -> None:
    asked = {"grant_type": "client_credentials", "client_id": "robo", "client_secret": cast.ROBO_SECRET}

    by_scope = post("/api/v2/token", **asked, scope="openid").json()
    by_response_type = post("/api/v2/token", **asked, response_type="id_token").json()

    assert by_scope["id_token"] == by_scope["access_token"]
    assert by_response_type["id_token"] == by_response_type["access_token"]


def test_the_oauth_endpoint_takes_no_password_unless_told(alice: User, settings: LazySettings) -> None:
    refused = by_password(alice, f"{PROTOCOL}/token", client_id="runai")
    settings.OIDC_PASSWORD_GRANT_ENABLED = True
    allowed = by_password(alice, f"{PROTOCOL}/token", client_id="runai", scope="openid", response_type="id_token")

    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")
    assert call_api(allowed.json()["access_token"]).status_code == 200


@pytest.mark.parametrize("path", ["/api/v2/token", f"{PROTOCOL}/token"])
def test_no_endpoint_takes_a_password_when_it_is_switched_off(alice: User, settings: LazySettings, path: str) -> None:
    settings.PASSWORD_GRANT_ENABLED, settings.OIDC_PASSWORD_GRANT_ENABLED = False, True

    assert by_password(alice, path, client_id="runai").json()["error"] == "unsupported_grant_type"


def test_nobody_elses_client_takes_passwords(alice: User, robo: Application) -> None:
    answer = by_password(alice, client_id="robo", client_secret=cast.ROBO_SECRET)

    assert answer.json()["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "changed", [{"username": "nobody@example.com"}, {"password": "wrong"}, {"username": ""}, {"password": ""}]
)
def test_it_refuses_a_wrong_password(alice: User, changed: dict[str, str]) -> None:
    asked = {"grant_type": "password", "username": alice.email, "password": cast.PASSWORD, **changed}

    answer = post("/api/v2/token", **asked)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
