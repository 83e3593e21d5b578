"""A forgotten password is recovered by mail in a real browser, with a second factor; and an invitation is accepted."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from accounts.services.invitations import invite_user
from common.actors import SYSTEM
from tests.accounts.factors import code, enrol
from tests.e2e.test_accessibility import AXE, SEEN, looked_at
from tests.mail.server import Mailbox, serving

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
NEW = "Another-Horse-77"


def faults_of(page: Page) -> list[str]:
    page.evaluate(AXE)
    return [fault for width, scheme in SEEN for fault in looked_at(page, width, scheme)]


def ask(page: Page, box: Mailbox, user: User) -> str:
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").press("Enter")
    page.get_by_label("E-mail").fill(user.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("a mail with a link is on its way")).to_be_visible()
    box.wait_for(1)
    return box.link()


def choose(page: Page) -> None:
    page.get_by_label("New password", exact=True).fill(NEW)
    page.keyboard.press("Tab")
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")


def test_a_password_is_recovered_and_the_second_factor_asked(page: Page, charlie: User) -> None:
    secret, _ = enrol(charlie)
    with serving() as box:
        page.goto(ask(page, box, charlie))

    choose(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert not Session.objects.filter(user=charlie).exists()
    page.keyboard.type(code(secret))
    page.keyboard.press("Enter")

    page.wait_for_url("**/")
    assert Session.objects.get(revoked_at=None).amr == ["pwd", "otp", "mfa"]
    assert User.objects.get(pk=charlie.pk).check_password(NEW)


def test_an_invitation_lets_somebody_in(page: Page) -> None:
    user, link = invite_user(actor=SYSTEM, email="new@example.com", by_mail=False)
    assert link
    page.goto(link.address.removeprefix("http://testserver"))
    assert faults_of(page) == []

    choose(page)

    page.wait_for_url("**/")
    assert Session.objects.get(user=user)


@pytest.mark.slow
def test_no_page_has_a_serious_fault_or_is_too_wide(page: Page, charlie: User) -> None:
    with serving():
        page.goto("/recover")
        faults = faults_of(page)
        page.get_by_label("E-mail").fill(charlie.email)
        page.keyboard.press("Enter")
        expect(page.get_by_text("a mail with a link is on its way")).to_be_visible()
        faults += faults_of(page)
    page.goto("/choose-password?link=x")

    assert faults + faults_of(page) == []
