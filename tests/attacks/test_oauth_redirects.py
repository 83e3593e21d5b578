"""O01 and O02: to nowhere but a registered redirect URI is anybody sent, with or without a code."""

import pytest
from django.test import Client

from accounts.models import User
from tests.tokens.asking import SHOP_REDIRECT, authorize, code_in, make_shop, redeem, signed_in
from tokens.services.consents import remember

# tests.tokens.asking.SHOP_REDIRECT is https://shop.example.com/callback
NEAR_MISSES = [
    "https://shop.example.com/callback/",
    "https://shop.example.com/callback?x=1",
    "https://shop.example.com/callback#",
    "https://shop.example.com/callback#f",
    "https://shop.example.com/callback/../callback",
    "https://shop.example.com/..;/callback",
    "https://shop.example.com/%2e%2e/callback",
    "https://shop.example.com/%63allback",
    "https://shop.example.com:443/callback",
    "https://SHOP.example.com/callback",
    "HTTPS://shop.example.com/callback",
    "https://shop.example.com./callback",
    "https://shop.example.com@evil.test/callback",
    "https://a@b@shop.example.com/callback",
    "https://shop.example.com\\@evil.test/callback",
    "https://shop.example.com\\.evil.test/callback",
    "https:shop.example.com/callback",
    "//shop.example.com/callback",
    "https://shop.example.com.evil.test/callback",
    "https://evil.test/https://shop.example.com/callback",
    "https://shop.example.com/callback\n",
    "https://shop.example.com/callback ",
    " https://shop.example.com/callback",
    "https://shop.example.com/callback\t",
    "http://shop.example.com/callback",
    "https://shop.example.com/Callback",
    "https://shöp.example.com/callback",
    "https://xn--shop.example.com/callback",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "https://*.example.com/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "/callback",
]


@pytest.fixture
def shop_browser(alice: User, keys: None) -> Client:
    shop = make_shop()
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def test_it_sends_the_code_to_the_registered_one(shop_browser: Client) -> None:
    answer = authorize(shop_browser)

    assert answer.headers["Location"].startswith(f"{SHOP_REDIRECT}?code=")


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_o01_it_sends_nobody_to_what_only_resembles_a_registered_one(shop_browser: Client, uri: str) -> None:
    answer = authorize(shop_browser, redirect_uri=uri)

    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert b"http-equiv" not in answer.content


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_o01_not_even_with_an_error(shop_browser: Client, uri: str) -> None:
    answer = authorize(shop_browser, redirect_uri=uri, scope="no-such-scope", response_type="token")

    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_o01_no_code_is_redeemed_with_another_one(shop_browser: Client, uri: str) -> None:
    code = code_in(authorize(shop_browser))

    assert redeem(code, redirect_uri=uri).status_code == 400
    assert redeem(code).status_code == 200


NATIVE = (
    "http://127.0.0.1/callback http://[::1]/callback http://localhost:8000/callback https://shop.example.com/callback"
)


@pytest.fixture
def native_browser(alice: User, keys: None) -> Client:
    shop = make_shop(application_type="native", redirect_uris=NATIVE)
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:49152/callback",
        "http://[::1]:1/callback",
        "http://127.0.0.1/callback",
        "http://localhost:8000/callback",
    ],
)
def test_o02_a_native_client_may_listen_on_any_port_of_the_loopback(native_browser: Client, uri: str) -> None:
    answer = authorize(native_browser, redirect_uri=uri)

    assert answer.headers["Location"].startswith(f"{uri}?code=")


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:49152/other",
        "http://127.0.0.2:49152/callback",
        "http://localhost:49152/callback",
        "https://127.0.0.1:49152/callback",
        "http://127.0.0.1:49152@evil.test/callback",
        "http://127.0.0.1:0x50/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:080/callback",
        "http://127.0.0.1:/callback",
        "http://2130706433:80/callback",
        "http://user@127.0.0.1:80/callback",
        "http://127.0.0.1.evil.test:80/callback",
        "http://[::ffff:127.0.0.1]:80/callback",
        "http://[0:0:0:0:0:0:0:1]:80/callback",
        "HTTP://127.0.0.1:80/callback",
        "https://shop.example.com:8443/callback",
    ],
)
def test_o02_but_nowhere_else(native_browser: Client, uri: str) -> None:
    answer = authorize(native_browser, redirect_uri=uri)

    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_o02_a_web_client_has_the_port_it_registered(alice: User, keys: None) -> None:
    make_shop(redirect_uris="http://127.0.0.1/callback")

    answer = authorize(signed_in(alice), redirect_uri="http://127.0.0.1:49152/callback")

    assert answer.status_code == 400
