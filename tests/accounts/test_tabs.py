"""Several tabs of one browser agree about who is signed in, and lose nobody on the way."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from time_machine import Traveller

from accounts.models import Session, User
from accounts.services.sessions import SIGNED_OUT_WHY
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from sso.models import IdentityProvider
from tests import cast
from tests.conftest import BrowserAs

WHY = "You were signed out after 60 minutes without activity."


@pytest.fixture
def clock(db: None) -> Iterator[Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def token_of_a_new_tab(browser: Client, address: str = "/login") -> str:
    return str(browser.get(address).context["csrf_token"])


def sign_in(browser: Client, user: User, token: str, **more: str) -> tuple[int, str, str]:
    """Send the form of a tab; answer the status, where it leads and what it says."""
    typed = {"email": user.email, "password": cast.PASSWORD, "csrfmiddlewaretoken": token, **more}
    answer = browser.post("/login", typed)
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


def test_who_signed_in_from_another_tab_goes_on(browser: Client, charlie: User) -> None:
    first, second = token_of_a_new_tab(browser), token_of_a_new_tab(browser)
    assert sign_in(browser, charlie, first)[:2] == (302, "/")

    assert sign_in(browser, charlie, second, next="/account")[:2] == (302, "/account")

    assert Session.objects.count() == 1


def test_that_form_signs_nobody_else_in_and_says_so(browser: Client, charlie: User, alice: User) -> None:
    first, second = token_of_a_new_tab(browser), token_of_a_new_tab(browser)
    sign_in(browser, charlie, first)

    assert sign_in(browser, alice, second, next="/account")[:2] == (302, "/")

    assert "signed in as charlie@example.com. Sign out first" in browser.get("/").content.decode()
    assert [session.user for session in Session.objects.all()] == [charlie]


@pytest.mark.parametrize("typed", [{}, {"email": "charlie@example.com", "password": "Wrong-Password-1"}])
def test_a_forged_form_gets_no_further_than_a_link_would(
    browser: Client, charlie: User, alice: User, typed: dict[str, str]
) -> None:
    forged = browser.post("/login", {"email": alice.email, "password": cast.PASSWORD})
    assert (forged.status_code, Session.objects.count()) == (403, 0)
    sign_in(browser, charlie, token_of_a_new_tab(browser))

    answer = browser.post("/login", {**typed, "next": "https://elsewhere.example/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert [session.user for session in Session.objects.all()] == [charlie]


def test_who_signed_in_and_out_meanwhile_gets_a_form_that_works(browser: Client, charlie: User) -> None:
    first, second = token_of_a_new_tab(browser), token_of_a_new_tab(browser)
    sign_in(browser, charlie, first)
    browser.post("/logout", {"csrfmiddlewaretoken": token_of_a_new_tab(browser, "/account")})

    status, _, page = sign_in(browser, charlie, second, next="/account")

    assert (status, "Please try again" in page, cast.PASSWORD in page) == (403, True, False)
    assert 'value="charlie@example.com"' in page and 'name="next" value="/account"' in page
    assert sign_in(browser, charlie, browser.cookies["csrftoken"].value, next="/account")[:2] == (302, "/account")


def test_a_form_of_an_old_page_says_where_a_new_one_is(browser: Client, charlie: User) -> None:
    sign_in(browser, charlie, token_of_a_new_tab(browser))

    answer = browser.post("/account/sessions/end-others")

    assert answer.status_code == 403
    assert '<a href="/account">Open it again</a>' in answer.content.decode()


def test_every_tab_reads_why_and_by_no_cookie_that_could_outlive_a_sign_in(
    browser_as: BrowserAs, charlie: User, clock: Traveller
) -> None:
    browser = browser_as(charlie)
    tabs = [Client() for _ in range(3)]
    for tab in tabs:
        tab.cookies["session"] = browser.cookies["session"].value
    clock.shift(timedelta(minutes=61))

    told = [tab.get("/session") for tab in tabs]

    assert [(answer.json()["secondsLeft"], "session" in answer.cookies) for answer in told] == [(0, False)] * 3
    assert [WHY in tab.get("/login?next=/account&signed-out").content.decode() for tab in tabs] == [True] * 3


def test_signing_in_again_takes_the_reason_away(browser_as: BrowserAs, charlie: User, clock: Traveller) -> None:
    browser = browser_as(charlie)
    clock.shift(timedelta(minutes=61))
    browser.get("/account")
    old = browser.cookies["session"].value

    browser.post("/login", {"email": charlie.email, "password": cast.PASSWORD})

    assert SIGNED_OUT_WHY not in browser.session
    assert browser.cookies["session"].value != old


def test_no_tab_signs_in_again_by_itself_through_a_directory(
    browser_as: BrowserAs, charlie: User, clock: Traveller
) -> None:
    IdentityProvider.objects.create(alias="okta", type="saml", name="Okta", enabled=True)
    update_general_settings(actor=SYSTEM, auto_redirect_alias="okta")
    browser = browser_as(charlie)
    clock.shift(timedelta(minutes=61))

    pages = [browser.get("/login?next=/account&signed-out") for _ in range(3)]

    assert [page.status_code for page in pages] == [200] * 3


def test_pages_name_their_session_and_no_other_has_that_name(browser_as: BrowserAs, charlie: User, alice: User) -> None:
    names = [browser_as(user).get("/session").json()["session"] for user in (charlie, charlie, alice)]

    assert len(set(names)) == 3
    assert {str(pk)[:8] for pk in Session.objects.values_list("pk", flat=True)}.isdisjoint(n[:8] for n in names)
