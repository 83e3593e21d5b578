"""Tabs of one browser: what one of them hears of the session, the others show."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from tests.e2e.conftest import fill_in, sign_in
from tests.e2e.idle import (
    AT_THE_SIGN_IN_PAGE,
    come_back,
    dialog,
    expect_the_end,
    note_last_activity,
    server_clock_moved,
)

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def new_tab(page: Page, place: str) -> Page:
    tab = page.context.new_page()
    tab.goto(place)
    return tab


def warned(*tabs: Page) -> None:
    note_last_activity(seconds_before_the_end=50)
    come_back(tabs[0])
    for tab in tabs:
        expect(dialog(tab)).to_be_visible()


def test_staying_in_one_closes_the_warning_of_the_others(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    other = new_tab(page, "/account")
    warned(page, other)

    page.keyboard.press("Enter")

    expect(dialog(page)).to_be_hidden()
    expect(dialog(other)).to_be_hidden()


def test_so_does_a_page_that_is_opened(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    other = new_tab(page, "/account")
    warned(page, other)

    new_tab(page, "/account")

    expect(dialog(page)).to_be_hidden()
    expect(dialog(other)).to_be_hidden()


def test_signing_out_in_one_shows_in_all(page: Page, ada: User) -> None:
    sign_in(page, ada)
    others = [new_tab(page, "/account"), new_tab(page, "/admin/accounts/user/")]

    page.get_by_role("button", name="Sign out", exact=True).click()

    for other in others:
        other.wait_for_url(AT_THE_SIGN_IN_PAGE)
        expect(other.get_by_role("status")).to_have_text("You are signed out.")


def test_the_end_shows_in_all_as_soon_as_one_meets_it(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    other = new_tab(page, "/account")

    with server_clock_moved(timedelta(minutes=62)):
        page.get_by_role("link", name="Account").click()

        expect_the_end(page)
        expect_the_end(other)


def test_nothing_of_another_person_stays_on_the_screen(page: Page, ada: User, charlie: User) -> None:
    sign_in(page, ada)
    hers = new_tab(page, "/admin/accounts/user/")
    page.context.clear_cookies()
    page.goto("/login")
    fill_in(page, charlie)
    page.wait_for_url("**/")

    expect(hers.get_by_role("heading", level=1)).to_have_text("You may not see this")


def test_of_two_sign_in_pages_the_second_goes_on_by_itself(page: Page, charlie: User) -> None:
    second = new_tab(page, "/login?next=/account")

    sign_in(page, charlie)

    second.wait_for_url("**/account")
    assert Session.objects.count() == 1


def test_the_form_of_a_second_sign_in_page_works_without_scripts(
    chromium: Browser, live_server: LiveServer, charlie: User
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    first, second = context.new_page(), context.new_page()
    first.goto("/login")
    second.goto("/login?next=/account")
    fill_in(first, charlie)
    first.wait_for_url("**/")

    fill_in(second, charlie)

    second.wait_for_url("**/account")
    context.close()


def test_going_by_the_sign_in_page_is_no_activity(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    note_last_activity(seconds_before_the_end=600)
    before = Session.objects.get().last_active_at

    page.goto("/login?next=/account/sessions")
    page.wait_for_url("**/account")
    page.evaluate("location.assign('/login?next=/account')")
    page.wait_for_url("**/account")
    page.wait_for_timeout(300)
    sent_on = Session.objects.get().last_active_at
    page.get_by_role("link", name="runai-identity").click()
    page.wait_for_url("**/")

    assert sent_on == before
    assert Session.objects.get().last_active_at > before
