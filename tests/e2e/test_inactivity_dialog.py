from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Session, User
from tests.e2e.conftest import fill_in, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

IDLE_TIMEOUT = timedelta(minutes=60)


def leave_alone(page: Page, *, until_the_end: int) -> None:
    """As if nobody had touched the browser since, with so many seconds left; then its window comes to the front."""
    last_active = timezone.now() - IDLE_TIMEOUT + timedelta(seconds=until_the_end)
    Session.objects.update(last_active_at=last_active, created_at=last_active)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def dialog(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="Are you still there?")


def test_it_stays_away_while_there_is_time(page: Page, charlie: User) -> None:
    sign_in(page, charlie)

    leave_alone(page, until_the_end=120)
    page.wait_for_timeout(500)

    expect(dialog(page)).to_be_hidden()


def test_it_warns_a_minute_before_the_end(page: Page, charlie: User) -> None:
    sign_in(page, charlie)

    leave_alone(page, until_the_end=50)

    expect(dialog(page)).to_be_visible()
    expect(dialog(page)).to_contain_text("You will be signed out in")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_it_lets_them_stay_by_keyboard(page: Page, charlie: User, key: str) -> None:
    sign_in(page, charlie)
    leave_alone(page, until_the_end=50)
    expect(dialog(page)).to_be_visible()

    page.keyboard.press(key)

    expect(dialog(page)).to_be_hidden()
    assert Session.objects.get().last_active_at > timezone.now() - timedelta(seconds=10)


def test_asking_how_long_is_left_never_lengthens_the_session(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    leave_alone(page, until_the_end=50)
    expect(dialog(page)).to_be_visible()

    page.wait_for_timeout(1500)

    assert Session.objects.get().last_active_at < timezone.now() - timedelta(minutes=59)


def test_it_says_why_at_the_end_and_returns_to_the_page(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    page.goto("/account")

    leave_alone(page, until_the_end=-1)

    page.wait_for_url("**/login?next=%2Faccount")
    expect(page.get_by_role("status")).to_have_text("You were signed out after 60 minutes without activity.")
    fill_in(page, charlie)
    page.wait_for_url("**/account")


def test_the_admin_warns_too(page: Page, ada: User) -> None:
    sign_in(page, ada)
    page.goto("/admin/")

    leave_alone(page, until_the_end=50)

    expect(dialog(page)).to_be_visible()
