from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import ISSUER, REALM

INSERTED = f"/.well-known/oauth-authorization-server{REALM}"
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
    "jwks_uri",
)


@pytest.fixture
def document(keys: None) -> dict[str, Any]:
    return dict(Client().get(INSERTED).json())


@must("§3", "the document is where the well-known name is put between host and path of the issuer")
def test_it_publishes_its_metadata_between_host_and_path(keys: None) -> None:
    assert Client().get(INSERTED).json()["issuer"] == ISSUER


@must("§3", "the terminating slash of an issuer makes no difference to where it is")
def test_it_has_an_issuer_without_a_terminating_slash(document: dict[str, Any]) -> None:
    assert not document["issuer"].endswith("/")


@must("§3.1", "the document is read by GET, by anybody")
def test_it_answers_get_without_credentials(keys: None) -> None:
    assert Client().get(INSERTED).status_code == 200
    assert Client().post(INSERTED).status_code == 405


@must("§3.2", "the answer is a 200 of type application/json")
def test_it_answers_a_json_object(keys: None) -> None:
    answer = Client().get(INSERTED)

    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert isinstance(answer.json(), dict)


@must("§3.2", "what can have several values is an array, and none is empty")
def test_it_lists_values_in_arrays_that_are_not_empty(document: dict[str, Any]) -> None:
    several = {
        name: value for name, value in document.items() if name.endswith("_supported") and value not in (True, False)
    }

    assert all(isinstance(value, list) and value for value in several.values()), several


@must("§3.3", "the issuer in the document is the issuer it was found by")
def test_it_names_the_issuer_that_it_was_asked_for(document: dict[str, Any]) -> None:
    parts = urlsplit(document["issuer"])

    assert f"/.well-known/oauth-authorization-server{parts.path}" == INSERTED


@must("§2", "the issuer has neither query nor fragment")
def test_it_has_an_issuer_without_query_and_fragment(document: dict[str, Any]) -> None:
    parts = urlsplit(document["issuer"])

    assert (parts.query, parts.fragment) == ("", "")


@must("§2", "issuer, authorization endpoint, token endpoint and response types are there")
def test_it_has_what_is_required(document: dict[str, Any]) -> None:
    assert {"issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"} <= set(document)
    assert document["response_types_supported"] == ["code"]


@must("§2", "what is listed as an endpoint is one")
@pytest.mark.parametrize("name", ENDPOINTS)
def test_it_serves_the_endpoints_that_it_lists(document: dict[str, Any], name: str) -> None:
    assert document[name].startswith(f"{ISSUER}/")
    assert Client().post(document[name]).status_code != 404


@must("§2", "the signing keys are where jwks_uri says, each with its use")
def test_it_publishes_keys_with_their_use(document: dict[str, Any]) -> None:
    keys = Client().get(document["jwks_uri"]).json()["keys"]

    assert {key["use"] for key in keys} == {"sig"}


@must("§2", "with private_key_jwt the signing algorithms of assertions are listed, none never among them")
@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_it_lists_the_algorithms_of_client_assertions(document: dict[str, Any], endpoint: str) -> None:
    algorithms = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]

    assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
    assert "RS256" in algorithms
    assert "none" not in algorithms


@must("§2", "PKCE is offered only when its methods are listed")
def test_it_lists_the_methods_of_pkce(document: dict[str, Any]) -> None:
    assert document["code_challenge_methods_supported"] == ["S256"]


@must("§2", "grant types are listed where they aren't the default ones")
def test_it_lists_its_grant_types(document: dict[str, Any]) -> None:
    assert set(document["grant_types_supported"]) >= {
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    }
    assert "implicit" not in document["grant_types_supported"]


@must("§2", "URLs begin with https where the server is reached by https")
def test_it_makes_every_url_from_the_public_address(document: dict[str, Any]) -> None:
    urls = [value for value in document.values() if isinstance(value, str) and "://" in value]

    assert urls
    assert all(url.startswith("http://testserver/") for url in urls)


@must("§5", "what OpenID Connect publishes says the same")
def test_it_says_the_same_as_the_openid_document(document: dict[str, Any]) -> None:
    openid = Client().get(f"{REALM}/.well-known/openid-configuration").json()

    assert {name: openid[name] for name in document if name in openid} == {
        name: value for name, value in document.items() if name in openid
    }
