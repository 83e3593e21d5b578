import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from tests.e2e.conftest import sign_in
from tests.e2e.idle import AT_THE_SIGN_IN_PAGE

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_it_reaches_another_origin_past_our_own_policy(page: Page, charlie: User, live_server: LiveServer) -> None:
    elsewhere = live_server.url.replace("localhost", "127.0.0.1") + "/login"
    update_general_settings(actor=SYSTEM, logout_redirect_uri=elsewhere)
    sign_in(page, charlie)

    page.get_by_role("button", name="Sign out", exact=True).click()

    page.wait_for_url(elsewhere)


def test_it_reaches_another_origin_though_the_page_hears_of_the_end_first(
    page: Page, charlie: User, live_server: LiveServer
) -> None:
    elsewhere = live_server.url.replace("localhost", "127.0.0.1") + "/login"
    update_general_settings(actor=SYSTEM, logout_redirect_uri=elsewhere)
    sign_in(page, charlie)

    def answer_late(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        page.wait_for_timeout(1_000)
        route.fulfill(response=answer)

    page.route("**/logout", answer_late)
    page.evaluate("setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 50)")
    page.get_by_role("button", name="Sign out", exact=True).click()

    page.wait_for_url(elsewhere)


@pytest.mark.slow
def test_a_page_whose_form_leads_nowhere_leaves_by_itself(page: Page, charlie: User) -> None:
    sign_in(page, charlie)

    def lead_nowhere(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.fulfill(status=204)

    page.route("**/logout", lead_nowhere)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_hidden()
    page.wait_for_url(AT_THE_SIGN_IN_PAGE, timeout=20_000)
