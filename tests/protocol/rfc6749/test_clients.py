"""§2: who asks."""

from typing import Any

from django.test import Client

from common.actors import SYSTEM
from tests.protocol.must import must
from tests.protocol.relying import (
    CALLBACK,
    PROTOCOL,
    SECRET,
    basic,
    code_for,
    make_client,
    make_public_client,
    post,
    redeem,
)
from tests.tokens.asking import CHALLENGE, VERIFIER
from tokens.models import Application
from tokens.services.applications import register_client
from tokens.services.clients import BUILT_IN

GRANT = {"grant_type": "client_credentials"}


@must("§2.3.1", "a client with a secret may use HTTP Basic")
@must("§4.4.2", "the client authenticates")
def test_it_takes_a_secret_by_basic(shop: Application) -> None:
    assert post("token", shop, **GRANT).status_code == 200


@must("§2.3.1", "id and secret are form-encoded in the header")
def test_it_decodes_what_basic_encodes(shop: Application) -> None:
    headers = basic(shop, SECRET.replace("-", "%2D"))

    assert post("token", None, headers, **GRANT).status_code == 200


@must("§2.3.1", "the secret may come in the body")
def test_it_takes_a_secret_in_the_body(shop: Application) -> None:
    assert post("token", None, client_id="shop", client_secret=SECRET, **GRANT).status_code == 200


@must("§2.3.1", "credentials never stand in the address")
def test_it_takes_no_secret_from_the_address(shop: Application) -> None:
    answer = post(f"token?client_id=shop&client_secret={SECRET}", None, **GRANT)

    assert answer.status_code in (400, 401)


@must("§2.1", "a public client may name itself by Basic with an empty secret")
def test_a_public_client_may_name_itself_by_basic(bobs: Client, page: Application) -> None:
    code = code_for(bobs, page)
    given = {
        "grant_type": "authorization_code",
        "redirect_uri": page.redirect_uris.split()[0],
        "code_verifier": VERIFIER,
    }

    wrong = post("token", None, basic(page, "guess"), code=code, **given)
    right = post("token", None, basic(page, ""), code=code, **given)

    assert (wrong.json()["error"], right.status_code) == ("invalid_client", 200)


@must("§2.3.1", "an empty secret proves no client that has one")
def test_an_empty_secret_proves_nothing(shop: Application) -> None:
    assert post("token", None, basic(shop, ""), **GRANT).json()["error"] == "invalid_client"


@must("§2.3", "a client authenticates in one way at a time")
def test_it_refuses_two_ways_at_once(shop: Application) -> None:
    answer = post("token", None, basic(shop), client_id="shop", client_secret=SECRET, **GRANT)

    assert answer.json()["error"] == "invalid_request"


@must("§2.3.1", "secrets can't be found by trying")
@must("§10.10", "credentials have more than 128 random bits")
def test_it_makes_secrets_that_nobody_guesses() -> None:
    made = {register_client(actor=SYSTEM, name=f"robot-{number}", registration={})[1] for number in range(5)}

    assert {len(secret) for secret in made} == {43}  # 256 bits in base64url
    assert len(made) == 5


@must("§2.3", "a public client's name proves nothing")
@must("§4.4", "client credentials are for confidential clients")
def test_a_public_client_gets_nothing_for_its_name(page: Application) -> None:
    Application.objects.filter(pk=page.pk).update(grant_types=["client_credentials", "authorization_code"])

    assert post("token", page, **GRANT).json()["error"] == "unauthorized_client"


@must("§10.1", "native clients are given no secret to authenticate with")
def test_its_own_native_clients_have_no_secret(shop: Application) -> None:
    built_in = Application.objects.filter(client_id__in=BUILT_IN)

    assert built_in.count() == len(BUILT_IN)
    assert {(client.secret_hash, client.client_type) for client in built_in} == {("", "public")}


@must("§3.2.1", "a confidential client authenticates when it redeems something")
@must("§4.1.3", "a confidential client authenticates for its code")
@must("§10.5", "a code is taken from an authenticated client")
def test_a_confidential_client_redeems_nothing_by_its_name(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)

    answer = redeem_by_name(code)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@must("§4.1.3", "a client that proves nothing says at least who it is")
@must("§3.2.1", "client_id keeps a code for another client from being redeemed")
def test_a_public_client_names_itself(bobs: Client, page: Application) -> None:
    code = code_for(bobs, page)

    nameless = post("token", None, grant_type="authorization_code", code=code, redirect_uri="https://x.example/")

    assert (nameless.status_code, nameless.json()["error"]) == (401, "invalid_client")
    assert redeem(page, code).status_code == 200


@must("§4.1.3", "a code is of the client that it was issued to")
@must("§10.5", "a code is redeemed by the client that it was issued to")
def test_a_code_is_of_one_client(bobs: Client, shop: Application, other: Application) -> None:
    code = code_for(bobs, shop)

    assert redeem(other, code).json()["error"] == "invalid_grant"


@must("§3.1.2.2", "public clients register redirect URIs")
def test_nobody_is_sent_to_a_client_without_redirect_uris(bobs: Client) -> None:
    make_public_client("bare", redirect_uris="")

    assert asked_of("bare", bobs).status_code == 400


@must("§3.1.2.3", "of several registered redirect URIs the client names one")
def test_it_chooses_none_of_several(bobs: Client) -> None:
    make_client("two", redirect_uris="https://two.example/a https://two.example/b")

    assert asked_of("two", bobs).status_code == 400


def asked_of(client_id: str, browser: Client) -> Any:
    """An authorization request without a redirect URI."""
    asked = {"client_id": client_id, "response_type": "code", "scope": "email"}
    return browser.get(f"{PROTOCOL}/auth", {**asked, "code_challenge": CHALLENGE, "code_challenge_method": "S256"})


def redeem_by_name(code: str) -> Any:
    asked = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return post("token", None, client_id="shop", code=code, **asked)
