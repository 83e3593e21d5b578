"""Who says yes says it to the application that the page showed, not to what became of it meanwhile."""

from typing import Any

import pytest

from accounts.models import User
from common.actors import SYSTEM
from tests.protocol.relying import decide, landed
from tests.tokens.asking import SHOP_REDIRECT, authorize, make_shop, post_form, signed_in
from tests.tokens.test_what_consent_covers import NEW, ONE, TWO, by_key, registering
from tokens.models import Application, Consent
from tokens.services.applications import delete_application, rotate_secret

pytestmark = pytest.mark.usefixtures("keys")


def made_anew(shop: Application) -> None:
    delete_application(actor=SYSTEM, application=shop)
    make_shop()


CHANGES: dict[str, Any] = {
    "a new secret": lambda shop: rotate_secret(actor=SYSTEM, application=shop),
    "a key in place of the secret": registering(by_key(ONE)),
    "one key, then another": registering(by_key(ONE), {"jwks": {"keys": [TWO]}}),
    "no proof any more": registering({"token_endpoint_auth_method": "none"}),
    "a redirect URI more": registering({"redirect_uris": [SHOP_REDIRECT, NEW]}),
    "another name on the page": registering({"display_name": "Command centre"}),
    "made anew under its name": made_anew,
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_page_is_shown_again(alice: User, change: str) -> None:
    browser = signed_in(alice)
    shop = make_shop()
    question = authorize(browser)
    CHANGES[change](shop)

    again = decide(browser, question)

    assert again.context["changed"] and "changed while you read" in again.content.decode()
    assert not Consent.objects.exists()
    assert landed(decide(browser, again))["code"]


@pytest.mark.parametrize("change", CHANGES)
def test_a_device_is_not_let_in(alice: User, change: str) -> None:
    browser = signed_in(alice)
    shop = make_shop()
    waiting = post_form("auth/device", scope="openid").json()
    page = browser.post("/device", {"user_code": waiting["user_code"]})
    CHANGES[change](shop)

    answer = browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})

    assert (answer.status_code, answer.templates[0].name) == (400, "tokens/device.html")


def test_what_changes_nothing_for_people_changes_nothing(alice: User) -> None:
    browser = signed_in(alice)
    shop = make_shop()
    question = authorize(browser)
    registering({"access_token_seconds": 60})(shop)

    assert landed(decide(browser, question))["code"]
