import time

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from tests.protocol.must import must
from tests.protocol.relying import (
    CALLBACK,
    basic,
    code_for,
    is_honoured,
    make_client,
    post,
    redeem,
    tokens_for,
)
from tokens.models import Application


@must("§3.1.3.1", "a confidential client authenticates")
@must("§3.1.3.2", "the client is authenticated before anything else")
def test_it_refuses_a_confidential_client_without_its_secret(bobs: Client, shop: Application) -> None:
    body = {"client_id": "shop", "code": code_for(bobs, shop), "redirect_uri": CALLBACK}

    answer = post("token", None, grant_type="authorization_code", **body)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@must("§3.1.3.2", "a code is redeemed only by the client it was given to")
def test_it_refuses_the_code_of_another_client(bobs: Client, shop: Application) -> None:
    thief = make_client("thief")

    assert redeem(thief, code_for(bobs, shop)).json()["error"] == "invalid_grant"


@must("§3.1.3.2", "the code is valid")
@pytest.mark.parametrize("code", ["nonsense", "x" * 43])
def test_it_refuses_a_code_that_it_never_gave(shop: Application, code: str) -> None:
    assert redeem(shop, code).json()["error"] == "invalid_grant"


@must("§3.1.3.2", "the code has not expired")
def test_it_refuses_a_code_that_is_too_old(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)

    with time_machine.travel(time.time() + 61):
        assert redeem(shop, code).json()["error"] == "invalid_grant"


@must("§3.1.3.2", "the code was not used before")
def test_it_redeems_a_code_once(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)
    token = redeem(shop, code).json()["access_token"]

    assert redeem(shop, code).json()["error"] == "invalid_grant"
    assert not is_honoured(token)


@must("§3.1.3.2", "redirect_uri is the one of the authentication request")
@pytest.mark.parametrize("redirect_uri", [f"{CALLBACK}/", "https://shop.example/other", None])
def test_it_refuses_another_redirect_uri(bobs: Client, shop: Application, redirect_uri: str | None) -> None:
    shop.redirect_uris = f"{CALLBACK} https://shop.example/other"
    shop.save()

    answer = redeem(shop, code_for(bobs, shop), redirect_uri=redirect_uri)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_request")


@must("§3.1.3.3", "the answer has an access token, its type Bearer, and an ID token")
def test_it_answers_with_tokens(bobs: Client, shop: Application) -> None:
    answer = redeem(shop, code_for(bobs, shop))

    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert answer.json()["token_type"] == "Bearer"
    assert {"access_token", "id_token", "expires_in"} <= set(answer.json())


@must("§3.1.3.3", "answers with tokens aren't kept by caches")
def test_it_forbids_caching(bobs: Client, shop: Application) -> None:
    answer = redeem(shop, code_for(bobs, shop))

    assert answer["Cache-Control"] == "no-store"
    assert answer["Pragma"] == "no-cache"


@must("§3.1.3.4", "an error is a 400 with a JSON object that names it")
def test_it_answers_errors_in_json(shop: Application) -> None:
    answer = redeem(shop, "nonsense")

    assert answer.status_code == 400
    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert answer.json()["error"] == "invalid_grant"


@must("§3.1.3", "tokens are given by TLS only")
def test_it_sends_a_plain_request_to_https(shop: Application, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = redeem(shop, "anything")

    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")


@must("§16.4", "an access token lives for a limited time")
def test_it_limits_the_life_of_an_access_token(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)
    assert is_honoured(tokens["access_token"])

    with time_machine.travel(time.time() + tokens["expires_in"] + 30):
        assert not is_honoured(tokens["access_token"])


@must("§13.2", "requests to the token endpoint are forms")
def test_it_takes_forms_only(bobs: Client, shop: Application) -> None:
    answer = Client().post(
        "/auth/realms/runai/protocol/openid-connect/token",
        {"grant_type": "authorization_code", "code": code_for(bobs, shop)},
        content_type="application/json",
        headers=basic(shop),
    )

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
