"""In a real browser: signing in again before a sensitive act, having to add a second factor, and a recovery code."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import GeneralSettings, Session, User
from tests.accounts.factors import code
from tests.e2e.conftest import fill_in, sign_in
from tests.e2e.test_second_factor_pages import add_app

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_sensitive_act_goes_on_after_signing_in_again(page: Page, ada: User, charlie: User) -> None:
    sign_in(page, ada)
    secret = add_app(page)
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))
    page.goto(f"/admin/accounts/user/{charlie.pk}/cut-access/")
    page.get_by_role("button", name="Cut access now").click()
    charlie.refresh_from_db()
    assert charlie.enabled
    expect(page.get_by_label("E-mail")).to_have_value(ada.email)
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    fill_in(page, ada)
    page.get_by_label("Code").fill(code(secret, steps=1))
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/accounts/user/**")
    charlie.refresh_from_db()
    assert not charlie.enabled


def test_whoever_must_have_a_second_factor_is_led_to_it_and_opens_nothing_else(page: Page, ada: User) -> None:
    GeneralSettings.objects.create(pk=1, second_factor_of_roles=["System administrator"], second_factor_grace_days=0)
    page.goto("/login")
    fill_in(page, ada)
    expect(page.get_by_text("You must add a second factor")).to_be_visible()
    page.goto("/admin/")
    expect(page.get_by_text("You must add a second factor")).to_be_visible()

    add_app(page)

    page.goto("/admin/")
    expect(page.get_by_role("link", name="Users").first).to_be_visible()


def test_during_the_days_of_grace_later_leads_on(page: Page, ada: User) -> None:
    GeneralSettings.objects.create(pk=1, second_factor_of_roles=["System administrator"], second_factor_grace_days=3)
    page.goto("/login?next=/account")
    fill_in(page, ada)

    page.get_by_role("link", name="Later").click()

    page.wait_for_url("**/account")


def test_a_recovery_code_signs_in_once(page: Page, charlie: User) -> None:
    sign_in(page, charlie)
    add_app(page)
    one = page.locator("#codes").inner_text().split()[0]
    enter_code(page, charlie, one)
    page.wait_for_url("**/account")

    enter_code(page, charlie, one)
    expect(page.get_by_label("Code")).to_be_visible()


def enter_code(page: Page, user: User, one: str) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.goto("/login?next=/account")
    fill_in(page, user)
    page.get_by_label("Code").fill(one)
    page.keyboard.press("Enter")
