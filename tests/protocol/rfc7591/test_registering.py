from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.tokens.asking import PROTOCOL, authorize, signed_in
from tests.tokens.registering import CALLBACK, DEVICE, WIKI, ec_jwk, make_token, public, register
from tokens.models import Application


@pytest.fixture
def token(db: None) -> str:
    return make_token(uses=2)


def refused(token: str, **more: object) -> str:
    """The error word for the wiki's metadata with these members."""
    answer = register(token, {**WIKI, **more})
    assert answer.status_code == 400, answer.content
    return str(answer.json()["error"])


def made(token: str, **more: object) -> dict[str, Any]:
    answer = register(token, {**WIKI, **more})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


@must("§2", "what is not understood is ignored")
def test_it_ignores_what_it_does_not_understand(token: str) -> None:
    assert "flavour" not in made(token, flavour="sour", **{"client_name#fr": "Le wiki"})


@must("§2", "a client of a flow with redirection registers its redirect URIs")
def test_it_wants_redirect_uris(token: str) -> None:
    assert refused(token, redirect_uris=[]) == "invalid_redirect_uri"
    assert made(token, redirect_uris=[], grant_types=[DEVICE])["redirect_uris"] == []


@must("§2", "without a word on it a client authenticates by client_secret_basic")
@must("§2", "without a word on it a client may use the authorization code alone")
@must("§2", "without a word on it the response type is code")
def test_it_fills_in_what_was_left_out(token: str) -> None:
    registered = made(token)

    assert registered["token_endpoint_auth_method"] == "client_secret_basic"
    assert (registered["grant_types"], registered["response_types"]) == (["authorization_code"], ["code"])


@must("§2", "jwks is a JWK set of public keys")
@must("§2", "jwks and jwks_uri don't stand together")
def test_it_takes_keys_by_value_alone(token: str) -> None:
    key = public(ec_jwk())
    by_key = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}}

    assert refused(token, **by_key, jwks_uri="https://wiki.example.com/keys") == "invalid_client_metadata"
    assert refused(token, **by_key | {"jwks": {"keys": [ec_jwk()]}}) == "invalid_client_metadata"
    assert made(token, **by_key)["jwks"] == {"keys": [key]}


@must("§2.1", "grant types and response types go together")
@pytest.mark.parametrize(
    ("grants", "responses"),
    [
        (["authorization_code"], ["token"]),
        (["authorization_code"], []),
        ([DEVICE], ["code"]),
        (["implicit"], ["token"]),
    ],
)
def test_it_refuses_response_types_without_their_grant(token: str, grants: list[str], responses: list[str]) -> None:
    assert refused(token, grant_types=grants, response_types=responses) == "invalid_client_metadata"


@must("§3", "the endpoint takes POST with JSON")
def test_it_takes_json_by_post(token: str) -> None:
    got = Client().get(f"{PROTOCOL}/registrations", headers={"Authorization": f"Bearer {token}"})
    form = register(token, "client_name=wiki", content_type="application/x-www-form-urlencoded")

    assert (got.status_code, form.status_code, register(token).status_code) == (405, 400, 201)


@must("§3.1", "an initial access token comes as bearer token (RFC 6750)")
def test_it_takes_the_token_in_the_header_alone(token: str) -> None:
    elsewhere = register(None, {**WIKI, "access_token": token})

    assert (elsewhere.status_code, elsewhere.headers["WWW-Authenticate"]) == (401, "Bearer")


@must("§3.2.1", "the answer is 201, JSON, and kept by nobody")
def test_it_answers_json_that_nobody_keeps(token: str) -> None:
    answer = register(token)

    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")


@must("§3.2.1", "each client gets an id of its own")
@must("§3.2.1", "each client gets a secret of its own")
def test_it_gives_two_clients_nothing_in_common(token: str) -> None:
    first, second = made(token), made(token)

    assert first["client_id"] != second["client_id"]
    assert first["client_secret"] != second["client_secret"]


@must("§3.2.1", "with a secret comes when it expires")
def test_it_says_that_a_secret_does_not_expire(token: str) -> None:
    assert made(token)["client_secret_expires_at"] == 0
    assert "client_secret_expires_at" not in made(token, token_endpoint_auth_method="none")


@must("§3.2.1", "all that was registered is answered, what was filled in too")
def test_it_answers_what_it_registered(token: str) -> None:
    registered = made(token, scope="openid", application_type="web")

    row = Application.objects.get(client_id=registered["client_id"])
    assert registered["client_name"] == row.display_name == "Team Wiki"
    assert registered["redirect_uris"] == row.redirect_uris.split() == [CALLBACK]
    assert registered["scope"].split() == row.scopes == ["openid"]


@must("§3.2.2", "refused metadata is a 400 with one of the registered words, in JSON")
def test_it_names_what_is_wrong_with_a_redirect_uri_and_with_the_rest(token: str) -> None:
    assert refused(token, redirect_uris=["not a uri"]) == "invalid_redirect_uri"
    assert refused(token, token_endpoint_auth_method="by_letter") == "invalid_client_metadata"


@must("§5", "redirect URIs are https, on the loopback, or of the application's own scheme")
@pytest.mark.parametrize(
    ("uri", "kind", "taken"),
    [
        ("https://wiki.example.com/cb", "web", True),
        ("http://127.0.0.1/cb", "native", True),
        ("com.example.wiki:/cb", "native", True),
        ("http://wiki.example.com/cb", "web", False),
        ("http://wiki.example.com/cb", "native", False),
        ("com.example.wiki:/cb", "web", False),
        ("javascript:alert(1)", "native", False),
    ],
)
def test_it_sends_people_only_where_nobody_listens_in(token: str, uri: str, kind: str, taken: bool) -> None:
    answer = register(token, {"redirect_uris": [uri], "application_type": kind})

    assert answer.status_code == (201 if taken else 400)


@must("§5", "what a client says of itself is not taken for true: people are asked")
def test_it_asks_people_before_a_registered_client_knows_them(token: str, bob: User) -> None:
    registered = made(token)

    asked = authorize(signed_in(bob), client_id=registered["client_id"], redirect_uri=CALLBACK)

    assert asked.status_code == 200
    assert "Team Wiki" in asked.content.decode()
