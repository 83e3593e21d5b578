from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import BrowserAs
from tests.protocol.must import must
from tests.protocol.relying import (
    CALLBACK,
    PROTOCOL,
    allow,
    asks_for_consent,
    authorize,
    decide,
    destination,
    landed,
    make_client,
    redeem,
)
from tokens.models import Application, AuthorizationCode, Consent


@pytest.fixture
def unknown(keys: None) -> Application:
    """A client that nobody agreed to yet."""
    return make_client("unknown")


@must("§3.1.2.4", "the person decides before a client gets anything")
def test_it_asks_the_person_first(bobs: Client, unknown: Application) -> None:
    question = authorize(bobs, unknown)

    assert asks_for_consent(question)
    assert AuthorizationCode.objects.count() == 0


@must("§3.1.2.4", "the page says which client asks for what")
def test_it_says_what_it_asks_about(bobs: Client, unknown: Application) -> None:
    page = authorize(bobs, unknown, scope="openid email").content.decode()

    assert "unknown" in page
    assert "e-mail address" in page
    assert "groups" not in page.partition("<main")[2]


@must("§3.1.2.4", "consent for less is none for more")
def test_it_asks_again_when_more_is_wanted(bob: User, bobs: Client, unknown: Application) -> None:
    Consent.objects.create(user=bob, application=unknown, scopes=["openid"])

    assert asks_for_consent(authorize(bobs, unknown, scope="openid email"))


@must("§3.1.2.4", "consent of one person is none of another")
def test_it_asks_each_person(charlie: User, shop: Application, browser_as: BrowserAs) -> None:
    assert asks_for_consent(authorize(browser_as(charlie), shop))


@must("§3.1.2.5", "a positive answer brings code and state to the redirect URI, in the query")
def test_it_brings_the_code_to_the_redirect_uri(bobs: Client, shop: Application) -> None:
    answer = authorize(bobs, shop)
    parts = urlsplit(destination(answer))

    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK
    assert parts.fragment == ""
    assert landed(answer)["state"] == "state-1"
    assert landed(answer)["code"]


@must("§3.1.2.5", "a query that the redirect URI has already stays")
def test_it_keeps_the_query_of_the_redirect_uri(bob: User, bobs: Client) -> None:
    shop = make_client(redirect_uris=f"{CALLBACK}?tenant=one")
    allow(bob, shop)

    assert landed(authorize(bobs, shop))["tenant"] == "one"


@must("§3.1.2.6", "whoever says no sends the client access_denied with its state")
def test_it_tells_the_client_of_a_no(bobs: Client, unknown: Application) -> None:
    said = landed(decide(bobs, authorize(bobs, unknown), "deny"))

    assert (said["error"], said["state"]) == ("access_denied", "state-1")
    assert "code" not in said


@must("§3.1.2.6", "errors bring the state back unchanged")
@pytest.mark.parametrize("state", ["s", "a b+c&d=e%20", "é✓", '<script>"'])
def test_it_gives_the_state_back_in_errors(bobs: Client, shop: Application, state: str) -> None:
    assert landed(authorize(bobs, shop, response_type="token", state=state))["state"] == state
    assert landed(authorize(bobs, shop, state=state))["state"] == state


@must("§3.1.2.6", "without a state there is none in the answer")
def test_it_invents_no_state(bobs: Client, shop: Application) -> None:
    assert "state" not in landed(authorize(bobs, shop, state=None))


@must("§3.1.2.6", "an error goes to no address that isn't registered")
def test_it_shows_an_error_page_for_an_unknown_client(bobs: Client, shop: Application) -> None:
    answer = authorize(bobs, shop, client_id="nobody")

    assert answer.status_code == 400
    assert "Location" not in answer


@must("§3.1.2.3", "the answer of the person can't be forged by another site")
def test_it_takes_no_decision_without_the_cookie_and_token_of_its_page(bob: User, unknown: Application) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)

    answer = browser.post(f"{PROTOCOL}/auth/consent?client_id=unknown", {"decision": "allow"})

    assert answer.status_code == 403
    assert Consent.objects.count() == 0


@must("§3.1.2.3", "no other site shows the page in a frame")
def test_it_forbids_frames(bobs: Client, unknown: Application) -> None:
    question = authorize(bobs, unknown)

    assert question["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in question["Content-Security-Policy"]


@must("§16.18", "nobody is sent on by a 307, which would repeat the password")
def test_it_sends_nobody_on_with_307(bobs: Client, unknown: Application) -> None:
    decided = decide(bobs, authorize(bobs, unknown))

    assert decided.status_code in (200, 303)
    assert authorize(bobs, unknown).status_code == 303
    assert redeem(unknown, landed(decided)["code"]).status_code == 200
