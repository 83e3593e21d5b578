"""The dialog that warns before a session ends, and what a page does by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from tests.e2e.conftest import sign_in
from tests.e2e.idle import (
    come_back,
    dialog,
    expect_the_end,
    note_last_activity,
    server_clock_moved,
    sign_in_again,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SET_FORWARD = "() => { const now = Date.now; Date.now = () => now() + 3600e3; }"
SET_BACK = "() => { const now = Date.now; Date.now = () => now() - 3600e3; }"


def expect_words(page: Page, words: str, timeout: float = 5_000) -> None:
    """The dialog has all its texts, and shows some."""
    expect(dialog(page)).to_contain_text(words, use_inner_text=True, timeout=timeout)


def left_alone(page: Page, *, seconds: float) -> None:
    note_last_activity(seconds_before_the_end=seconds)
    come_back(page)


def test_it_stays_away_while_there_is_time(page: Page, charlie: User) -> None:
    sign_in(page, charlie)

    left_alone(page, seconds=120)
    page.wait_for_timeout(500)

    expect(dialog(page)).to_be_hidden()


@pytest.mark.parametrize("place", ["/account", "/admin/", "/admin/accounts/user/add/?_popup=1"])
def test_it_warns_a_minute_before_the_end(page: Page, ada: User, place: str) -> None:
    sign_in(page, ada)
    page.goto(place)

    left_alone(page, seconds=50)

    expect(dialog(page)).to_be_visible()
    expect_words(page, "Are you still there?")
    expect_words(page, "You will be signed out in")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_it_lets_them_stay_by_keyboard_and_go_on_where_they_were(page: Page, ada: User, key: str) -> None:
    sign_in(page, ada)
    page.goto("/admin/accounts/user/add/")
    page.get_by_label("First name").fill("Gra")
    left_alone(page, seconds=50)
    expect(dialog(page)).to_be_visible()

    page.keyboard.press(key)
    expect(dialog(page)).to_be_hidden()
    page.keyboard.type("ce")

    expect(page.get_by_label("First name")).to_have_value("Grace")
    assert Session.objects.get().last_active_at > timezone.now() - timedelta(seconds=10)


def test_asking_how_long_is_left_never_lengthens_the_session(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    left_alone(page, seconds=50)
    expect(dialog(page)).to_be_visible()

    page.wait_for_timeout(1500)

    assert Session.objects.get().last_active_at < timezone.now() - timedelta(minutes=59)


def test_the_longest_session_is_announced_and_can_not_be_prolonged(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    Session.objects.update(expires_at=timezone.now() + timedelta(seconds=40))
    come_back(page)

    expect_words(page, "reaches its longest allowed time")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_timeout(1200)

    expect(dialog(page)).to_be_hidden()


def test_a_shorter_timeout_reaches_open_pages(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    page.goto("/account")
    note_last_activity(seconds_before_the_end=3000)
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=5)

    come_back(page)

    expect_the_end(page, after="5 minutes")
    sign_in_again(page, charlie, back_at="/account")


@pytest.mark.parametrize("jump", [SET_FORWARD, SET_BACK])
def test_a_wrong_clock_of_the_browser_changes_nothing(page: Page, charlie: User, jump: str) -> None:
    sign_in(page, charlie)
    page.evaluate(jump)
    come_back(page)
    page.wait_for_timeout(500)
    expect(dialog(page)).to_be_hidden()

    left_alone(page, seconds=4)
    expect(dialog(page)).to_be_visible()
    page.evaluate(jump)

    expect_the_end(page)


@pytest.mark.parametrize("hours", [-1, 1])
def test_it_goes_by_the_clock_of_the_server(page: Page, charlie: User, hours: int) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=90)
    sign_in(page, charlie)

    with server_clock_moved(timedelta(hours=hours)):
        come_back(page)
        page.wait_for_timeout(500)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        left_alone(page, seconds=2)
        expect_the_end(page, after="90 minutes")


def test_a_laptop_that_slept_over_the_end_shows_the_sign_in_page(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    page.goto("/account")
    lid = page.context.new_cdp_session(page)
    lid.send("Page.setWebLifecycleState", {"state": "frozen"})

    with server_clock_moved(timedelta(hours=8)):
        lid.send("Page.setWebLifecycleState", {"state": "active"})
        come_back(page)
        expect_the_end(page)
        sign_in_again(page, charlie, back_at="/account")


@pytest.mark.slow
def test_a_page_is_covered_while_nobody_can_say_whether_it_is_over(
    chromium: Browser, live_server: LiveServer, charlie: User
) -> None:
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    sign_in(page, charlie)
    left_alone(page, seconds=3)
    expect(dialog(page)).to_be_visible()

    context.set_offline(True)
    expect_words(page, "The server does not answer", timeout=15_000)
    expect(page.get_by_role("heading", level=1)).to_be_hidden()

    context.set_offline(False)
    expect_the_end(page)
    context.close()


@pytest.mark.slow
def test_a_laptop_that_wakes_with_the_page_on_its_screen_covers_it_soon(page: Page, charlie: User) -> None:
    """No event tells a page of that, and its timers stood still."""
    sign_in(page, charlie)
    page.goto("/account")

    with server_clock_moved(timedelta(hours=8)):
        page.evaluate(SET_FORWARD.replace("3600e3", "8 * 3600e3"))
        expect_the_end(page, timeout=7_000)


@pytest.mark.slow
def test_a_server_that_hangs_does_not_keep_a_page_open(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    left_alone(page, seconds=3)
    expect(dialog(page)).to_be_visible()
    page.route("**/session", lambda route: None)  # never answered

    expect_words(page, "The server does not answer", timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_be_hidden()

    page.unroute("**/session")
    expect_the_end(page, timeout=20_000)


def test_a_page_that_the_browser_kept_as_it_was_is_covered_until_the_server_has_spoken(page: Page, ada: User) -> None:
    """Playwright switches that cache off, so the event alone."""
    sign_in(page, ada)
    page.goto("/admin/accounts/user/")
    note_last_activity(seconds_before_the_end=-1)

    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    covered = page.evaluate("document.documentElement.classList.contains('covered')")

    expect_the_end(page)
    assert covered
