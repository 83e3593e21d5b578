"""With a timeout of a minute and real time: who does nothing is signed out, and who is there is not."""

import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from accounts.services.settings import update_general_settings
from clustersync.models import Cluster
from common.actors import SYSTEM
from sso.models import IdentityProvider
from tests.e2e.conftest import sign_in
from tests.e2e.idle import dialog, expect_the_end, sign_in_again
from tests.e2e.test_single_sign_on import BUTTON, enter_there
from tests.e2e.test_single_sign_on import corp as corp
from tests.e2e.test_single_sign_on import there as there

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.django_db(transaction=True),
]

KINDS = {
    "people": "/account",
    "start": "/",
    "list": "/admin/accounts/user/?q=ada",
    "form": "/admin/accounts/user/add/",
    "doctor": "/admin/clustersync/cluster/{}/doctor/",
    "verify-token": "/admin/clustersync/cluster/{}/verify-token/",
}


@pytest.fixture(autouse=True)
def a_minute(db: None) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=1)


def tabs_of(context: BrowserContext, user: User, cluster: Cluster) -> dict[str, Page]:
    """A tab for each kind of page, in the session of one person."""
    sign_in(context.new_page(), user)
    tabs = {place.format(cluster.pk): context.new_page() for place in KINDS.values()}
    for place, tab in tabs.items():
        tab.goto(place)
    return tabs


def signed_in_through_the_directory(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/login?next=/account")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.wait_for_url("**/account")
    return page


def test_tabs_that_nobody_touches_are_signed_out_say_why_and_come_back(
    chromium: Browser, live_server: LiveServer, ada: User, prod: Cluster, corp: IdentityProvider
) -> None:
    hers, somebodys = (chromium.new_context(base_url=live_server.url) for _ in range(2))
    theirs = signed_in_through_the_directory(somebodys)
    tabs = tabs_of(hers, ada, prod)
    tabs["/admin/accounts/user/add/"].get_by_label("First name").fill("Grace")
    since = time.monotonic()

    for tab in [*tabs.values(), theirs]:
        expect_the_end(tab, after="a minute", timeout=80_000)

    assert 55 < time.monotonic() - since < 70
    assert not Session.objects.live().exists()
    theirs.get_by_role("link", name=BUTTON).click()
    theirs.wait_for_url("**/account")
    come_back_everywhere(tabs, ada)
    for context in (hers, somebodys):
        context.close()


def come_back_everywhere(tabs: dict[str, Page], user: User) -> None:
    """Sign in once; each tab goes on to its page, and what was typed is there."""
    first, *others = tabs.items()
    sign_in_again(first[1], user, back_at=first[0])
    for place, tab in others:
        tab.wait_for_url(f"**{place}")
    form = tabs["/admin/accounts/user/add/"]
    form.get_by_role("button", name="Put it back").click()
    expect(form.get_by_label("First name")).to_have_value("Grace")


def test_who_is_there_stays_by_the_warning_in_any_tab_again_and_again(
    chromium: Browser, live_server: LiveServer, ada: User, charlie: User
) -> None:
    asked, clicking = (chromium.new_context(base_url=live_server.url) for _ in range(2))
    sign_in(one := asked.new_page(), ada)
    (other := asked.new_page()).goto("/admin/")
    sign_in(busy := clicking.new_page(), charlie)

    for pressing, watching in ((one, other), (other, one)):
        wait_and_click(busy, until=pressing)
        for tab in (pressing, watching):
            expect(dialog(tab)).to_be_visible(timeout=10_000)
        pressing.keyboard.press("Enter")
        for tab in (pressing, watching):
            expect(dialog(tab)).to_be_hidden()

    busy.goto("/account")
    expect(busy.get_by_role("heading", level=1)).to_have_text("Your account")
    for context in (asked, clicking):
        context.close()


def wait_and_click(busy: Page, *, until: Page) -> None:
    """Open a page every 14 seconds until another one warns."""
    for _ in range(6):
        if dialog(until).is_visible():
            return
        busy.wait_for_timeout(14_000)
        busy.get_by_role("link", name="runai-identity").click()
