"""Authorization requests as long as real clients make them, through the sign-in and back."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from accounts.services import throttle
from tests import cast
from tests.protocol.relying import destination
from tests.sso.idp import IdP
from tests.sso.signing_in import Visitor, connect
from tests.tokens.asking import CHALLENGE, PROTOCOL, SHOP_REDIRECT, authorize, make_shop
from tokens.models import Application, KeptRequest

LENGTHS = (100, 900, 1100, 2000, 4000, 8500)  # of characters, of which the half takes three bytes in a URL


@pytest.fixture
def shop(db: None) -> Application:
    return make_shop(first_party=True)


def state(length: int) -> str:
    """As oauth2-proxy writes it: a nonce, a colon, and an address with a query of its own."""
    return ("6hq9:https://grafana.example.com/d/x?var=" + "a%2Fb&c=d+" * length)[:length]


def sign_in(browser: Client, sent: Any, user: User) -> dict[str, str]:
    """On the page that the request led to, and wherever that leads."""
    there = dict(parse_qsl(urlsplit(sent["Location"]).query))
    answer = browser.post(sent["Location"], {"email": user.email, "password": cast.PASSWORD, "next": there["next"]})
    return landed(browser, answer)


def landed(browser: Client, answer: Any) -> dict[str, str]:
    """What the client is told, wherever the browser is sent on the way to it."""
    while not destination(answer).startswith(SHOP_REDIRECT):
        answer = browser.get(destination(answer))
    return dict(parse_qsl(urlsplit(destination(answer)).query))


@pytest.mark.parametrize("length", LENGTHS)
def test_they_come_back_with_their_state(shop: Application, bob: User, length: int) -> None:
    browser = Client()

    back = sign_in(browser, authorize(browser, state=state(length)), bob)

    assert back["code"]
    assert back["state"] == state(length)


@pytest.mark.parametrize("length", LENGTHS)
def test_they_come_back_from_a_directory(shop: Application, db: None, length: int) -> None:
    idp = IdP()
    visitor = Visitor(idp, connect(idp))
    sent = authorize(visitor.browser, state=state(length))
    there = dict(parse_qsl(urlsplit(sent["Location"]).query))

    asked = visitor.ask(next=there["next"])
    visitor.post(idp.answer(asked, name_id="bob-1", attributes={"email": ["bob@example.com"]}))
    back = landed(visitor.browser, visitor.browser.get(there["next"]))

    assert back["state"] == state(length)


def test_a_request_that_is_longer_is_refused_by_its_length(shop: Application) -> None:
    answer = authorize(Client(), state="x" * 17000)

    assert answer.status_code == 400
    assert b"longer than 16384 bytes" in answer.content


def test_it_comes_by_post_too(shop: Application) -> None:
    asked = {
        "client_id": "shop",
        "response_type": "code",
        "redirect_uri": SHOP_REDIRECT,
        "scope": "openid",
        "state": state(8000),
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    form = "application/x-www-form-urlencoded"

    sent_on = Client().post(f"{PROTOCOL}/auth", urlencode(asked), content_type=form)

    assert parse_qs(urlsplit(sent_on["Location"]).query)["state"] == [state(8000)]


def test_only_what_is_too_long_and_asked_by_a_client_is_kept(shop: Application) -> None:
    authorize(Client(), state=state(400))
    authorize(Client(), state=state(8000), client_id="nobody")
    authorize(Client(), state=state(8000), redirect_uri="https://evil.example.com/")

    assert not KeptRequest.objects.exists()


def test_what_strangers_may_keep_is_bounded(shop: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "KEPT_REQUESTS_PER_ADDRESS", 3)

    answers = [authorize(Client(), state=state(8000)).status_code for _ in range(5)]

    assert answers == [303, 303, 303, 400, 400]
    assert KeptRequest.objects.count() == 3


@pytest.mark.parametrize("reference", ["x", "x" * 5000, "%00", "..%2f"])
def test_a_reference_that_nobody_made_leads_nowhere(shop: Application, reference: str) -> None:
    answer = Client().get(f"{PROTOCOL}/auth/kept/{reference}")

    assert answer.status_code in (400, 404)
    assert "Location" not in answer.headers


def test_what_is_kept_is_known_by_its_hash(shop: Application, settings: LazySettings) -> None:
    there = parse_qs(urlsplit(authorize(Client(), state=state(8000))["Location"]).query)["next"][0]

    assert KeptRequest.objects.get().pk not in there
    assert there.rpartition("/")[2] not in str(KeptRequest.objects.values_list())
