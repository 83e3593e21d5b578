"""A parameter sent without a value is answered as one that is left out (RFC 6749 §3.1, §3.2)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import CALLBACK, FORM, PROTOCOL, SECRET, allow, landed, make_client, request_of
from tests.tokens.asking import VERIFIER, signed_in
from tokens.models import Application, AuthorizationCode

pytestmark = pytest.mark.usefixtures("keys")

ASKED = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge"),
    *("code_challenge_method", "prompt", "max_age", "login_hint", "id_token_hint", "acr_values", "ui_locales"),
    *("response_mode", "resource", "audience", "claims", "request", "request_uri", "registration", "display"),
)
REDEEMED = ("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "scope", "resource")


@pytest.fixture
def shop(db: None) -> Application:
    return make_client()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    allow(alice, shop)
    return signed_in(alice)


def told(answer: Any) -> tuple[int, dict[str, str]]:
    """Return the status, and what the client learns of it, the code as a word."""
    if answer.status_code != 303:
        return answer.status_code, {}
    found = dict(parse_qsl(urlsplit(answer["Location"]).query, keep_blank_values=True))
    return answer.status_code, found | ({"code": "one"} if "code" in found else {})


@must("§3.1", "a parameter without a value counts as left out of an authorization request")
@pytest.mark.parametrize("scope", ["openid", "email"])
@pytest.mark.parametrize("name", ASKED)
def test_an_authorization_request(browser: Client, shop: Application, name: str, scope: str) -> None:
    request = request_of(shop, scope=scope)
    request.pop(name, None)

    without = browser.get(f"{PROTOCOL}/auth", request)
    empty = browser.get(f"{PROTOCOL}/auth", {**request, name: ""})

    assert told(empty) == told(without)


@must("§3.2", "a parameter without a value counts as left out of a token request")
@pytest.mark.parametrize("name", REDEEMED)
def test_a_token_request(browser: Client, shop: Application, name: str) -> None:
    code = landed(browser.get(f"{PROTOCOL}/auth", request_of(shop)))["code"]
    kept = AuthorizationCode.objects.get()
    request = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    request |= {"client_id": shop.client_id, "client_secret": SECRET}
    request.pop(name, None)

    empty = browser.post(f"{PROTOCOL}/token", urlencode({**request, name: ""}), content_type=FORM)
    AuthorizationCode.objects.all().delete()
    kept.save(force_insert=True)
    without = browser.post(f"{PROTOCOL}/token", urlencode(request), content_type=FORM)

    assert (empty.status_code, empty.json().keys()) == (without.status_code, without.json().keys())
    assert empty.json().get("error") == without.json().get("error")
