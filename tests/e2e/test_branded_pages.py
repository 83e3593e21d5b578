"""In the organisation's colours pages can be read as well: axe finds nothing serious, in either scheme."""

import pytest
from playwright.sync_api import Page

from accounts.models import User
from accounts.services.branding import update_branding
from common.actors import SYSTEM
from tests.accounts.logos import ONE_OF_EACH
from tests.e2e.conftest import sign_in
from tests.e2e.test_accessibility import AXE, SEEN, looked_at

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/admin/", "/admin/accounts/brandingsettings/1/change/"]
ACCENT = "getComputedStyle(document.querySelector('button:not(.quiet):not(.menu), [type=submit]')).backgroundColor"
LOADED = "[...document.images].filter((one) => one.className == 'logo').map((one) => one.naturalWidth)"


def brand(accent: str, logo: str = "PNG") -> None:
    update_branding(actor=SYSTEM, brand_name="Acme", brand_accent=accent, logo=ONE_OF_EACH[logo])


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    return [f"{width} {scheme} {fault}" for width, scheme in SEEN for fault in looked_at(page, width, scheme)]


@pytest.mark.parametrize("accent", ["#ffd400", "#001f3f", "#808080"])
def test_no_branded_page_has_a_serious_fault(page: Page, ada: User, accent: str) -> None:
    brand(accent)
    page.goto("/login")
    found = [f"/login {fault}" for fault in faults(page)]
    colour = page.evaluate(ACCENT)
    sign_in(page, ada)

    for address in PAGES:
        page.goto(address)
        found += [f"{address} {fault}" for fault in faults(page)]

    assert found == []
    assert colour == f"rgb{tuple(bytes.fromhex(accent[1:]))}"


@pytest.mark.parametrize("logo", ONE_OF_EACH)
def test_a_browser_draws_every_kind_of_logo(page: Page, logo: str) -> None:
    brand("#e8590c", logo)

    page.goto("/login", wait_until="load")

    assert page.evaluate(LOADED) == [8] and page.title() == "Sign in · Acme"
