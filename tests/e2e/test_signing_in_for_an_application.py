"""What no test client sees: Chromium holds redirects after a form to our own form-action."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests import cast
from tests.e2e.conftest import fill_in, sign_in
from tests.keys import plant_keys
from tests.tokens.asking import CHALLENGE, PROTOCOL, make_shop, post_form
from tokens.models import AuthorizationCode

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>Shop</title><link rel=icon href=data:,><h1>Welcome to the shop</h1>")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def callback(live_server: LiveServer) -> Iterator[str]:
    """A web application of another origin, whose page tells whether the browser got there."""
    plant_keys()
    server = HTTPServer(("127.0.0.1", 0), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/callback"
    make_shop(redirect_uris=url, display_name="The Shop")
    yield url
    server.shutdown()
    server.server_close()


def begin(page: Page, callback: str, **more: str) -> None:
    asked = {
        "client_id": "shop",
        "response_type": "code",
        "redirect_uri": callback,
        "scope": "openid email",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    page.goto(f"{PROTOCOL}/auth?{urlencode(asked)}")


def test_it_gets_from_the_application_over_sign_in_and_consent_back(page: Page, charlie: User, callback: str) -> None:
    begin(page, callback)
    fill_in(page, charlie)
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{callback}?code=*")

    assert page.get_by_role("heading").inner_text() == "Welcome to the shop"


def test_it_asks_once_and_then_goes_straight_back(page: Page, charlie: User, callback: str) -> None:
    sign_in(page, charlie)
    begin(page, callback)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{callback}?code=*")

    begin(page, callback)

    page.wait_for_url(f"{callback}?code=*")
    assert AuthorizationCode.objects.count() == 2


def test_no_takes_the_person_back_without_a_code(page: Page, charlie: User, callback: str) -> None:
    sign_in(page, charlie)
    begin(page, callback)

    page.get_by_role("button", name="Deny").click()

    page.wait_for_url(f"{callback}?error=access_denied*")


def test_it_asks_again_who_it_is_when_the_application_wants_that(page: Page, charlie: User, callback: str) -> None:
    sign_in(page, charlie)

    begin(page, callback, prompt="login")
    fill_in(page, charlie)
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{callback}?code=*")


def test_it_connects_a_device_by_the_code_it_shows(page: Page, charlie: User, callback: str) -> None:
    waiting = post_form("auth/device", scope="openid email").json()
    sign_in(page, charlie)

    page.goto(f"/device?user_code={waiting['user_code']}")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Connect").click()

    assert page.get_by_role("heading", name="connected").is_visible()


def test_what_is_said_of_a_device_has_room_beside_its_names(page: Page, charlie: User, callback: str) -> None:
    page.context.set_extra_http_headers({"Accept-Language": "de"})
    waiting = post_form("auth/device", scope="openid email").json()
    sign_in_in_german(page, charlie)
    page.goto(f"/device?user_code={waiting['user_code']}")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("button", name="Verbinden").wait_for()

    squeezed = (
        "[...document.querySelectorAll('dd')].filter((one) => one.clientWidth * 2 < one.parentElement.clientWidth)"
    )
    assert page.evaluate(f"{squeezed}.length") == 0


def sign_in_in_german(page: Page, user: User) -> None:
    page.goto("/login")
    page.get_by_label("E-Mail").fill(user.email)
    page.get_by_label("Passwort", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url("**/")
