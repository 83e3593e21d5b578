"""The page that registers an application asks for what that kind needs, and says what to copy."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.conftest import sign_in
from tokens.models import Application

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ADD = "/admin/tokens/application/add/"


def test_it_asks_only_who_sends_people_somewhere_for_their_way_back(page: Page, ada: User) -> None:
    sign_in(page, ada)
    page.goto(ADD)
    uris = page.get_by_label("Redirect URIs")

    expect(uris).to_be_hidden()
    page.get_by_label("Web application: a server").check()
    expect(uris).to_be_visible()
    page.get_by_label("Device without a browser").check()
    expect(uris).to_be_hidden()


def test_it_registers_a_web_application(page: Page, ada: User) -> None:
    sign_in(page, ada)
    page.goto(ADD)
    page.get_by_label("Name").fill("shop")
    page.get_by_label("Web application: a server").check()
    page.get_by_label("Redirect URIs").fill("https://shop.example.com/callback")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("output.revealed")).to_be_visible()

    page.goto(f"/admin/tokens/application/{Application.objects.get(name='shop').pk}/change/")
    box = page.locator(".to-copy")
    expect(box).to_contain_text("/auth/realms/runai/.well-known/openid-configuration")
    expect(box).to_contain_text("It was shown when it was made")
