"""What is taken from an application it has no longer, at once: audiences by the gate, and scopes too."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from tests.tokens.asking import authorize, call_api, code_in, make_shop, post_form, redeem, signed_in, userinfo
from tokens.models import Application, Grant
from tokens.services.applications import update_registration
from tokens.services.consents import remember

API = settings.API_AUDIENCE


@pytest.fixture
def shop(alice: User) -> Application:
    shop = make_shop(audiences=[API])
    remember(user=alice, application=shop, scopes=shop.scopes, audience=API)
    return shop


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    return signed_in(alice)


def given(browser: Client, **asked: str) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(browser, **asked))).json())


def change(shop: Application, **changes: Any) -> None:
    update_registration(actor=SYSTEM, application=shop, changes=changes)


def scope_said(token: str) -> str:
    return str(post_form("token/introspect", token=token).json().get("scope"))


def test_a_token_for_an_audience_that_was_taken_stays_refused_when_it_is_given_again(
    browser: Client, shop: Application
) -> None:
    held = given(browser, resource=API)
    before = call_api(held["access_token"]).status_code

    change(shop, audiences=[])
    taken = call_api(held["access_token"]).status_code
    change(shop, audiences=[API])

    assert (before, taken, call_api(held["access_token"]).status_code) == (200, 401, 401)
    assert post_form("token", grant_type="refresh_token", refresh_token=held["refresh_token"]).status_code == 400


def test_what_it_holds_for_itself_goes_on(browser: Client, shop: Application) -> None:
    held = given(browser)

    change(shop, audiences=[])

    assert userinfo(held["access_token"]).status_code == 200
    assert Grant.objects.get().revoked_at is None


def test_a_client_that_is_ours_no_longer_has_no_token_for_the_api(alice: User, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(first_party=True, audiences=[])
    token = given(signed_in(alice))["access_token"]
    before = call_api(token).status_code

    Application.objects.filter(pk=shop.pk).update(first_party=False)

    assert (before, call_api(token).status_code) == (200, 401)


def test_a_scope_that_was_taken_opens_nothing_more(browser: Client, shop: Application) -> None:
    token = given(browser, scope="openid email groups")["access_token"]
    before = (userinfo(token).json().keys(), scope_said(token))

    change(shop, scopes=["openid", "groups"])

    assert {"email"} < before[0] and before[1] == "openid email groups"
    assert "email" not in userinfo(token).json() and scope_said(token) == "openid groups"


def test_without_the_scope_openid_there_is_no_userinfo(browser: Client, shop: Application) -> None:
    token = given(browser, scope="openid email")["access_token"]

    change(shop, scopes=["email"])

    assert userinfo(token).status_code == 403
