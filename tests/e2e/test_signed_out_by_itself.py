"""With a timeout of a minute and real time: who does nothing is signed out, and who is there is not.

It waits once for all browsers, side by side.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
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
    pytest.mark.timeout(300),
    pytest.mark.django_db(transaction=True),
]

A_MINUTE = timedelta(minutes=1)
FORM = "/admin/accounts/user/add/"
KINDS = (
    "/account",
    "/",
    "/admin/accounts/user/?q=ada",
    FORM,
    "/admin/clustersync/cluster/{}/doctor/",
    "/admin/clustersync/cluster/{}/verify-token/",
)


@pytest.fixture(autouse=True)
def a_minute(db: None) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=1)


@pytest.fixture
def browsers(chromium: Browser, live_server: LiveServer) -> Iterator[dict[str, BrowserContext]]:
    with ExitStack() as stack:
        opened = {
            name: chromium.new_context(base_url=live_server.url, java_script_enabled=name != "without scripts")
            for name in ("left", "of a directory", "without scripts", "asked", "clicking")
        }
        for context in opened.values():
            stack.enter_context(closing(context))
        yield opened


def left_alone(browsers: dict[str, BrowserContext], user: User, cluster: Cluster) -> dict[str, Page]:
    """Return a tab of each kind of page, in the session of one person. One tab sleeps, and one has a form begun."""
    sign_in(browsers["left"].new_page(), user)
    tabs = {place.format(cluster.pk): browsers["left"].new_page() for place in KINDS}
    for place, tab in tabs.items():
        tab.goto(place)
    tabs[FORM].get_by_label("First name").fill("Grace")
    lid_of(tabs["/account"]).send("Page.setWebLifecycleState", {"state": "frozen"})
    return tabs


def lid_of(tab: Page) -> CDPSession:
    return tab.context.new_cdp_session(tab)


def signed_in_through_the_directory(browsers: dict[str, BrowserContext]) -> Page:
    page = browsers["of a directory"].new_page()
    page.goto("/login?next=/account")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.wait_for_url("**/account")
    return page


def test_who_does_nothing_is_signed_out_and_who_is_there_is_not(
    browsers: dict[str, BrowserContext], ada: User, charlie: User, prod: Cluster, corp: IdentityProvider
) -> None:
    theirs = signed_in_through_the_directory(browsers)
    sign_in(plain := browsers["without scripts"].new_page(), charlie)
    tabs = left_alone(browsers, ada, prod)

    somebody_stays_and_somebody_clicks(browsers, ada, charlie)

    lid_of(tabs["/account"]).send("Page.setWebLifecycleState", {"state": "active"})
    plain.get_by_role("link", name="Account").click()
    for tab in [*tabs.values(), theirs, plain]:
        expect_the_end(tab, after="a minute")
    assert all(A_MINUTE <= lasted <= A_MINUTE * 1.1 for lasted in lengths_of_those_with_scripts())
    theirs.get_by_role("link", name=BUTTON).click()
    theirs.wait_for_url("**/account")
    sign_in_again(plain, charlie, back_at="/account")
    come_back_everywhere(tabs, ada)


def lengths_of_those_with_scripts() -> list[timedelta]:
    """Return how long the two sessions with scripts lasted by the server's clock, the page's polling included."""
    ended = list(Session.objects.filter(revoked_because="inactivity").exclude(user__email="charlie@example.com"))
    assert len(ended) == 2
    return [session.revoked_at - session.last_active_at for session in ended if session.revoked_at]


def come_back_everywhere(tabs: dict[str, Page], user: User) -> None:
    """Sign in once; each tab goes on to its page, and what was typed is offered there."""
    first, *others = tabs.items()
    sign_in_again(first[1], user, back_at=first[0])
    for place, tab in others:
        tab.wait_for_url(f"**{place}")
    tabs[FORM].get_by_role("button", name="Put it back").click()
    expect(tabs[FORM].get_by_label("First name")).to_have_value("Grace")


def somebody_stays_and_somebody_clicks(browsers: dict[str, BrowserContext], ada: User, charlie: User) -> None:
    """For longer than a minute and a half: by the warning in any of two tabs, and by a page every 14 seconds."""
    sign_in(one := browsers["asked"].new_page(), ada)
    (other := browsers["asked"].new_page()).goto("/admin/")
    sign_in(busy := browsers["clicking"].new_page(), charlie)
    for pressing, watching in ((one, other), (other, one)):
        click_until_it_warns(busy, pressing)
        for tab in (pressing, watching):
            expect(dialog(tab)).to_be_visible(timeout=10_000)
        pressing.keyboard.press("Enter")
        for tab in (pressing, watching):
            expect(dialog(tab)).to_be_hidden()
    busy.goto("/account")
    expect(busy.get_by_role("heading", level=1)).to_have_text("Your account")


def click_until_it_warns(busy: Page, warned: Page) -> None:
    """Open a page every 14 seconds until another one warns."""
    for _ in range(6):
        if dialog(warned).is_visible():
            return
        busy.wait_for_timeout(14_000)
        busy.get_by_role("link", name="runai-identity").click()
