import time

import jwt as pyjwt
import pytest
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.oidc_backchannel.receiver import Received, Receiver
from tests.protocol.relying import ISSUER, claims_of, introspect, is_honoured, tokens_for
from tokens.models import Application

# Delivered by a thread of its own, after the commit.
pytestmark = pytest.mark.django_db(transaction=True)

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def told(bobs: Client, shop: Application, receiver: Receiver) -> Received:
    """What the shop is told when bob, who is signed in to it, signs out."""
    tokens_for(bobs, shop)
    bobs.post("/logout")
    return receiver.next()


@must("§2.5", "the client is told by an HTTP POST of a form with a logout_token")
def test_it_posts_a_form_with_the_logout_token(told: Received) -> None:
    assert told.method == "POST"
    assert told.content_type.split(";")[0] == "application/x-www-form-urlencoded"
    assert len(told.form["logout_token"]) == 1


@must("§2.5", "a query of the client's address stays")
def test_it_posts_to_the_registered_address(told: Received) -> None:
    assert told.path == "/logout?tenant=one"


@must("§2.4", "iss, aud, iat, exp, jti and events are there")
@pytest.mark.parametrize("claim", ["iss", "aud", "iat", "exp", "jti", "events"])
def test_it_has_every_required_claim(told: Received, claim: str) -> None:
    assert claims_of(told.logout_token, "shop")[claim]


@must("§2.4", "iss and aud are this server and the client")
def test_it_says_by_whom_and_for_whom(told: Received) -> None:
    claims = claims_of(told.logout_token, "shop")

    assert (claims["iss"], claims["aud"]) == (ISSUER, "shop")


@must("§2.4", "it expires, soon")
def test_it_expires_soon(told: Received) -> None:
    claims = claims_of(told.logout_token, "shop")

    assert time.time() < claims["exp"] <= claims["iat"] + 120


@must("§2.4", "events names the logout, with an object, empty as a rule")
def test_it_names_the_event(told: Received) -> None:
    assert claims_of(told.logout_token, "shop")["events"] == {EVENT: {}}


@must("§2.4", "there is no nonce, so that nobody takes it for an ID token")
def test_it_has_no_nonce(told: Received) -> None:
    assert "nonce" not in claims_of(told.logout_token, "shop")


@must("§2.4", "it is signed as ID tokens are, never with none, and says what it is")
def test_it_is_signed_and_typed(told: Received) -> None:
    header = pyjwt.get_unverified_header(told.logout_token)

    assert (header["alg"], header["typ"]) == ("RS256", "logout+jwt")


@must("§2.4", "it says who, by sub or sid or both")
def test_it_names_the_person_and_the_session(bob: User, bobs: Client, shop: Application, receiver: Receiver) -> None:
    id_token = claims_of(tokens_for(bobs, shop)["id_token"], "shop")

    bobs.post("/logout")
    claims = claims_of(receiver.next().logout_token, "shop")

    assert (claims["sub"], claims["sid"]) == (str(bob.pk), id_token["sid"])


@must("§4", "it passes for no other token of ours")
def test_it_opens_nothing(told: Received, shop: Application) -> None:
    assert not is_honoured(told.logout_token)
    assert introspect(shop, told.logout_token) == {"active": False}
