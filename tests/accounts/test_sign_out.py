import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.services.settings import update_general_settings
from audit.models import Event
from common.actors import SYSTEM
from tests.conftest import BrowserAs


def test_it_ends_the_session_and_says_so(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    page = browser.post("/logout", follow=True).content.decode()

    assert "You are signed out." in page
    assert browser.get("/").status_code == 302
    assert Session.objects.get().revoked_because == "signed out"
    assert Event.objects.filter(action="session:sign-out", subject=charlie.email).exists()


def test_a_copied_cookie_is_worth_nothing_after_it(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)
    thief = Client()
    thief.cookies["session"] = browser.cookies["session"].value

    browser.post("/logout")

    assert thief.get("/account").status_code == 302


def test_it_leaves_other_browsers_signed_in(charlie: User, browser_as: BrowserAs) -> None:
    browser, other = browser_as(charlie), browser_as(charlie)

    browser.post("/logout")

    assert other.get("/").status_code == 200


def test_it_goes_where_the_settings_say(charlie: User, browser_as: BrowserAs) -> None:
    update_general_settings(actor=SYSTEM, logout_redirect_uri="https://intranet.example/bye")

    page = browser_as(charlie).post("/logout").content.decode()

    assert '<meta http-equiv="refresh" content="0; url=https://intranet.example/bye">' in page
    assert "Sign out" not in page


@pytest.mark.parametrize("page", ["/", "/account", "/password", "/login"])
def test_the_back_button_shows_nothing_after_it(charlie: User, browser_as: BrowserAs, page: str) -> None:
    assert "no-store" in browser_as(charlie).get(page)["Cache-Control"]


def test_a_link_signs_nobody_out(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    assert browser.get("/logout").status_code == 405
    assert browser.get("/").status_code == 200


def test_it_is_harmless_for_who_is_not_signed_in(client: Client, db: None) -> None:
    assert client.post("/logout")["Location"] == "/login?signed-out"
