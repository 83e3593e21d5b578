from django.test import Client
from pytest_django import Settings

from tests.protocol.must import must
from tests.protocol.relying import PROTOCOL, basic, introspect, make_public_client, post, tokens_for
from tokens.models import Application


@must("§2.1", "whoever asks is authorized in some way")
def test_it_refuses_a_stranger(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = post("token/introspect", None, token=token)

    assert answer.status_code == 401
    assert "active" not in answer.json()


@must("§2.3", "bad client credentials are a 401 of invalid_client")
def test_it_refuses_a_wrong_secret(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = post("token/introspect", shop, basic(shop, "wrong"), token=token)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer["WWW-Authenticate"].startswith("Basic")


@must("§4", "a public client can't authenticate, and so can't ask")
def test_it_refuses_a_public_client(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = post("token/introspect", make_public_client(), token=token)

    assert answer.status_code in (400, 401)
    assert "active" not in answer.json()


@must("§2.1", "the request is an HTTP POST of a form")
def test_it_takes_no_token_from_the_address(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert Client().get(f"{PROTOCOL}/token/introspect", {"token": token}, headers=basic(shop)).status_code == 405
    assert post(f"token/introspect?token={token}", shop).status_code == 400


@must("§2.1", "the parameter token is required")
def test_it_refuses_a_request_without_a_token(shop: Application) -> None:
    answer = post("token/introspect", shop)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


@must("§2.1", "a hint that is wrong must not keep the token from being found")
def test_it_looks_further_when_the_hint_is_wrong(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert introspect(shop, token, token_type_hint="refresh_token")["active"] is True
    assert introspect(shop, token, token_type_hint="sealing_wax")["active"] is True


@must("§4", "nothing is told over an unprotected connection")
def test_it_sends_a_plain_request_away(bobs: Client, shop: Application, settings: Settings) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    settings.SECURE_SSL_REDIRECT = True
    answer = post("token/introspect", shop, token=token)

    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")
