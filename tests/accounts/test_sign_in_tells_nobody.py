"""Whoever is tried, a refused sign-in sends the same statements: how long it takes tells nobody who exists."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from access.models import Scope
from accounts.models import User
from accounts.services.users import create_user
from common.actors import SYSTEM
from tests import cast
from tests.keys import plant_keys

pytestmark = pytest.mark.django_db
WRONG = "Wrong-Horse-1"
FORM = "application/x-www-form-urlencoded"
TOKEN = "/auth/realms/runai/protocol/openid-connect/token"

Door = Callable[[str, str], Any]
Tried = Callable[[Door], tuple[str, str]]


def by_page(email: str, password: str) -> Any:
    return Client().post("/login", {"email": email, "password": password})


def by_token_api(email: str, password: str) -> Any:
    body = {"grantType": "password", "username": email, "password": password}
    return Client().post("/api/v1/token", body, content_type="application/json")


def by_form(path: str, **more: str) -> Door:
    def post(email: str, password: str) -> Any:
        body = urlencode({"grant_type": "password", "username": email, "password": password, **more})
        return Client().post(path, body, content_type=FORM)

    return post


DOORS: dict[str, Door] = {
    "page": by_page,
    "token API": by_token_api,
    "token API, as a form": by_form("/api/v2/token"),
    "OpenID Connect": by_form(TOKEN, client_id="cli"),
}


def unknown(door: Door) -> tuple[str, str]:
    return "nobody@example.com", WRONG


def wrong(door: Door) -> tuple[str, str]:
    return cast.person("somebody").email, WRONG


def disabled(door: Door) -> tuple[str, str]:
    return cast.person("off", enabled=False).email, cast.PASSWORD


def locked(door: Door) -> tuple[str, str]:
    user = cast.person("tried")
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT):
        door(user.email, WRONG)
    return user.email, cast.PASSWORD


def elsewhere(door: Door) -> tuple[str, str]:
    return create_user(actor=SYSTEM, email="sso@example.com", is_local=False)[0].email, cast.PASSWORD


def administrator(door: Door) -> tuple[str, str]:
    appoint(cast.person("second"))
    return appoint(cast.person("first")).email, WRONG


def last_administrator(door: Door) -> tuple[str, str]:
    return appoint(cast.person("only")).email, WRONG


def last_administrator_by_group(door: Door) -> tuple[str, str]:
    user = cast.person("member")
    cast.rule("group", cast.make_group("admins", user).name, "System administrator", Scope.objects.get(pk="1"))
    return user.email, WRONG


def familiar(door: Door) -> tuple[str, str]:
    user = cast.person("known")
    assert by_page(user.email, cast.PASSWORD).status_code == 302
    return user.email, WRONG


TRIED = (wrong, disabled, locked, elsewhere, administrator, last_administrator, last_administrator_by_group, familiar)


def appoint(user: User) -> User:
    cast.rule("user", user.email, "System administrator", Scope.objects.get(pk="1"))
    return user


@pytest.fixture(autouse=True)
def planted(tree: cast.Tree) -> Iterator[None]:
    plant_keys()
    with override_settings(OIDC_PASSWORD_GRANT_ENABLED=True):
        for door in DOORS.values():
            # What a process asks once is asked, and refusals of strangers have begun to repeat.
            for number in range(3):
                door(f"stranger{number}@example.com", WRONG)
        yield


def statements(door: Door, email: str, password: str) -> list[str]:
    """What a refused try sends, without its values."""
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(re.sub(r'"s\d+_x\d+"', "savepoint", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = door(email, password)
    assert answer.status_code in (400, 401), answer.content
    return sent


@pytest.mark.parametrize("tried", TRIED, ids=[tried.__name__ for tried in TRIED])
@pytest.mark.parametrize("name", DOORS)
def test_the_same_statements_are_sent_whoever_is_tried(name: str, tried: Tried) -> None:
    door = DOORS[name]

    sent = statements(door, *tried(door))

    assert sent == statements(door, *unknown(door))
    assert any("accounts_signintries" in statement for statement in sent)
