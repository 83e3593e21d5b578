"""What the tests of the inactivity timeout do in browsers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import time_machine
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import GeneralSettings, Session, User
from tests.e2e.conftest import fill_in

AT_THE_SIGN_IN_PAGE = re.compile(r"/login\?next=")


def dialog(page: Page) -> Locator:
    return page.get_by_role("alertdialog")


@contextmanager
def server_clock_moved(by: timedelta) -> Iterator[None]:
    """Only the server's: browsers are other processes."""
    with time_machine.travel(timezone.now() + by, tick=True):
        yield


def note_last_activity(*, seconds_before_the_end: float) -> None:
    """As if nobody had done anything since then, on the server; pages have not heard of it."""
    left = timedelta(seconds=seconds_before_the_end)
    for session in Session.objects.all():
        active_at = timezone.now() - GeneralSettings.current().idle_timeout - session.noted_within + left
        Session.objects.filter(pk=session.pk).update(last_active_at=active_at, created_at=active_at)


def come_back(page: Page) -> None:
    """As browsers say it when their window comes to the front; a page hears it once its scripts are there."""
    page.wait_for_load_state()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def expect_the_end(page: Page, *, after: str = "60 minutes", timeout: float = 10_000) -> None:
    page.wait_for_url(AT_THE_SIGN_IN_PAGE, timeout=timeout)
    expect(page.get_by_role("status")).to_have_text(f"You were signed out after {after} without activity.")


def sign_in_again(page: Page, user: User, *, back_at: str) -> None:
    fill_in(page, user)
    page.wait_for_url(f"**{back_at}")
