from urllib.parse import parse_qs, urlsplit

from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import ISSUER, authorize, decide, destination, landed, make_client, metadata
from tokens.models import Application


@must("§2", "a response with a code says who answers")
@must("§2", "iss is the issuer of the metadata, exactly")
def test_it_says_who_answers_with_a_code(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop))["iss"] == metadata()["issuer"] == ISSUER


@must("§2", "a response with an error says who answers")
def test_it_says_who_answers_with_an_error(bobs: Client, shop: Application) -> None:
    refused = authorize(bobs, shop, scope="no-such-scope")
    silent = authorize(Client(), shop, prompt="none")
    denied = decide(bobs, authorize(bobs, make_client("new")), "deny")

    assert {landed(answer)["iss"] for answer in (refused, silent, denied)} == {ISSUER}


@must("§2", "iss stands there once, whatever the redirect URI brings along")
def test_it_says_it_once(bobs: Client) -> None:
    odd = make_client("odd", redirect_uris="https://odd.example/callback?iss=https://evil.test", first_party=True)

    there = parse_qs(urlsplit(destination(authorize(bobs, odd))).query)

    assert there["iss"] == [ISSUER]


@must("§3", "the metadata says that it is said")
@must("§2.4", "the issuer is an https URL without query and fragment, where the server is reached by https")
def test_the_metadata_says_so() -> None:
    parts = urlsplit(metadata()["issuer"])

    assert metadata()["authorization_response_iss_parameter_supported"] is True
    assert (parts.query, parts.fragment) == ("", "")
