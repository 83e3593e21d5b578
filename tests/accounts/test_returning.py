"""Whatever address somebody comes back to, they find a page: generated over the whole URLconf."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.test import Client
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Group, User
from accounts.returning import HOME, page_for
from clustersync.models import Cluster
from tests import cast
from tests.accounts.addresses import addresses
from tests.conftest import BrowserAs
from tests.tokens.asking import PROTOCOL, SHOP_REDIRECT, authorize, make_shop
from tokens.models import Application

CLUSTER = "/admin/clustersync/cluster/{}"


@pytest.fixture
def browser(ada: User, prod: Cluster, researchers: Group, robo: Application, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def no_page(answer: Any) -> bool:
    """A page that says that there is nothing, or nothing for them, is one too; "method not allowed" is none."""
    return answer.status_code not in (200, 403, 404) or not answer.headers["Content-Type"].startswith("text/html")


def sign_in_page_after(answer: Any) -> str:
    """The address of the sign-in page to which a stranger is sent; empty if they are not."""
    place = answer.headers.get("Location", "")
    return sign_in_page_after(Client().get(place)) if place.startswith("/admin/login/?") else place


@pytest.mark.slow
def test_every_address_leads_to_a_page(browser: Client) -> None:
    led = {address: browser.get("/login", {"next": address}, follow=True) for address in addresses()}

    assert len(led) > 180
    # Pages too, which say what is wrong with an empty question, or with one that nobody kept.
    asked = [f"{PROTOCOL}/auth", f"{PROTOCOL}/auth/kept/x", f"{PROTOCOL}/auth/consent"]
    assert [address for address, answer in led.items() if no_page(answer)] == asked


@pytest.mark.slow
def test_so_does_every_form_that_was_sent_too_late(browser: Client) -> None:
    sent_to = {address: sign_in_page_after(Client().post(address, {"a": "b"})) for address in addresses()}
    late = {address: place for address, place in sent_to.items() if place.startswith("/login?next=")}

    led = {address: browser.get(place, follow=True) for address, place in late.items()}

    assert len(led) > 80
    assert [address for address, answer in led.items() if no_page(answer)] == [f"{PROTOCOL}/auth/consent"]


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/account", "/account"),
        ("/account#command-line", "/account#command-line"),
        ("/admin/accounts/user/?q=a%20b&o=1", "/admin/accounts/user/?q=a%20b&o=1"),
        ("/account/sessions/end-others", "/account"),
        ("/account/sessions/00000000-0000-4000-8000-000000000000/end", "/account"),
        ("/account/cluster-tokens", "/account"),
        ("/account/applications/1/withdraw", "/account"),
        ("/cli/runai-identity", "/account"),
        ("/api/docs/openapi.json", "/api/docs"),
        (f"{PROTOCOL}/auth/consent?client_id=shop&state=a", f"{PROTOCOL}/auth?client_id=shop&state=a"),
        ("/logout", "/"),
        ("/login", "/"),
        ("/login?next=/login", "/"),
        ("/session", "/"),
        ("/api/v1/users", "/"),
        ("/static/css/people.css", "/"),
        ("/admin/jsi18n/", "/"),
        ("/admin/autocomplete/", "/"),
        ("/admin/logout/", "/"),
        (f"{PROTOCOL}/token", "/"),
        (f"{PROTOCOL}/logout", "/"),
        ("/auth/realms/runai/broker/corp/endpoint", "/"),
        ("/auth/realms/runai/broker/corp/login", "/"),
        ("/admin/accounts/user/../../../logout/change/", "/"),
        ("/admin/accounts/user/%2e%2e/%2e%2e/%2e%2e/logout/change/", "/"),
        ("/admin/accounts/user/..\\..\\logout/change/", "/"),
        ("/admin/accounts/user/\t/change/", "/"),
        ("/admin/accounts/user/%0d%0aSet-Cookie/change/", "/"),
        ("//elsewhere.example/account", "/"),
        ("///elsewhere.example/account", "/"),
        ("/\\elsewhere.example/account", "/"),
        ("/%2felsewhere.example/account", "/"),
        ("https://elsewhere.example/account", "/"),
        ("http://testserver/account", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,account", "/"),
        ("/javascript:alert(1)", "/"),
        ("account", "/"),
        ("?next=/account", "/"),
        ("/account?" + "a" * 3000, "/"),
        ("/account?a=\u202e", "/"),
        ("http://[", "/"),
        ("/[", "/"),
    ],
)
def test_it_is_the_page_that_the_address_belongs_to(browser: Client, address: str, page: str) -> None:
    assert browser.get("/login", {"next": address})["Location"] == page


WORDS = ("//", "..", "%2e", "%2f", "%5c", "%00", "javascript:", "https://elsewhere.example", "admin", "account", "auth")
PARTS = st.sampled_from([*"/\\.%\t\0\ud800@:[]#?é", *WORDS])


@given(st.lists(PARTS | st.text(max_size=3), max_size=12).map("".join))
def test_whatever_it_is_it_leads_to_a_place_of_ours(wanted: str) -> None:
    led = page_for(wanted)

    assert led in (HOME, wanted)
    # As browsers read it (WHATWG URL): they drop tabs and newlines, and take a backslash for a slash.
    seen = re.sub(r"[\t\r\n]", "", led).replace("\\", "/")
    assert seen.startswith("/") and not seen.startswith("//")
    assert resolve(unquote(urlsplit(led).path))


def test_a_file_of_a_cluster_belongs_to_the_page_that_hands_it_out(browser: Client, prod: Cluster) -> None:
    page = f"{CLUSTER.format(prod.pk)}/connect/"

    assert browser.get("/login", {"next": f"{page}ca.crt"})["Location"] == page


def test_a_question_of_a_client_is_asked_again(browser: Client, ada: User) -> None:
    make_shop()
    asked = authorize(Client())["Location"]

    answer = browser.post(asked, {"email": ada.email, "password": cast.PASSWORD}, follow=True)

    assert "shop" in answer.content.decode() and not no_page(answer)
    assert SHOP_REDIRECT not in str(answer.redirect_chain)
