from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from tests.protocol.must import must
from tests.protocol.relying import (
    CALLBACK,
    FORM,
    PROTOCOL,
    asks_to_sign_in,
    authorize,
    destination,
    landed,
    redeem,
    request_of,
    tokens_for,
)
from tokens.models import Application

AUTH = f"{PROTOCOL}/auth"


@must("§3.1.2.1", "the request may come by GET")
def test_it_takes_a_request_by_get(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop))


@must("§3.1.2.1", "the request may come by POST, as a form")
def test_it_takes_a_request_by_post(bobs: Client, shop: Application) -> None:
    answer = bobs.generic("POST", AUTH, urlencode(request_of(shop)), FORM)

    assert "code" in landed(bobs.get(destination(answer)))


@must("§3.1.2.1", "nothing is asked for over an unprotected connection")
def test_it_sends_a_plain_request_to_https(bobs: Client, shop: Application, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    answer = Client().get(AUTH, request_of(shop))

    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")


@must("§3.1.2.1", "with the scope openid there is an ID token")
@must("§3.1.3.2", "a code of an OpenID request gives an ID token")
def test_it_gives_an_id_token_for_the_scope_openid(bobs: Client, shop: Application) -> None:
    assert tokens_for(bobs, shop, scope="openid")["id_token"]


@must("§3.1.2.2", "without the scope openid it may be plain OAuth, and there is no ID token")
def test_it_gives_no_id_token_without_the_scope_openid(bobs: Client, shop: Application) -> None:
    assert "id_token" not in tokens_for(bobs, shop, scope="email")


@must("§3.1.2.2", "response_type is required")
def test_it_refuses_a_request_without_response_type(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop, response_type=None))["error"] == "invalid_request"


@must("§3.1.2.2", "client_id is required")
def test_it_refuses_a_request_without_client(bobs: Client, shop: Application) -> None:
    assert authorize(bobs, shop, client_id=None).status_code == 400


@must("§3.1.2.2", "redirect_uri is required, also when only one is registered")
@pytest.mark.parametrize("registered", [CALLBACK, f"{CALLBACK} https://shop.example/second"])
def test_it_refuses_a_request_without_redirect_uri(bobs: Client, shop: Application, registered: str) -> None:
    shop.redirect_uris = registered
    shop.save()

    assert authorize(bobs, shop, redirect_uri=None).status_code == 400


@must("§3.1.2.1", "redirect_uri is one of the registered ones, character by character")
@pytest.mark.parametrize("changed", [f"{CALLBACK}/", f"{CALLBACK}?a=b", CALLBACK.upper(), "https://evil.example/"])
def test_it_sends_nobody_to_another_address(bobs: Client, shop: Application, changed: str) -> None:
    answer = authorize(bobs, shop, redirect_uri=changed)

    assert answer.status_code == 400
    assert "Location" not in answer


@must("§3.1.2.1", "parameters that nobody knows are ignored")
def test_it_ignores_unknown_parameters(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, colour="green"))


@must("§3.1.2.1", "scopes that nobody knows are ignored, and what was given is said")
@pytest.mark.parametrize("scope", ["openid colours:read", "https://api.example.com/.default openid", "address openid"])
def test_it_ignores_unknown_scopes(bobs: Client, shop: Application, scope: str) -> None:
    answer = redeem(shop, landed(authorize(bobs, shop, scope=scope))["code"]).json()

    assert answer["scope"] == "openid"


@must("§3.1.2.3", "whoever isn't signed in is asked to sign in")
def test_it_authenticates_the_person_first(shop: Application) -> None:
    assert asks_to_sign_in(authorize(Client(), shop))


@must("§6.1", "a request object is refused as request_not_supported")
def test_it_refuses_a_request_object(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop, request="e30.e30."))["error"] == "request_not_supported"


@must("§6.2", "a reference to a request object is refused as request_uri_not_supported, and never fetched")
def test_it_refuses_a_request_uri(bobs: Client, shop: Application) -> None:
    answer = authorize(bobs, shop, request_uri="https://shop.example/request.jwt")

    assert landed(answer)["error"] == "request_uri_not_supported"


@must("§3.1.2.6", "a self-issued registration is refused as registration_not_supported")
def test_it_refuses_a_registration_in_the_request(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop, registration="{}"))["error"] == "registration_not_supported"


@must("§3.1.2.1", "a parameter without a value counts as left out")
@pytest.mark.parametrize("name", ["request", "request_uri", "registration", "prompt", "max_age", "response_mode"])
def test_it_takes_an_empty_parameter_for_none(bobs: Client, shop: Application, name: str) -> None:
    assert "code" in landed(authorize(bobs, shop, **{name: ""}))


@must("§3.1.2.1", "only the response types that are offered are served: code")
@pytest.mark.parametrize("response_type", ["token", "id_token", "id_token token", "code id_token", "none", "CODE"])
def test_it_offers_the_code_flow_only(bobs: Client, shop: Application, response_type: str) -> None:
    said = landed(authorize(bobs, shop, response_type=response_type))

    assert said["error"] == "unsupported_response_type"
    assert not {"code", "access_token", "id_token"} & set(said)


@must("§3.1.3.2", "the code that was given is the one that is redeemed")
def test_it_redeems_the_code_it_gave(bobs: Client, shop: Application) -> None:
    assert redeem(shop, landed(authorize(bobs, shop))["code"]).status_code == 200
