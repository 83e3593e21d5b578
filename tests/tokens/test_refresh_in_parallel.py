"""Twenty requests of one client at once, each with the same refresh token."""

import pytest
from django.test import Client

from accounts.models import Session, User
from tests.tokens.asking import (
    authorize,
    by_password,
    by_refresh,
    code_in,
    make_shop,
    post_form,
    redeem,
    signed_in,
    userinfo,
)
from tests.tokens.at_once import at_once
from tokens.models import Application, Grant
from tokens.services.consents import remember

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def test_they_get_one_chain(alice: User) -> None:
    token = by_password(alice)["refreshToken"]

    answers = at_once(lambda: by_refresh(token))

    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refreshToken"] for answer in answers}
    assert len(successors) == 1
    assert by_refresh(successors.pop()).status_code == 200
    assert Grant.objects.filter(revoked_at=None).count() == 1
    assert Session.objects.get().revoked_at is None


def test_o06_they_get_one_chain_at_the_oauth_endpoint(browser: Client) -> None:
    first = redeem(code_in(authorize(browser))).json()["refresh_token"]

    answers = at_once(lambda: post_form("token", grant_type="refresh_token", refresh_token=first))

    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert Grant.objects.filter(revoked_at=None).count() == 1
    again = post_form("token", grant_type="refresh_token", refresh_token=successors.pop()).json()
    assert userinfo(again["access_token"]).status_code == 200
