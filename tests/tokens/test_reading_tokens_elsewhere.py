"""Others verify and decode our tokens with libraries of their own."""

import base64
import json

import jwt as pyjwt
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Group, User
from tests.tokens.asking import by_password, by_secret
from tokens.budget import PlainJSON
from tokens.models import Application

CERTS = "/auth/realms/runai/protocol/openid-connect/certs"


def test_pyjwt_verifies_it_against_the_published_keys(bob: User, researchers: Group, client: Client) -> None:
    token = by_password(bob)["accessToken"]
    keys = pyjwt.PyJWKSet.from_dict(client.get(CERTS).json())
    key = keys[pyjwt.get_unverified_header(token)["kid"]]

    claims = pyjwt.decode(
        token, key, algorithms=["RS256"], audience="urn:runai:api", issuer="http://testserver/auth/realms/runai"
    )

    assert claims["sub"] == str(bob.pk)
    assert claims["groups"] == ["researchers"]


def test_an_id_token_is_for_the_client_alone(alice: User, client: Client) -> None:
    token = by_password(alice, clientID="runai-cli")["idToken"]
    header = pyjwt.get_unverified_header(token)
    key = pyjwt.PyJWKSet.from_dict(client.get(CERTS).json())[header["kid"]]

    claims = pyjwt.decode(token, key, algorithms=["RS256"], audience="runai-cli")

    assert (header["typ"], claims["azp"], claims["email"]) == ("JWT", "runai-cli", alice.email)


def test_its_header_names_the_kind_and_the_key(robo: Application) -> None:
    header = pyjwt.get_unverified_header(by_secret(robo)["accessToken"])

    assert header.keys() == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60), groups=st.lists(st.text(alphabet=">?~\x7f a-_éü☃𝄞", max_size=12), max_size=4))
def test_standard_base64_decodes_any_payload(name: str, groups: list[str]) -> None:
    written = json.dumps({"name": name, "groups": groups}, cls=PlainJSON, separators=(",", ":"))

    encoded = base64.urlsafe_b64encode(written.encode("ascii"))

    assert not set(encoded) & set(b"-_")
    assert json.loads(base64.b64decode(encoded)) == {"name": name, "groups": groups}


def test_the_payload_of_a_hostile_name_decodes_with_standard_base64(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(first_name="a>b?c~d", last_name="é☃")

    payload = by_password(alice)["accessToken"].split(".")[1]

    assert json.loads(base64.b64decode(payload + "=="))["name"] == "a>b?c~d é☃"


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/auth/realms/runai/.well-known/openid-configuration"]
)
def test_discovery_names_the_issuer_exactly(db: None, client: Client, path: str) -> None:
    found = client.get(path)

    assert found.json()["issuer"] == "http://testserver/auth/realms/runai"
    assert found.json()["jwks_uri"] == f"http://testserver{CERTS}"
    assert found["Cache-Control"] == "public, max-age=300"
    assert found["Access-Control-Allow-Origin"] == "*"


def test_the_published_keys_hold_nothing_private(db: None, client: Client) -> None:
    keys = client.get(CERTS).json()["keys"]

    assert {key["alg"] for key in keys} == {"RS256", "ES256"}
    assert all(key.keys() <= {"kty", "n", "e", "crv", "x", "y", "kid", "alg", "use"} for key in keys)
