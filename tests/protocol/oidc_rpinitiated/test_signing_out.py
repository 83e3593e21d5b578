from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import BrowserAs
from tests.protocol.must import must
from tests.protocol.oidc_rpinitiated.leaving import LOGOUT, asks, confirm, is_signed_in, leave
from tests.protocol.relying import FORM, claims_of, destination, is_honoured, metadata, tokens_for
from tokens import jwt
from tokens.claims import Claims
from tokens.models import Application


@must("§2", "a request may come by GET")
def test_it_signs_out_by_get(bobs: Client, hint: str) -> None:
    assert is_signed_in(bobs)

    leave(bobs, id_token_hint=hint)

    assert not is_signed_in(bobs)


@must("§2", "a request may come by POST, as a form")
def test_it_signs_out_by_post(bobs: Client, hint: str) -> None:
    sent = bobs.generic("POST", LOGOUT, urlencode({"id_token_hint": hint}), FORM)
    bobs.get(destination(sent))

    assert not is_signed_in(bobs)


@must("§2", "nothing is asked for over an unprotected connection")
def test_it_sends_a_plain_request_to_https(bobs: Client, hint: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert leave(Client(), id_token_hint=hint).status_code == 301
    settings.SECURE_SSL_REDIRECT = False

    assert is_signed_in(bobs)


@must("§2", "an id_token_hint that this server didn't issue is refused")
@pytest.mark.parametrize("forged", ["nonsense", "e30.e30.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ."])
def test_it_refuses_a_hint_of_another_issuer(bobs: Client, shop: Application, forged: str) -> None:
    assert leave(bobs, id_token_hint=forged).status_code == 400
    assert is_signed_in(bobs)


@must("§2", "no other token of ours is an id_token_hint")
def test_it_takes_no_access_token_for_a_hint(bobs: Client, shop: Application) -> None:
    assert leave(bobs, id_token_hint=tokens_for(bobs, shop)["access_token"]).status_code == 400
    assert is_signed_in(bobs)


@must("§2", "an id_token_hint may have expired")
def test_it_takes_an_expired_hint(bob: User, bobs: Client, shop: Application) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        claims: Claims = {"sub": str(bob.pk), "azp": "shop"}
        old = jwt.sign(jwt.IDToken, claims, audience="shop", lifetime=timedelta(minutes=5))

    leave(bobs, id_token_hint=old)

    assert not is_signed_in(bobs)


@must("§2", "client_id, beside a hint, is the client that the hint was issued to")
def test_it_refuses_a_client_id_that_is_not_of_the_hint(bobs: Client, hint: str, other: Application) -> None:
    assert leave(bobs, id_token_hint=hint, client_id="other").status_code == 400
    assert is_signed_in(bobs)

    leave(bobs, id_token_hint=hint, client_id="shop")

    assert not is_signed_in(bobs)


@must("§2", "without an id_token_hint the person is asked")
def test_it_asks_when_there_is_no_hint(bobs: Client, shop: Application) -> None:
    assert asks(leave(bobs))
    assert asks(leave(bobs, client_id="shop"))
    assert is_signed_in(bobs)


@must("§2", "the person is asked when the hint is of somebody else")
def test_it_asks_when_the_hint_is_of_another_person(charlie: User, browser_as: BrowserAs, hint: str) -> None:
    charlies = browser_as(charlie)

    assert asks(leave(charlies, id_token_hint=hint))
    assert is_signed_in(charlies)


@must("§2", "the person is asked when the hint is of another session than this one")
def test_it_asks_when_the_hint_is_of_another_session(bob: User, browser_as: BrowserAs, hint: str) -> None:
    elsewhere = browser_as(bob)

    assert asks(leave(elsewhere, id_token_hint=hint))
    assert is_signed_in(elsewhere)


@must("§2", "the hint of a client that goes on by itself is of the session that let it in")
def test_it_takes_the_hint_of_a_client_with_a_session_of_its_own(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop, scope="openid offline_access")

    leave(bobs, id_token_hint=tokens["id_token"])

    assert not is_signed_in(bobs)


@must("§2", "who says yes is signed out")
def test_it_signs_out_who_says_yes(bobs: Client, shop: Application) -> None:
    confirm(bobs, leave(bobs, client_id="shop"))

    assert not is_signed_in(bobs)


@must("§2", "who says no stays")
def test_it_leaves_who_says_no(bobs: Client, shop: Application) -> None:
    confirm(bobs, leave(bobs, client_id="shop"), "stay")

    assert is_signed_in(bobs)


@must("§2", "logging out ends what clients were given in this session")
def test_it_ends_the_tokens_of_the_session(bobs: Client, shop: Application, other: Application) -> None:
    here, there = tokens_for(bobs, shop), tokens_for(bobs, other)

    leave(bobs, id_token_hint=here["id_token"])

    assert not is_honoured(here["access_token"])
    assert not is_honoured(there["access_token"])


@must("§2", "sessions of the same person elsewhere go on")
def test_it_leaves_other_browsers_alone(bob: User, browser_as: BrowserAs, hint: str, bobs: Client) -> None:
    elsewhere = browser_as(bob)

    leave(bobs, id_token_hint=hint)

    assert is_signed_in(elsewhere)


@must("§2", "logout_hint and ui_locales do no harm")
@pytest.mark.parametrize("name", ["logout_hint", "ui_locales", "colour"])
def test_it_takes_optional_parameters(bobs: Client, hint: str, name: str) -> None:
    leave(bobs, id_token_hint=hint, **{name: "tlh"})

    assert not is_signed_in(bobs)


@must("§2.1", "the endpoint is published as end_session_endpoint")
def test_it_publishes_its_address(hint: str) -> None:
    assert metadata()["end_session_endpoint"] == f"http://testserver{LOGOUT}"
    assert metadata()["issuer"] == claims_of(hint, "shop")["iss"]


@must("§6", "another site's request, without a good hint, signs nobody out")
def test_it_can_not_be_made_to_confirm_by_another_site(bob: User, shop: Application) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)

    assert browser.post(f"{LOGOUT}/confirm", {"decision": "sign out"}).status_code == 403


@must("§2", "who isn't signed in any more is told goodbye all the same")
def test_it_is_no_error_to_be_signed_out_already(shop: Application, hint: str) -> None:
    assert leave(Client(), id_token_hint=hint).status_code == 200


@must("§2", "a hint ends nothing without the browser of its person")
@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_ends_nothing_without_the_browser(bobs: Client, shop: Application, scope: str, method: str) -> None:
    tokens = tokens_for(bobs, shop, scope=scope)
    thief = Client()

    answer = getattr(thief, method)(LOGOUT, {"id_token_hint": tokens["id_token"]})
    if method == "post":
        thief.get(destination(answer))

    assert is_honoured(tokens["access_token"])
    assert is_signed_in(bobs)
