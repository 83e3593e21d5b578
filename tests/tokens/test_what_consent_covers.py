"""Consent is for a client as it was: whatever it got since then, or who holds its secret now, is asked for again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from tests.tokens.asking import PROTOCOL, SHOP_REDIRECT, authorize, code_in, make_shop, redeem, signed_in
from tokens.models import Application, Consent
from tokens.services.applications import delete_application, rotate_secret, update_registration
from tokens.services.consents import remember

NEW = "https://shop.example.com/new"
API = settings.API_AUDIENCE
SCOPES = ["openid", "email"]


def key(kid: str) -> dict[str, Any]:
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return {**pyjwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}


ONE, TWO = key("one"), key("two")


def registering(*steps: dict[str, Any]) -> Callable[[Application], Any]:
    """One change after the other."""

    def change(shop: Application) -> None:
        for step in steps:
            update_registration(actor=SYSTEM, application=shop, changes=step)

    return change


def register_anew(shop: Application) -> None:
    delete_application(actor=SYSTEM, application=shop)
    make_shop(scopes=SCOPES)


def by_key(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": list(keys)}}


@dataclass(frozen=True)
class Case:
    """What becomes of the client, what it asks for then, and whether the person is asked."""

    change: Callable[[Application], Any]
    asks: bool
    asked: dict[str, str] = field(default_factory=dict)
    registered: dict[str, Any] = field(default_factory=dict)


BOTH = {"redirect_uris": [SHOP_REDIRECT, NEW]}
OLD = {"redirect_uris": [SHOP_REDIRECT]}
NATIVE = {"application_type": "native", "redirect_uris": "http://127.0.0.1/callback"}
WITH_NEW = {"redirect_uris": f"{SHOP_REDIRECT} {NEW}"}
CASES = {
    "nothing": Case(registering(), False),
    "another name": Case(registering({"display_name": "The shop"}), False),
    "another way to send the same secret": Case(
        registering({"token_endpoint_auth_method": "client_secret_post"}), False
    ),
    "a redirect URI added, another one asked for": Case(registering(BOTH), False),
    "a redirect URI added": Case(registering(BOTH), True, {"redirect_uri": NEW}),
    "a redirect URI that was there": Case(registering(), False, {"redirect_uri": NEW}, WITH_NEW),
    "a redirect URI taken and added again": Case(registering(OLD, BOTH), True, {"redirect_uri": NEW}, WITH_NEW),
    "another port of the loopback": Case(registering(), False, {"redirect_uri": "http://127.0.0.1:5/callback"}, NATIVE),
    "an audience added, none asked for": Case(registering({"audiences": [API]}), False),
    "an audience added": Case(registering({"audiences": [API]}), True, {"resource": API}),
    "an audience that was agreed to": Case(registering(), False, {"resource": API}, {"audiences": [API]}),
    "an audience taken and added again": Case(
        registering({"audiences": []}, {"audiences": [API]}), True, {"resource": API}, {"audiences": [API]}
    ),
    "a scope added": Case(registering({"scopes": [*SCOPES, "groups"]}), True, {"scope": "openid groups"}),
    "a scope taken and added again": Case(
        registering({"scopes": ["openid"]}, {"scopes": SCOPES}), True, {"scope": "openid email"}
    ),
    "a new secret": Case(lambda shop: rotate_secret(actor=SYSTEM, application=shop), True),
    "a key in place of the secret": Case(registering(by_key(ONE)), True),
    "no proof at all any more": Case(registering({"token_endpoint_auth_method": "none"}), True),
    "a key replaced": Case(registering({"jwks": {"keys": [TWO]}}), True, {}, by_key(ONE)),
    "a key added": Case(registering({"jwks": {"keys": [ONE, TWO]}}), True, {}, by_key(ONE)),
    "a key removed": Case(registering({"jwks": {"keys": [ONE]}}), False, {}, by_key(ONE, TWO)),
    "a key under another kid": Case(registering({"jwks": {"keys": [{**ONE, "kid": "x"}]}}), False, {}, by_key(ONE)),
    "registered anew under its name": Case(register_anew, True),
}


@pytest.fixture
def browser(alice: User) -> Client:
    return signed_in(alice)


def is_asked(answer: Any) -> bool:
    """Or else sent back with a code."""
    asked = answer.status_code == 200 and "request_token" in answer.context
    assert asked or code_in(answer), answer.content
    return bool(asked)


def ask(browser: Client, case: Case) -> Any:
    usual = case.registered.get("redirect_uris", SHOP_REDIRECT).split()[0]
    return authorize(browser, **{"scope": "openid", "redirect_uri": usual, **case.asked})


@pytest.mark.whole
@pytest.mark.parametrize("name", CASES)
def test_it_is_asked_again_for_what_is_new(alice: User, browser: Client, name: str) -> None:
    case = CASES[name]
    shop = make_shop(**{"scopes": SCOPES, **case.registered})
    remember(user=alice, application=shop, scopes=SCOPES, audience="".join(shop.audiences))

    case.change(shop)

    assert is_asked(ask(browser, case)) == case.asks


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.asks])
def test_once_it_is_agreed_to_it_is_not_asked_again(alice: User, browser: Client, name: str) -> None:
    case = CASES[name]
    shop = make_shop(**{"scopes": SCOPES, **case.registered})
    remember(user=alice, application=shop, scopes=SCOPES, audience="".join(shop.audiences))
    case.change(shop)
    page = ask(browser, case)

    allowed = browser.post(
        f"{PROTOCOL}/auth/consent?{page.context['query']}",
        {"decision": "allow", "request_token": page.context["request_token"]},
    )

    assert "code=" in allowed.context["to"]
    assert not is_asked(ask(browser, case))


def test_agreeing_to_more_does_not_agree_to_what_was_added_beside_it(alice: User, browser: Client) -> None:
    shop = make_shop(scopes=[*SCOPES, "groups"])
    remember(user=alice, application=shop, scopes=SCOPES)
    update_registration(actor=SYSTEM, application=shop, changes=BOTH)
    remember(user=alice, application=shop, scopes=["groups"], redirect_uri=SHOP_REDIRECT)

    assert is_asked(authorize(browser, scope="openid", redirect_uri=NEW))


def test_the_page_says_what_changed(alice: User, browser: Client) -> None:
    shop = make_shop(scopes=SCOPES)
    first = authorize(browser, scope="openid").content.decode()
    remember(user=alice, application=shop, scopes=SCOPES)
    update_registration(actor=SYSTEM, application=shop, changes=BOTH)
    rotate_secret(actor=SYSTEM, application=shop)

    page = authorize(browser, scope="openid", redirect_uri=NEW).content.decode()

    assert "something changed" in page and "something changed" not in first
    assert "It takes you to an address that it did not have before." in page
    assert "Its secret or its keys were replaced since" in page


def test_what_was_agreed_to_before_it_was_remembered_is_asked_again(alice: User, browser: Client) -> None:
    """A consent from before the upgrade says nothing of redirect URIs and keys."""
    shop = make_shop(scopes=SCOPES)
    Consent.objects.create(user=alice, application=shop, scopes=SCOPES)

    assert is_asked(authorize(browser, scope="openid"))


def test_the_code_of_a_request_that_is_not_covered_is_not_made(alice: User, browser: Client) -> None:
    """As if the client were changed between the question and the answer."""
    shop = make_shop(scopes=SCOPES)
    remember(user=alice, application=shop, scopes=SCOPES)
    code = code_in(authorize(browser, scope="openid"))
    rotate_secret(actor=SYSTEM, application=shop, overlap=timedelta(0))

    assert is_asked(authorize(browser, scope="openid"))
    assert redeem(code).status_code == 401  # by the secret of before


FULL = {"scopes": SCOPES, "audiences": [API], "redirect_uris": [SHOP_REDIRECT, NEW]}
LESS = {"scopes": ["openid"], "audiences": [], "redirect_uris": [SHOP_REDIRECT]}
AGREED = {"scopes": sorted(SCOPES), "audiences": [API], "redirect_uris": sorted([SHOP_REDIRECT, NEW])}


@pytest.mark.parametrize("taken", [each for count in range(4) for each in combinations(FULL, count)])
def test_consents_lose_just_what_was_taken(alice: User, taken: tuple[str, ...]) -> None:
    shop = make_shop(scopes=SCOPES, audiences=[API], redirect_uris=f"{SHOP_REDIRECT} {NEW}")
    consent = remember(user=alice, application=shop, scopes=SCOPES, audience=API, redirect_uri=NEW)

    for registered in (LESS, FULL):
        update_registration(actor=SYSTEM, application=shop, changes={name: registered[name] for name in taken})

    consent.refresh_from_db()
    assert {name: getattr(consent, name) for name in FULL} == {**AGREED, **{name: LESS[name] for name in taken}}
