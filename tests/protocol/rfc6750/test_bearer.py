from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import FORM, PROTOCOL, own_token, tokens_for, unverified
from tests.tokens.asking import by_password
from tokens.models import Application

API = "/api/v1/me"
USERINFO = f"{PROTOCOL}/userinfo"


def ask(path: str, authorization: str = "", **params: str) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    return Client().get(path, params, headers=headers)


@must("§2.1", "a token in the Authorization header is taken")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_it_takes_a_token_in_the_header(bob: User, scheme: str) -> None:
    token = by_password(bob)["accessToken"]

    assert ask(API, f"{scheme} {token}").status_code == 200
    assert ask(USERINFO, f"{scheme} {token}").status_code == 200


@must("§2.3", "no token is taken from the address")
@pytest.mark.parametrize("path", [API, USERINFO])
def test_it_takes_no_token_from_the_address(bob: User, path: str) -> None:
    assert ask(path, access_token=by_password(bob)["accessToken"]).status_code == 401


@must("§2.2", "no token is taken from a form that has another method or type")
def test_it_takes_no_token_from_a_body(bob: User) -> None:
    body = f"access_token={by_password(bob)['accessToken']}"

    assert Client().generic("GET", USERINFO, body, FORM).status_code == 401
    assert Client().generic("POST", USERINFO, body, "text/plain").status_code == 401


@must("§3", "without a token there is a challenge, by the scheme Bearer")
@must("§3.1", "who sent no token is told no error in the challenge")
@pytest.mark.parametrize("path", [API, USERINFO])
def test_it_challenges_who_sent_none(bob: User, path: str) -> None:
    answer = ask(path)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@must("§3.1", "a token that is wrong or over is invalid_token, 401")
@pytest.mark.parametrize("path", [API, USERINFO])
def test_it_says_that_a_token_is_wrong(bob: User, path: str) -> None:
    answer = ask(path, "Bearer no.such.token")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')


@must("§3.1", "a token without the scope is insufficient_scope, 403, and the scope is named")
def test_it_names_the_scope_that_is_missing(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop, scope="email")["access_token"]

    answer = ask(USERINFO, f"Bearer {token}")

    assert answer.status_code == 403
    assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="openid"'


@must("§3.1", "a request that can't be read is refused without naming the person")
@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Basic eDp5"])
def test_it_refuses_what_it_can_not_read(bob: User, header: str) -> None:
    assert ask(USERINFO, header).status_code == 401
    assert ask(API, header).status_code == 401


@must("§5.2", "tokens can't be forged or changed")
def test_it_takes_no_changed_token(bob: User) -> None:
    head, payload, signature = by_password(bob)["accessToken"].split(".")

    assert ask(API, f"Bearer {head}.{payload[:-4]}AAAA.{signature}").status_code == 401
    assert ask(API, f"Bearer {head}.{payload}.{signature[::-1]}").status_code == 401


@must("§5.2", "a token says for whom it is, and is refused elsewhere")
def test_a_token_is_for_one_audience(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert unverified(token)["aud"] == "shop"
    assert ask(API, f"Bearer {token}").status_code == 401


@must("§5.3", "tokens live for an hour or less")
def test_a_token_lives_for_an_hour(shop: Application) -> None:
    token = own_token(shop)
    claims = unverified(token)

    with time_machine.travel(timezone.now() + timedelta(seconds=3601)):
        late = ask(API, f"Bearer {token}")

    assert claims["exp"] - claims["iat"] == 3600
    assert late.status_code == 401


@must("§5.2", "what a token unlocks is kept from caches")
def test_nobody_keeps_what_a_token_unlocks(bobs: Client, shop: Application) -> None:
    answer = ask(USERINFO, f"Bearer {tokens_for(bobs, shop)['access_token']}")

    assert answer["Cache-Control"] == "no-store"
