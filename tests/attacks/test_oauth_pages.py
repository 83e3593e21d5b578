"""O17 and O26: what a person decides on a page counts for the question they saw, in the session they saw it in."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.tokens.asking import authorize, make_shop, post_form, signed_in
from tokens.models import Application, AuthorizationCode, Consent, DeviceCode


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


def strict(user: User) -> Client:
    """A browser that is held to our CSRF protection."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(user).cookies
    return browser


def form_of(page: Any) -> tuple[str, dict[str, str]]:
    text = page.content.decode()
    action = re.search(r'action="([^"]*/auth/consent[^"]*)"', text)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', text)
    return html.unescape(action[1]) if action else "", dict(fields)


def nothing_given() -> bool:
    return not AuthorizationCode.objects.exists() and not Consent.objects.exists()


def test_consent_works_from_its_page(alice: User, shop: Application) -> None:
    browser = signed_in(alice)
    action, fields = form_of(authorize(browser))

    browser.post(action, {**fields, "decision": "allow"})

    assert AuthorizationCode.objects.count() == 1


def test_o17_consent_takes_our_csrf_token(alice: User, shop: Application) -> None:
    browser = strict(alice)
    action, fields = form_of(authorize(browser))
    fields.pop("csrfmiddlewaretoken")

    answer = browser.post(action, {**fields, "decision": "allow"})

    assert answer.status_code == 403 and nothing_given()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("openid+email+groups", "openid+email+groups+offline_access"), ("state-1", "state-2"), ("shop", "other")],
)
def test_o17_consent_is_for_the_request_that_was_shown(alice: User, shop: Application, was: str, becomes: str) -> None:
    make_shop(name="other")
    browser = signed_in(alice)
    action, fields = form_of(authorize(browser))

    answer = browser.post(action.replace(was, becomes), {**fields, "decision": "allow"})

    assert was in action and answer.status_code == 400 and nothing_given()


def test_o17_no_field_of_the_form_changes_the_request(alice: User, shop: Application) -> None:
    browser = signed_in(alice)
    action, fields = form_of(authorize(browser))

    browser.post(action, {**fields, "decision": "allow", "scope": "openid offline_access", "state": "evil"})

    assert AuthorizationCode.objects.get().scope == "openid email groups"


def test_o17_consent_is_of_the_session_that_was_asked(alice: User, bob: User, shop: Application) -> None:
    action, fields = form_of(authorize(signed_in(bob)))

    answer = signed_in(alice).post(action, {**fields, "decision": "allow"})

    assert answer.status_code == 400 and nothing_given()


@pytest.mark.parametrize("decision", ["", "deny", "Allow", "yes"])
def test_o26_only_yes_is_yes(alice: User, shop: Application, decision: str) -> None:
    browser = signed_in(alice)
    action, fields = form_of(authorize(browser))

    browser.post(action, {**fields, "decision": decision})

    assert nothing_given()


def test_o26_an_empty_post_gives_nothing(alice: User, shop: Application) -> None:
    browser = signed_in(alice)
    action, _ = form_of(authorize(browser))

    browser.post(action, {})

    assert nothing_given()


def test_o26_a_device_is_let_in_only_after_it_was_shown(alice: User, shop: Application) -> None:
    waiting = post_form("auth/device", scope="openid").json()

    signed_in(alice).post("/device", {"user_code": waiting["user_code"], "decision": "allow"})

    assert DeviceCode.objects.get().approved_in is None


def test_o17_a_device_is_let_in_by_the_session_that_was_shown_it(alice: User, bob: User, shop: Application) -> None:
    waiting = post_form("auth/device", scope="openid").json()
    shown = signed_in(bob).post("/device", {"user_code": waiting["user_code"]})

    answer = signed_in(alice).post("/device", {"request_token": shown.context["request_token"], "decision": "allow"})

    assert answer.status_code == 400 and DeviceCode.objects.get().approved_in is None


def test_o17_letting_a_device_in_takes_our_csrf_token(alice: User, shop: Application) -> None:
    waiting = post_form("auth/device", scope="openid").json()

    answer = strict(alice).post("/device", {"user_code": waiting["user_code"]})

    assert answer.status_code == 403
