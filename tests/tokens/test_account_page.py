"""`/account` shows people where they are signed in, with what, and whom they let in, and they end any of it there."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from tests.tokens.asking import authorize, by_password, call_api, code_in, make_shop, redeem, signed_in, userinfo
from tokens.models import Application, Consent
from tokens.services.consents import remember

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"


@pytest.fixture
def shop() -> Application:
    return make_shop(display_name="The Shop")


@pytest.fixture
def browser(alice: User) -> Client:
    browser = signed_in(alice)
    Session.objects.update(user_agent=FIREFOX)
    return browser


def read(browser: Client) -> str:
    """The words of the page."""
    page = browser.get("/account").content.decode()
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def let_in(browser: Client, shop: Application, scope: str = "openid email") -> dict[str, Any]:
    remember(user=Session.objects.earliest("created_at").user, application=shop, scopes=scope.split())
    return dict(redeem(code_in(authorize(browser, scope=scope))).json())


def test_it_shows_this_browser_as_people_know_it(browser: Client) -> None:
    page = read(browser)

    assert "Firefox on Linux this one From 127.0.0.1" in page
    assert "Sign out everywhere else" not in page


def test_it_shows_other_browsers_that_are_signed_in(browser: Client, alice: User) -> None:
    signed_in(alice)

    assert read(browser).count("last active") == 2
    assert "Sign out everywhere else" in read(browser)


def test_it_leaves_out_a_browser_that_was_left_alone_too_long(browser: Client, alice: User) -> None:
    old = Session.objects.get()
    signed_in(alice)
    Session.objects.filter(pk=old.pk).update(last_active_at=timezone.now() - timedelta(hours=2))

    assert read(signed_in(alice)).count("last active") == 2


def test_it_says_where_one_signed_in_from_a_browser(browser: Client, shop: Application) -> None:
    let_in(browser, shop)

    assert "Also signed in to The Shop" in read(browser)


def test_it_shows_a_command_line_by_its_name(browser: Client, alice: User) -> None:
    by_password(alice)

    page = read(browser)

    assert "Token API From 192.0.2.10" in page
    assert "Ends on" in page


def test_it_shows_a_web_application_that_goes_on_alone_as_a_device(browser: Client, shop: Application) -> None:
    let_in(browser, shop, "openid offline_access")

    assert re.search(r"Devices and command lines The Shop From .* Ends on", read(browser))


def test_it_says_what_was_not_used_for_long(alice: User) -> None:
    by_password(alice)

    with time_machine.travel(timezone.now() + settings.REFRESH_IDLE_LIFETIME):
        page = read(signed_in(alice))

    assert "Token API asleep" in page


def test_ending_a_device_ends_its_tokens(browser: Client, alice: User) -> None:
    held = by_password(alice)
    device = Session.objects.get(kind=SessionKind.DEVICE)

    browser.post(f"/account/sessions/{device.pk}/end")

    assert call_api(held["accessToken"]).status_code == 401
    assert "Token API" not in read(browser)


def test_it_says_what_an_application_may(browser: Client, shop: Application) -> None:
    let_in(browser, shop)

    assert "The Shop May: Know that it is you · See your e-mail address Since" in read(browser)


def test_withdrawing_signs_the_application_out(browser: Client, shop: Application) -> None:
    held = let_in(browser, shop)

    page = browser.post(f"/account/applications/{Consent.objects.get().pk}/withdraw", follow=True)

    assert "The Shop is signed out of your account" in page.content.decode()
    assert userinfo(held["access_token"]).status_code == 401
    assert not Consent.objects.exists()


def test_nobody_withdraws_what_somebody_else_gave(browser: Client, bob: User, shop: Application) -> None:
    let_in(browser, shop)

    answer = signed_in(bob).post(f"/account/applications/{Consent.objects.get().pk}/withdraw")

    assert answer.status_code == 404
    assert Consent.objects.exists()


def test_withdrawing_takes_our_csrf_token(browser: Client, shop: Application) -> None:
    let_in(browser, shop)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    answer = strict.post(f"/account/applications/{Consent.objects.get().pk}/withdraw")

    assert answer.status_code == 403


def test_it_shows_nothing_of_anybody_else(browser: Client, bob: User, shop: Application) -> None:
    let_in(browser, shop)

    page = read(signed_in(bob))

    assert "alice@example.com" not in page
    assert "The Shop" not in page


def test_it_says_what_to_do_where_there_is_nothing(browser: Client) -> None:
    page = read(browser)

    assert "None. Sign in on a command line and it shows here" in page
    assert "you can take that back here" in page


def test_it_can_be_reached_from_every_page(browser: Client) -> None:
    assert 'href="/account"' in browser.get("/").content.decode()


def test_it_is_kept_by_no_cache(browser: Client) -> None:
    assert "no-store" in browser.get("/account")["Cache-Control"]
