"""The tabs of a person, a cluster and a provider: by keyboard alone, without JavaScript, and on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from clustersync.models import Cluster
from sso.models import IdentityProvider
from tests import cast
from tests.e2e.conftest import sign_in
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TABS = {
    "accounts/user": ["Details", "Access", "Groups", "Sessions", "Second factors", "Events", "Clusters"],
    "clustersync/cluster": ["Details", "Access", "Credentials", "Agent", "Refused calls", "Events"],
    "sso/identityprovider": [
        *("Details", "Metadata and certificates", "What it may assert"),
        *("People", "Sign-ins", "Events"),
    ],
}
HEADINGS = {"accounts/user": "Ada", "clustersync/cluster": "prod", "sso/identityprovider": "Acme"}


@pytest.fixture
def pages(ada: User, prod: Cluster, tree: cast.Tree) -> dict[str, str]:
    acme = connect(IdP(), alias="acme", name="Acme")
    return {"accounts/user": str(ada.pk), "clustersync/cluster": str(prod.pk), "sso/identityprovider": str(acme.pk)}


@pytest.mark.parametrize("kind", TABS)
def test_tabs_are_walked_by_keyboard(page: Page, ada: User, pages: dict[str, str], kind: str) -> None:
    sign_in(page, ada)
    page.goto(f"/admin/{kind}/{pages[kind]}/change/")
    tabs = page.locator("nav.tabs")

    for before, name in zip(TABS[kind], TABS[kind][1:], strict=False):
        tabs.get_by_role("link", name=before, exact=True).focus()
        page.keyboard.press("Tab")
        expect(tabs.get_by_role("link", name=name, exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(tabs.locator("[aria-current=page]")).to_have_text(name)
        expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[kind])


@pytest.mark.parametrize("kind", TABS)
def test_tabs_need_no_javascript(
    chromium: Browser, live_server: LiveServer, ada: User, pages: dict[str, str], kind: str
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, ada)
    page.goto(f"/admin/{kind}/{pages[kind]}/change/")

    for name in TABS[kind]:
        page.locator("nav.tabs").get_by_role("link", name=name, exact=True).click()
        expect(page.locator("nav.tabs [aria-current=page]")).to_have_text(name)
    context.close()


def box(page: Page, what: str) -> tuple[float, float, float]:
    found = page.locator(f"nav.tabs {what}").bounding_box()
    assert found is not None
    return found["x"], found["x"] + found["width"], found["height"]


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("kind", TABS)
def test_on_a_phone_tabs_are_one_line_with_the_present_one_in_view(
    chromium: Browser, live_server: LiveServer, ada: User, pages: dict[str, str], kind: str, scripts: bool
) -> None:
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=scripts, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    sign_in(page, ada)
    page.goto(f"/admin/{kind}/{pages[kind]}/change/")

    for name in TABS[kind]:
        page.goto(str(page.locator("nav.tabs").get_by_role("link", name=name, exact=True).get_attribute("href")))
        left, right, height = box(page, "[aria-current=page]")
        assert left >= 0 and right <= 390 and box(page, "ul")[2] < 2 * height, name
        assert box(page, "li:first-child")[0] < 0 or box(page, "li:last-child")[1] > 390, "all of them fit"
    context.close()


def test_what_it_may_assert_is_saved_on_its_tab(
    chromium: Browser, live_server: LiveServer, ada: User, pages: dict[str, str]
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, ada)
    page.goto(f"/admin/sso/identityprovider/{pages['sso/identityprovider']}/assertions/")
    page.get_by_label("e-mail domains").fill("acme.test")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("nav.tabs [aria-current=page]")).to_have_text("What it may assert")
    expect(page.get_by_label("e-mail domains")).to_have_value("acme.test")
    assert IdentityProvider.objects.get().email_domains == ["acme.test"]
    context.close()
