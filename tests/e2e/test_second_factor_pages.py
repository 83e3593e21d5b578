"""An authenticator app in a real browser, by keyboard alone; and its pages, looked at by axe-core."""

import base64

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.accounts.factors import code
from tests.e2e.conftest import fill_in, sign_in
from tests.e2e.test_accessibility import AXE, SEEN, looked_at

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def add_app(page: Page) -> bytes:
    page.goto("/account/second-factors/app")
    secret = base64.b32decode(page.locator("#key").inner_text().replace(" ", ""))
    page.get_by_label("Code that the app shows").fill(code(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    return secret


def test_an_app_is_added_and_signs_in_by_keyboard_alone(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    secret = add_app(page)
    page.get_by_role("button", name="Sign out").first.press("Enter")
    page.goto("/login")
    fill_in(page, charlie)
    expect(page.get_by_label("Code")).to_be_focused()

    page.keyboard.type(code(secret, steps=1))
    page.keyboard.press("Enter")

    page.wait_for_url("**/")
    assert Session.objects.get(revoked_at=None).amr == ["pwd", "otp", "mfa"]


@pytest.mark.slow
def test_no_page_has_a_serious_fault_or_is_too_wide(page: Page, ada: User) -> None:
    sign_in(page, ada)
    add_app(page)
    factor, faults = ada.factors.get(), []
    places = ["", "/app", "/passkey", f"/{factor.pk}/rename", f"/{factor.pk}/remove"]
    for address in [*(f"/account/second-factors{one}" for one in places), f"/admin/accounts/user/{ada.pk}/factors/"]:
        page.goto(address)
        page.evaluate(AXE)
        for width, scheme in SEEN:
            faults += [f"{address} {width} {scheme} {fault}" for fault in looked_at(page, width, scheme)]

    assert faults == []
