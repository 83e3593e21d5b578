"""Every grant reads `scope` and audiences alike: what it can't read is refused, what is less is given."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.attacks.seen import claims_in
from tests.tokens.asking import PROTOCOL, SHOP_SECRET, ask, make_shop, post_form
from tokens.services.clients import ensure_built_in_clients

AUDIENCE = "audience:server:client_id:"


@pytest.fixture(autouse=True)
def clients(keys: None) -> None:
    ensure_built_in_clients()
    make_shop(name="robot", grant_types=["client_credentials"])


def by_password(**more: str) -> Any:
    asked = {"grant_type": "password", "username": "alice@example.com", "password": cast.PASSWORD, **more}
    return Client().post("/api/v2/token", urlencode(asked), content_type="application/x-www-form-urlencoded")


def by_secret(**more: str) -> Any:
    return post_form("token", grant_type="client_credentials", client_id="robot", client_secret=SHOP_SECRET, **more)


def by_refresh(**more: str) -> Any:
    token = by_password().json()["refresh_token"]
    return post_form("token", grant_type="refresh_token", client_id="cli", refresh_token=token, **more)


def on_a_device(**more: str) -> Any:
    return post_form("auth/device", client_id="runai-cli", **more)


def in_a_browser(**more: str) -> Any:
    asked = {"client_id": "runai-cli", "response_type": "code", "redirect_uri": "http://127.0.0.1/", **more}
    return Client().get(f"{PROTOCOL}/auth", {"code_challenge": "c" * 43, "code_challenge_method": "S256", **asked})


def error_of(answer: Any) -> str:
    return str(answer.headers["Location"] if "Location" in answer.headers else answer.json().get("error"))


@pytest.mark.parametrize("door", [by_password, by_secret, by_refresh, on_a_device, in_a_browser])
@pytest.mark.parametrize("scope", ["openid audience:x", f"openid {AUDIENCE}", f"{AUDIENCE} {AUDIENCE}", 'open"id'])
def test_what_it_can_not_read_is_refused(alice: User, door: Any, scope: str) -> None:
    assert "invalid_scope" in error_of(door(scope=scope))


@pytest.mark.parametrize("door", [by_password, by_secret, by_refresh, in_a_browser])
def test_a_scope_for_an_audience_is_read_where_a_device_asks_and_nowhere_else(
    alice: User, prod: Cluster, door: Any
) -> None:
    assert "invalid_scope" in error_of(door(scope=f"openid {AUDIENCE}{prod.audience}"))


@pytest.mark.parametrize("scope", ["email", "groups", "email groups", "unknown"])
def test_a_password_gives_the_scope_that_was_asked_for(alice: User, scope: str) -> None:
    given = by_password(scope=scope).json()

    known = " ".join(name for name in scope.split() if name != "unknown")
    assert (given["scope"], claims_in(given["access_token"])["scope"], "id_token" in given) == (known, known, False)
    assert ("email" in claims_in(given["access_token"])) is ("email" in scope)


@pytest.mark.parametrize("name", ["audience", "resource"])
@pytest.mark.parametrize(
    "grant",
    [
        {"grantType": "password", "username": "alice@example.com", "password": cast.PASSWORD},
        {"grantType": "client_credentials", "clientID": "robot", "clientSecret": SHOP_SECRET},
        {"grantType": "refresh_token", "refreshToken": "x"},
    ],
)
def test_an_audience_that_is_empty_is_none(alice: User, name: str, grant: dict[str, str]) -> None:
    answer = ask(**grant, **{name: ""})

    assert answer.status_code == 400
    assert answer.json()["message"] == "The audience is empty. Leave it out for a token for the API."
