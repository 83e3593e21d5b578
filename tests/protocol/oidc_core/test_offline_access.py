import pytest
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import (
    allow,
    asks_for_consent,
    authorize,
    decide,
    landed,
    make_client,
    redeem,
    refresh,
    tokens_for,
)
from tokens.models import Application

OFFLINE = "openid offline_access"


@pytest.fixture
def unknown(keys: None) -> Application:
    return make_client("unknown")


@must("§11", "a web client gets offline access only by consent")
def test_it_asks_before_it_gives_offline_access(bobs: Client, unknown: Application) -> None:
    assert asks_for_consent(authorize(bobs, unknown, scope=OFFLINE))


@must("§11", "consent to something else is none to offline access")
def test_it_asks_again_when_offline_access_is_new(bob: User, bobs: Client, unknown: Application) -> None:
    allow(bob, unknown, "openid", "email")

    assert "code" in landed(authorize(bobs, unknown, scope="openid"))
    assert asks_for_consent(authorize(bobs, unknown, scope=OFFLINE))


@must("§11", "the page says what offline access means")
def test_it_says_what_offline_access_means(bobs: Client, unknown: Application) -> None:
    assert b"when you have left" in authorize(bobs, unknown, scope=OFFLINE).content


@must("§11", "with consent there is a refresh token that outlives the browser session")
def test_it_goes_on_after_the_person_left(bobs: Client, unknown: Application) -> None:
    code = landed(decide(bobs, authorize(bobs, unknown, scope=OFFLINE, prompt="consent")))["code"]
    tokens = redeem(unknown, code).json()

    bobs.post("/logout")

    assert refresh(unknown, tokens["refresh_token"]).status_code == 200


@must("§11", "without offline access nothing outlives the browser session")
def test_it_ends_with_the_browser_session_otherwise(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop, scope="openid")

    bobs.post("/logout")

    assert refresh(shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@must("§11", "offline access is ignored where no code is asked for")
def test_it_gives_no_offline_access_without_a_code(bobs: Client, shop: Application) -> None:
    said = landed(authorize(bobs, shop, scope=OFFLINE, response_type="id_token"))

    assert said["error"] == "unsupported_response_type"


@must("§11", "a client that isn't registered for offline access gets none")
def test_it_gives_no_offline_access_to_who_may_not_have_it(bobs: Client, shop: Application) -> None:
    shop.scopes = ["openid"]
    shop.save()

    assert landed(authorize(bobs, shop, scope=OFFLINE))["error"] == "invalid_scope"
