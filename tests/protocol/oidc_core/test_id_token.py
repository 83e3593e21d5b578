import time

import jwt as pyjwt
import pytest
from django.test import Client

from accounts.models import Group, User
from tests.protocol.must import must
from tests.protocol.relying import ISSUER, claims_of, tokens_for
from tokens import jwt
from tokens.models import Application


@pytest.fixture
def id_token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["id_token"])


@must("§2", "iss, sub, aud, exp and iat are there")
@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_it_has_every_required_claim(id_token: str, claim: str) -> None:
    assert claims_of(id_token, "shop")[claim]


@must("§2", "iss is our issuer, without query and fragment")
def test_it_names_the_issuer(id_token: str) -> None:
    issuer = claims_of(id_token, "shop")["iss"]

    assert issuer == ISSUER
    assert "?" not in issuer
    assert "#" not in issuer


@must("§2", "sub is known to nobody else, and has at most 255 ASCII characters")
def test_it_names_the_person_by_a_short_ascii_id(bob: User, id_token: str) -> None:
    sub = claims_of(id_token, "shop")["sub"]

    assert sub == str(bob.pk)
    assert sub.isascii()
    assert len(sub) <= 255


@must("§2", "aud contains the client")
def test_it_is_for_the_client(id_token: str) -> None:
    assert claims_of(id_token, "shop")["aud"] == "shop"


@must("§2", "exp and iat are seconds, and exp lies ahead")
def test_it_expires_later_than_it_was_issued(id_token: str) -> None:
    claims = claims_of(id_token, "shop")

    assert type(claims["exp"]) is type(claims["iat"]) is int
    assert claims["iat"] <= time.time() < claims["exp"]


@must("§2", "a nonce is given back as it came")
@pytest.mark.parametrize("nonce", ["n", "Straße ✓", "a b+c&d=e%20", "x" * 400])
def test_it_gives_the_nonce_back_unchanged(bobs: Client, shop: Application, nonce: str) -> None:
    assert claims_of(tokens_for(bobs, shop, nonce=nonce)["id_token"], "shop")["nonce"] == nonce


@must("§2", "without a nonce in the request there is none")
def test_it_invents_no_nonce(bobs: Client, shop: Application) -> None:
    assert "nonce" not in claims_of(tokens_for(bobs, shop, nonce=None)["id_token"], "shop")


@must("§2", "auth_time is there when max_age was asked for")
def test_it_says_when_the_person_signed_in(bobs: Client, shop: Application) -> None:
    claims = claims_of(tokens_for(bobs, shop, max_age="3600")["id_token"], "shop")

    assert type(claims["auth_time"]) is int
    assert claims["auth_time"] <= claims["iat"]


@must("§2", "azp, where it is there, is the client")
def test_it_names_the_authorized_party(id_token: str) -> None:
    assert claims_of(id_token, "shop")["azp"] == "shop"


@must("§2", "amr, where it is there, is an array of strings")
def test_it_lists_how_the_person_authenticated(id_token: str) -> None:
    assert claims_of(id_token, "shop")["amr"] == ["pwd"]


@must("§2", "the ID token is signed, and never with none")
def test_it_is_signed(id_token: str) -> None:
    assert pyjwt.get_unverified_header(id_token)["alg"] == "RS256"
    assert id_token.split(".")[2]


@must("§2", "its header carries no key and no address of one")
def test_it_has_no_key_in_its_header(id_token: str) -> None:
    assert set(pyjwt.get_unverified_header(id_token)) == {"alg", "kid", "typ"}


@must("§3.1.3.6", "at_hash, where it is there, is the left half of the access token's hash")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_it_binds_the_access_token(bobs: Client, shop: Application, algorithm: str) -> None:
    Application.objects.update(algorithm=algorithm)

    tokens = tokens_for(bobs, shop)

    assert claims_of(tokens["id_token"], "shop")["at_hash"] == jwt.half_hash(tokens["access_token"])


@must("§5.7", "two people never have the same subject, whatever their address")
def test_it_keeps_the_subject_when_the_address_changes(bob: User, bobs: Client, shop: Application) -> None:
    before = claims_of(tokens_for(bobs, shop)["id_token"], "shop")

    User.objects.filter(pk=bob.pk).update(email="robert@example.com")
    after = claims_of(tokens_for(bobs, shop)["id_token"], "shop")

    assert after["email"] != before["email"]
    assert after["sub"] == before["sub"]


@must("§8", "a public subject is the same for every client")
def test_it_gives_every_client_the_same_subject(bobs: Client, shop: Application, other: Application) -> None:
    here, there = tokens_for(bobs, shop)["id_token"], tokens_for(bobs, other)["id_token"]

    assert claims_of(here, "shop")["sub"] == claims_of(there, "other")["sub"]


@must("§5.4", "the ID token says no more than the scopes that were granted")
def test_it_says_nothing_that_was_not_asked_for(bobs: Client, shop: Application, researchers: Group) -> None:
    claims = claims_of(tokens_for(bobs, shop, scope="openid")["id_token"], "shop")

    assert not {"email", "email_verified", "name", "preferred_username", "groups"} & set(claims)
