from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from tests.e2e.conftest import sign_in
from tests.keys import plant_keys
from tests.tokens.asking import CHALLENGE, PROTOCOL, SHOP_REDIRECT, by_password, make_shop, post_form, signed_in
from tokens.models import Consent
from tokens.services.clients import ensure_built_in_clients
from tokens.services.consents import remember

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SMALLEST_PHONE: ViewportSize = {"width": 320, "height": 640}
ASKED = {
    "client_id": "shop",
    "response_type": "code",
    "redirect_uri": SHOP_REDIRECT,
    "scope": "openid email groups",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "prompt": "consent",
}


@pytest.fixture
def account(page: Page, charlie: User) -> Page:
    """The page of somebody with everything there is to see."""
    plant_keys()
    ensure_built_in_clients()
    remember(user=charlie, application=make_shop(display_name="The Shop"), scopes=["openid", "email"])
    by_password(charlie)
    signed_in(charlie)
    sign_in(page, charlie)
    page.get_by_role("link", name="Account").click()
    return page


def test_it_ends_a_command_line_by_the_keyboard_alone(account: Page) -> None:
    account.get_by_role("button", name="End Token API from 192.0.2.10").focus()
    account.keyboard.press("Enter")

    expect(account.get_by_role("status")).to_have_text("That session is ended.")
    assert Session.objects.get(kind=SessionKind.DEVICE).revoked_because == "ended by its owner"


def test_it_withdraws_what_an_application_was_let(account: Page) -> None:
    account.get_by_role("button", name="Withdraw from The Shop").click()

    expect(account.get_by_role("status")).to_contain_text("The Shop is signed out of your account")
    assert not Consent.objects.exists()


def test_it_signs_out_everywhere_else_and_stays(account: Page) -> None:
    account.get_by_role("button", name="Sign out everywhere else").click()

    expect(account.get_by_role("status")).to_have_text("Signed out elsewhere: 2 sessions.")
    expect(account.get_by_text("this one")).to_be_visible()


def test_every_button_says_what_it_ends(account: Page) -> None:
    names = account.locator("main button").all_text_contents()

    assert len(names) == len(set(names)) == 7


def test_the_pages_fit_the_smallest_phone(account: Page) -> None:
    user_code = post_form("auth/device", scope="openid").json()["user_code"]
    account.set_viewport_size(SMALLEST_PHONE)

    for path in ("/", "/account", "/password", f"{PROTOCOL}/auth?{urlencode(ASKED)}", f"/device?user_code={user_code}"):
        account.goto(path)
        assert account.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"], path
    account.get_by_role("button", name="Continue").click()
    account.wait_for_selector("text=Not me")
    assert account.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]
