"""O15 and O16: strange parameters get a quick no, and nothing of them is ever markup, script or a header."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from tests.tokens.asking import (
    CHALLENGE,
    PROTOCOL,
    SHOP_REDIRECT,
    SHOP_SECRET,
    VERIFIER,
    authorize,
    code_in,
    make_shop,
    signed_in,
)
from tokens.models import Application, AuthorizationCode
from tokens.services.consents import remember

FORM = "application/x-www-form-urlencoded"
QUICK = 2  # seconds, on a busy machine; it takes milliseconds

AUTHORIZATION = {
    "client_id": "shop",
    "response_type": "code",
    "redirect_uri": SHOP_REDIRECT,
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "prompt": "none",
    "max_age": "600",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "login_hint": "a@example.com",
    "id_token_hint": "x",
    "response_mode": "query",
}
UNREAD = {"max_age", "code_challenge", "code_challenge_method"}
REDEMPTION = {
    "grant_type": "authorization_code",
    "client_id": "shop",
    "client_secret": SHOP_SECRET,
    "code": "c",
    "redirect_uri": SHOP_REDIRECT,
    "code_verifier": VERIFIER,
    "scope": "openid",
}
ENDPOINTS = ["token", "revoke", "token/introspect", "auth/device"]


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def post(body: str | bytes, endpoint: str = "token", content_type: str = FORM) -> Any:
    began = time.perf_counter()
    answer = Client().generic("POST", f"{PROTOCOL}/{endpoint}", body, content_type)
    assert time.perf_counter() - began < QUICK
    return answer


def get(browser: Client, query: str) -> Any:
    began = time.perf_counter()
    answer = browser.get(f"{PROTOCOL}/auth?{query}")
    assert time.perf_counter() - began < QUICK
    return answer


def is_refused(answer: Any) -> bool:
    return bool(answer.status_code in (400, 413) and answer.json()["error"] in ("invalid_request", "invalid_scope"))


def gave_nothing(answer: Any) -> bool:
    return code_in(answer) == "" and not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("name", AUTHORIZATION)
@pytest.mark.parametrize("same", [True, False])
def test_o15_no_parameter_stands_twice_in_an_authorization_request(browser: Client, name: str, same: bool) -> None:
    second = AUTHORIZATION[name] if same else "https://evil.example.com/"

    answer = get(browser, urlencode([*AUTHORIZATION.items(), (name, second)]))

    assert answer.status_code == 400 and gave_nothing(answer)


@pytest.mark.parametrize("name", REDEMPTION)
def test_o15_no_parameter_stands_twice_in_a_token_request(shop: Application, name: str) -> None:
    assert is_refused(post(urlencode([*REDEMPTION.items(), (name, REDEMPTION[name])])))


@pytest.mark.parametrize("name", REDEMPTION)
def test_o15_no_parameter_stands_in_the_url_of_a_token_request(shop: Application, name: str) -> None:
    answer = post(urlencode(REDEMPTION), f"token?{urlencode({name: REDEMPTION[name]})}")

    assert is_refused(answer)


SCOPES = {
    "16 KB": "openid " + "x" * 16_384,
    "101 scopes": " ".join(f"s{number}" for number in range(101)),
    "ten thousand times the same": " ".join(["openid"] * 10_000),
}


@pytest.mark.parametrize("size", SCOPES)
def test_o15_an_oversize_scope_is_refused_by_the_authorization_endpoint(browser: Client, size: str) -> None:
    answer = get(browser, urlencode({**AUTHORIZATION, "scope": SCOPES[size]}))

    assert answer.status_code == 400 and gave_nothing(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("size", SCOPES)
def test_o15_an_oversize_scope_is_refused_elsewhere(shop: Application, endpoint: str, size: str) -> None:
    assert is_refused(post(urlencode({**REDEMPTION, "token": "t", "scope": SCOPES[size]}), endpoint))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", ["client_id", "scope", "code", "token", "state", "new"])
def test_o15_a_nul_is_refused(shop: Application, endpoint: str, name: str) -> None:
    assert is_refused(post(urlencode({**REDEMPTION, "token": "t", name: "a\x00b"}), endpoint))


@pytest.mark.parametrize("name", [*AUTHORIZATION, "new"])
def test_o15_a_nul_is_refused_by_the_authorization_endpoint(browser: Client, name: str) -> None:
    answer = get(browser, urlencode({**AUTHORIZATION, name: "a\x00b"}))

    assert answer.status_code == 400 and gave_nothing(answer)


NOT_READ = ("invalid_request", "invalid_client", "unsupported_grant_type")
BODIES: dict[str, str | bytes] = {
    "a thousand fields": "&".join(f"f{number}=1" for number in range(1001)),
    "300 KB": "scope=" + "x" * 300_000,
    "no UTF-8": b"grant_type=%ff%fe&client_id=\xff",
    "nothing": "",
    "only separators": "&&&===&&&",
    "JSON": '{"grant_type": "client_credentials"}',
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("body", BODIES)
def test_o15_a_strange_body_is_refused(shop: Application, endpoint: str, body: str) -> None:
    answer = post(BODIES[body], endpoint)

    assert answer.status_code in (400, 401, 413) and answer.json()["error"] in NOT_READ


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_o15_only_forms_are_read(shop: Application, content_type: str) -> None:
    assert is_refused(post(urlencode(REDEMPTION), content_type=content_type))


EVIL = "\"'><script>alert(1)</script>\r\nSet-Cookie: evil=1\r\n\r\n<svg onload=alert(2)>&#x0d;"


def is_harmless(answer: Any) -> bool:
    text = answer.content.decode()
    raw = [part for part in ("<script>alert", "<svg onload", "\"'><script") if part in text]
    told = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    harmful = "\r" in told or "<" in answer.headers.get("Location", "") or "evil" in answer.cookies
    return not harmful and (not raw or answer.headers["Content-Type"] == "application/json")


@pytest.mark.parametrize("name", [*sorted(AUTHORIZATION.keys() - UNREAD), "audience", "new"])
@pytest.mark.parametrize("who", ["nobody", "alice"])
def test_o16_authorization_requests_come_back_encoded(browser: Client, name: str, who: str) -> None:
    client = browser if who == "alice" else Client()

    answer = authorize(client, **{name: EVIL})

    assert is_harmless(answer)
    if answer.status_code in (302, 303) and answer.headers["Location"].startswith("/login"):
        assert is_harmless(client.get(answer.headers["Location"]))


@pytest.mark.parametrize("name", ["state", "nonce", "login_hint"])
def test_o16_the_consent_page_shows_nothing_of_it(alice: User, shop: Application, name: str) -> None:
    page = authorize(signed_in(alice), **{name: EVIL})

    assert page.templates[0].name == "tokens/consent.html"
    assert is_harmless(page)


def test_o16_the_state_comes_back_as_it_was(browser: Client) -> None:
    answer = authorize(browser, state=EVIL)

    assert urlencode({"state": EVIL}) in answer.headers["Location"]
    assert is_harmless(answer)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("name", ["grant_type", "scope", "code", "client_id", "token", "audience", "device_code"])
def test_o16_errors_are_json_that_no_browser_takes_for_a_page(shop: Application, endpoint: str, name: str) -> None:
    answer = post(urlencode({**REDEMPTION, "token": "t", name: EVIL}), endpoint)

    assert answer.headers["Content-Type"] == "application/json" or not answer.content
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert is_harmless(answer)
    told = answer.json().get("error_description", "") if answer.content else ""
    assert not set('"\\\r\n') & set(told)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["code", "error_description"])
def test_o16_the_page_with_a_code_to_copy_shows_it_as_text(settings: Any, name: str) -> None:
    settings.LEGACY_REMOTE_BROWSER = True

    page = Client().get("/oauth-code", {name: EVIL})

    assert page.status_code == 200 and is_harmless(page)


@pytest.mark.parametrize("path", ["/device", "/login"])
def test_o16_what_a_link_fills_in_is_text(alice: User, path: str) -> None:
    asked = {"user_code": EVIL, "login_hint": EVIL, "next": f"/{EVIL}", "again": "1"}

    assert is_harmless(signed_in(alice).get(path, asked))


def test_o16_every_page_says_what_may_run(browser: Client, alice: User, shop: Application) -> None:
    asked = {"prompt": "consent"}

    policy = authorize(browser, **asked).headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy


def test_o16_form_post_is_not_offered(browser: Client) -> None:
    answer = authorize(browser, response_mode="form_post")

    assert "error=invalid_request" in answer.headers["Location"] and gave_nothing(answer)
