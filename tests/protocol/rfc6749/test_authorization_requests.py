"""§3.1 and §4.1: a person is sent here by a client, and back."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from tests.protocol.must import must
from tests.protocol.relying import (
    CALLBACK,
    PROTOCOL,
    allow,
    asks_for_consent,
    asks_to_sign_in,
    authorize,
    decide,
    destination,
    landed,
    make_client,
    request_of,
)
from tokens.models import Application, AuthorizationCode

AUTH = f"{PROTOCOL}/auth"


@must("§3.1", "the person is known before anything is given")
def test_it_asks_who_it_is_first(client: Client, shop: Application) -> None:
    assert asks_to_sign_in(authorize(client, shop))
    assert not AuthorizationCode.objects.exists()


@must("§3.1", "the endpoint answers GET")
@must("§4.1.2", "code and state are added to the query of the redirect URI")
def test_it_sends_the_person_back_with_a_code(bobs: Client, shop: Application) -> None:
    there = landed(authorize(bobs, shop, state="xyz"))

    assert set(there) == {"code", "state", "iss"}
    assert there["state"] == "xyz"


@must("§3.1", "people are sent over TLS")
@must("§10.9", "the endpoints are reached over TLS")
def test_it_sends_a_plain_request_to_https(shop: Application, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get(AUTH, request_of(shop))["Location"].startswith("https://")
    assert Client().post(f"{PROTOCOL}/token")["Location"].startswith("https://")


@must("§3.1", "a parameter without a value counts as left out")
def test_it_leaves_out_what_is_empty(bobs: Client, shop: Application) -> None:
    assert "error" not in landed(authorize(bobs, shop, request="", response_mode="", prompt="", max_age=""))


@must("§3.1", "a parameter that it doesn't know is ignored")
def test_it_ignores_what_it_does_not_know(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, access_type="offline", x="y"))


@must("§3.1", "no parameter stands there twice")
@pytest.mark.parametrize("name", ["client_id", "response_type", "scope", "state", "code_challenge", "nonce"])
def test_it_refuses_what_stands_there_twice(bobs: Client, shop: Application, name: str) -> None:
    asked = request_of(shop)

    answer = bobs.get(AUTH, {**asked, name: [asked[name], asked[name]]})

    assert answer.status_code == 400 and "Location" not in answer.headers


@must("§3.1.1", "response_type is required, and one that is not offered is refused")
@must("§4.1.2.1", "what can be told to the client is told at its redirect URI, with its state")
@pytest.mark.parametrize(
    ("response_type", "error"),
    [(None, "invalid_request"), ("token", "unsupported_response_type"), ("code token", "unsupported_response_type")],
)
def test_it_tells_the_client_of_a_wrong_response_type(
    bobs: Client, shop: Application, response_type: str | None, error: str
) -> None:
    there = landed(authorize(bobs, shop, response_type=response_type, state="xyz"))

    assert (there["error"], there["state"]) == (error, "xyz")


@must("§3.1.2", "the query of a redirect URI is kept")
def test_it_keeps_the_query_of_the_redirect_uri(bobs: Client) -> None:
    wiki = make_client("wiki", redirect_uris="https://wiki.example/callback?space=a%20b", first_party=True)

    there = parse_qs(urlsplit(destination(authorize(bobs, wiki))).query)

    assert there["space"] == ["a b"]
    assert set(there) == {"space", "code", "state", "iss"}


@must("§3.1.2.3", "the redirect URI is compared with those that are registered")
@must("§3.1.2.4", "nobody is sent to a redirect URI that is not valid")
@must("§4.1.2.1", "a wrong client or redirect URI is told to the person, and not by a redirect")
@must("§10.6", "a redirect URI is validated against what is registered")
@must("§10.15", "the endpoint is no open redirector")
@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://evil.test/"},
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "/callback"},
    ],
)
def test_it_tells_the_person_whom_it_can_not_trust(bobs: Client, shop: Application, wrong: dict[str, str]) -> None:
    answer = authorize(bobs, shop, **wrong)

    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert b"refused" in answer.content


@must("§3.3", "a scope that the client may not have is refused")
def test_it_refuses_a_scope_that_the_client_may_not_have(bobs: Client, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(scopes=["openid"])

    assert landed(authorize(bobs, shop, scope="openid email"))["error"] == "invalid_scope"


@must("§3.3", "what is no scope-token is refused")
@must("§4.1.2.1", "error is one of the listed words, in plain ASCII")
def test_it_refuses_what_is_no_scope(bobs: Client, shop: Application) -> None:
    there = landed(authorize(bobs, shop, scope="openid every\u200bthing"))

    assert there["error"] == "invalid_scope"
    assert there.get("error_description", "").isascii()


@must("§4.1.1", "the person decides")
@must("§4.1.2.1", "access_denied says that the person said no")
def test_it_says_when_the_person_said_no(bobs: Client) -> None:
    answer = authorize(bobs, make_client("new"))

    assert asks_for_consent(answer)
    assert landed(decide(bobs, answer, "deny"))["error"] == "access_denied"


@must("§10.12", "a decision is protected against being forged")
def test_nobody_decides_for_the_person(bobs: Client) -> None:
    question = authorize(bobs, make_client("new"))
    bobs.handler.enforce_csrf_checks = True

    answer = bobs.post(f"{AUTH}/consent?{question.context['query']}", {"decision": "allow"})

    assert answer.status_code == 403
    assert not AuthorizationCode.objects.exists()


@must("§10.13", "the pages can't be framed")
def test_its_pages_can_not_be_framed(bobs: Client) -> None:
    page = authorize(bobs, make_client("new"))

    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@must("§10.14", "what came with the request is cleaned before it is shown")
def test_it_shows_nothing_that_runs(bobs: Client) -> None:
    page = authorize(bobs, make_client("new", display_name="<script>x</script>"), state='"><script>y</script>')

    assert b"<script>x" not in page.content and b"<script>y" not in page.content


@must("§4.1.2", "state comes back exactly as it was sent")
@pytest.mark.parametrize("state", ["a b+c", "&code=evil", "é✓", "%0d%0aX: y", "x" * 500])
def test_it_gives_the_state_back_as_it_was(bobs: Client, bob: object, state: str) -> None:
    shop = make_client("plain", redirect_uris=CALLBACK)
    allow(bob, shop)  # type: ignore[arg-type]  # the cast's bob

    assert landed(authorize(bobs, shop, state=state))["state"] == state
