"""Buttons that copy show in any language that they did, and keep their words."""

import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.e2e.conftest import sign_in
from tokens.models import Application

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_value_is_copied_and_the_button_keeps_its_words(page: Page, ada: User, robo: Application) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, ada)
    page.goto(f"/admin/tokens/application/{robo.pk}/change/")
    button = page.get_by_role("button", name="Copy Client ID")

    button.click()

    page.locator("button.copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "robo"
    page.locator("button.copied").wait_for(state="detached")
    assert button.locator("span.visually-hidden").inner_text().strip() == "Client ID"
