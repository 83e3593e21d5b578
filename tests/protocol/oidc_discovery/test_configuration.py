from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import ISSUER, REALM, claims_of, metadata, tokens_for
from tokens.models import Application

PATH = f"{REALM}/.well-known/openid-configuration"


@pytest.fixture
def document() -> dict[str, Any]:
    return metadata()


@must("§4", "the document is where the well-known name is put behind the issuer")
def test_it_publishes_the_document_behind_the_issuer() -> None:
    assert Client().get(PATH).json()["issuer"] == ISSUER


@must("§4.1", "the document is read by GET, by anybody")
def test_it_answers_get_without_credentials() -> None:
    assert Client().get(PATH).status_code == 200
    assert Client().post(PATH).status_code == 405


@must("§4.1", "an issuer's terminating slash makes no second address")
def test_it_has_an_issuer_without_a_terminating_slash(document: dict[str, Any]) -> None:
    assert not document["issuer"].endswith("/")


@must("§4.2", "the answer is a 200 of type application/json")
def test_it_answers_a_json_object() -> None:
    answer = Client().get(PATH)

    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert isinstance(answer.json(), dict)


@must("§4.2", "several values are an array, and no array is empty")
def test_it_lists_values_in_arrays_that_are_not_empty(document: dict[str, Any]) -> None:
    several = [value for name, value in document.items() if name.endswith("_supported") and type(value) is not bool]

    assert several
    assert all(isinstance(value, list) and value for value in several)


@must("§4.3", "the issuer is the one of the address, and that of ID tokens")
def test_it_names_the_issuer_of_id_tokens(bobs: Client, shop: Application, document: dict[str, Any]) -> None:
    claims = claims_of(tokens_for(bobs, shop)["id_token"], "shop")

    assert f"{urlsplit(document['issuer']).path}/.well-known/openid-configuration" == PATH
    assert claims["iss"] == document["issuer"]


@must("§3", "issuer has neither query nor fragment")
def test_it_has_an_issuer_without_query_and_fragment(document: dict[str, Any]) -> None:
    parts = urlsplit(document["issuer"])

    assert (parts.query, parts.fragment) == ("", "")


@must("§3", "what every provider publishes is there")
@pytest.mark.parametrize(
    "name",
    [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "scopes_supported",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "claims_supported",
    ],
)
def test_it_publishes(document: dict[str, Any], name: str) -> None:
    assert document[name]


@must("§3", "endpoints are where the document says")
@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"]
)
def test_it_serves_the_endpoints_that_it_lists(document: dict[str, Any], name: str) -> None:
    assert document[name].startswith(f"{ISSUER}/")
    assert Client().get(document[name]).status_code != 404


@must("§3", "RS256 is among the algorithms of ID tokens")
def test_it_lists_rs256(document: dict[str, Any]) -> None:
    assert "RS256" in document["id_token_signing_alg_values_supported"]


@must("§3", "none is never among the algorithms of ID tokens or of client assertions")
@pytest.mark.parametrize(
    "name", ["id_token_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported"]
)
def test_it_does_not_list_none(document: dict[str, Any], name: str) -> None:
    assert "none" not in document[name]


@must("§3", "openid is among the scopes")
def test_it_lists_the_scope_openid(document: dict[str, Any]) -> None:
    assert "openid" in document["scopes_supported"]


@must("§3", "the claims that are given are listed")
def test_it_lists_the_claims_that_it_gives(bobs: Client, shop: Application, document: dict[str, Any]) -> None:
    claims = claims_of(tokens_for(bobs, shop)["id_token"], "shop")

    assert set(claims) - {"jti", "nbf"} <= set(document["claims_supported"])


@must("§3", "what isn't offered, and counts as offered when nothing is said, is said: request_uri")
def test_it_says_that_it_takes_no_request_objects(document: dict[str, Any]) -> None:
    assert document["request_uri_parameter_supported"] is False
    assert document.get("request_parameter_supported", False) is False
    assert document.get("claims_parameter_supported", False) is False


@must("§3", "the response types, modes and grants that aren't the default ones are listed")
def test_it_lists_only_what_it_offers(document: dict[str, Any]) -> None:
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == ["query"]
    assert not {"implicit", "password"} & set(document["grant_types_supported"])


@must("§3", "keys carry a use, and are public")
def test_it_publishes_public_signing_keys(document: dict[str, Any]) -> None:
    for key in Client().get(document["jwks_uri"]).json()["keys"]:
        assert key["use"] == "sig"
        assert "d" not in key


@must("§3", "subjects are public")
def test_it_lists_its_kind_of_subject(document: dict[str, Any]) -> None:
    assert document["subject_types_supported"] == ["public"]


@must("§7.1", "every address begins as the public one does: with https, where that has it")
def test_it_makes_every_address_from_the_public_one(document: dict[str, Any]) -> None:
    addresses = [value for value in document.values() if isinstance(value, str) and "://" in value]

    assert addresses
    assert all(address.startswith("http://testserver/") for address in addresses)
