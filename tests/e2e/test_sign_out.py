import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_it_reaches_another_origin_past_our_own_policy(page: Page, charlie: User, live_server: LiveServer) -> None:
    elsewhere = live_server.url.replace("localhost", "127.0.0.1") + "/login"
    update_general_settings(actor=SYSTEM, logout_redirect_uri=elsewhere)
    sign_in(page, charlie)

    page.get_by_role("button", name="Sign out", exact=True).click()

    page.wait_for_url(elsewhere)
