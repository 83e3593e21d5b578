"""Passkeys in a real browser, by Chromium's virtual authenticator."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from tests.e2e.conftest import fill_in, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# A phone or a laptop: keeps the passkey itself, and verifies who holds it. A key: does neither.
PHONE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
KEY = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}

Plug = Callable[..., "Authenticator"]


class Authenticator:
    def __init__(self, devtools: CDPSession, options: dict[str, Any]) -> None:
        self._devtools = devtools
        self._id = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verify_nobody(self) -> None:
        self._devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": False})


@pytest.fixture
def plug(page: Page, live_server: LiveServer) -> Iterator[Plug]:
    """Give the browser an authenticator whose person touches it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")

    def plugged(kind: dict[str, Any]) -> Authenticator:
        options = {"isUserVerified": kind["hasUserVerification"], "automaticPresenceSimulation": True, **kind}
        return Authenticator(devtools, options)

    with override_settings(PUBLIC_URL=live_server.url):
        yield plugged


def add_by_keyboard(page: Page, name: str) -> None:
    page.goto("/account/second-factors")
    page.get_by_role("link", name="Add a passkey").press("Enter")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Name").press("Tab")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_focused()
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/login*")


def test_one_is_added_and_signs_in_without_a_password_by_keyboard_alone(page: Page, charlie: User, plug: Plug) -> None:
    plug(PHONE)
    sign_in(page, charlie)
    add_by_keyboard(page, "Laptop")
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    sign_out(page)

    page.get_by_role("button", name="Use a passkey").press("Enter")

    page.wait_for_url("**/")
    session = Session.objects.get(revoked_at=None)
    assert (session.user, session.amr) == (charlie, ["pop", "user", "mfa"])


def test_a_key_without_a_pin_is_a_second_factor_and_no_first(page: Page, charlie: User, plug: Plug) -> None:
    plug(KEY)
    sign_in(page, charlie)
    add_by_keyboard(page, "Key")
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    sign_out(page)

    fill_in(page, charlie)
    page.get_by_role("button", name="Use your passkey").press("Enter")

    page.wait_for_url("**/")
    assert Session.objects.get(revoked_at=None).amr == ["pwd", "pop", "user", "mfa"]


def test_the_same_one_is_not_added_twice(page: Page, charlie: User, plug: Plug) -> None:
    plug(PHONE)
    sign_in(page, charlie)
    add_by_keyboard(page, "Laptop")
    page.get_by_role("link", name="I have kept them").click()
    add_by_keyboard(page, "Laptop again")

    expect(page.get_by_role("alert")).to_contain_text("added already")
    assert charlie.factors.count() == 1


def test_who_is_not_verified_signs_in_by_no_passkey_alone(page: Page, charlie: User, plug: Plug) -> None:
    laptop = plug(PHONE)
    sign_in(page, charlie)
    add_by_keyboard(page, "Laptop")
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    sign_out(page)
    laptop.verify_nobody()

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert").filter(has_text="gave no passkey")).to_be_visible()
    assert not Session.objects.filter(revoked_at=None).exists()
