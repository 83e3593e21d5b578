"""Whichever client id is tried, a refused secret sends the same statements, and reads the same."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import ask, make_shop, post_form
from tokens.models import Application

pytestmark = pytest.mark.django_db
WRONG = "wrong-secret-" + "w" * 40


def by_token_api(client_id: str) -> Any:
    return ask(grantType="client_credentials", clientID=client_id, clientSecret=WRONG)


def by_older_form(client_id: str) -> Any:
    body = {"id": client_id, "name": client_id, "secret": WRONG}
    return APIClient().post("/v1/k8s/auth/oauth/apptoken", body, format="json")


def at(path: str, **body: str) -> Callable[[str], Any]:
    return lambda client_id: post_form(path, client_id=client_id, client_secret=WRONG, **body)


DOORS: dict[str, Callable[[str], Any]] = {
    "token API": by_token_api,
    "older form": by_older_form,
    "token": at("token", grant_type="client_credentials"),
    "code": at("token", grant_type="authorization_code", code="x"),
    "refresh": at("token", grant_type="refresh_token", refresh_token="x"),
    "introspection": at("token/introspect", token="x"),
    "revocation": at("revoke", token="x"),
    "device": at("auth/device", scope="openid"),
}
CLIENTS: dict[str, Callable[[], Application]] = {
    "wrong": cast.make_robo,
    "disabled": lambda: make_shop(name="off", enabled=False),
    "web": make_shop,
    "with a key": lambda: make_shop(name="keyed", token_endpoint_auth_method="private_key_jwt"),
}


@pytest.fixture(autouse=True)
def planted(tree: cast.Tree) -> None:
    plant_keys()
    for number in range(8):
        by_token_api(f"stranger-{number}")  # refusals of strangers have begun to repeat


def refused(door: Callable[[str], Any], client_id: str) -> tuple[list[str], int, bytes]:
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(re.sub(r'"s\d+_x\d+"', "savepoint", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = door(client_id)
    return sent, answer.status_code, answer.content


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", DOORS)
def test_a_known_client_is_refused_as_an_unknown_one(name: str, client: str) -> None:
    known = CLIENTS[client]().client_id

    told = refused(DOORS[name], known)

    assert told == refused(DOORS[name], "nobody-at-all")
    assert told[1] in (400, 401)
    assert any("audit_event" in statement for statement in told[0])
