"""Chromium between our pages and SimpleSAMLphp's, which are of different sites: localhost and 127.0.0.1.

What no test client sees: whether cookies (SameSite=Lax) and our content policy let the messages through.
"""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import requests
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from tests.cast import Tree
from tests.e2e.test_signing_in_for_an_application import begin
from tests.e2e.test_signing_in_for_an_application import callback as callback
from tests.sso.signing_in import jane, path_of
from tests.sso.simplesaml import JANE, SimpleSAML, simplesaml

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

BUTTON = "Continue with Corp"
REDIRECT_SIGN_IN = re.compile(r'<md:SingleSignOnService Binding="[^"]*HTTP-Redirect"[^>]*/>')


@pytest.fixture
def there(tree: Tree, live_server: LiveServer, settings: Settings) -> Iterator[SimpleSAML]:
    settings.PUBLIC_URL = live_server.url
    settings.ISSUER = f"{live_server.url}/auth/realms/runai"
    with simplesaml() as started:
        assert "127.0.0.1" in started.url
        assert "localhost" in live_server.url
        yield started


@pytest.fixture
def corp(there: SimpleSAML, live_server: LiveServer) -> IdentityProvider:
    return connect(there, live_server, metadata=there.metadata())


def connect(there: SimpleSAML, live_server: LiveServer, *, metadata: str) -> IdentityProvider:
    provider = connect_provider(actor=SYSTEM, alias="corp", type="saml", name="Corp", metadata=metadata, enabled=True)
    there.trust(requests.get(f"{live_server.url}{path_of(provider, 'endpoint/descriptor')}", timeout=10).text)
    return provider


@pytest.fixture
def front(there: SimpleSAML) -> Iterator[str]:
    """What stands before a provider, and sends browsers on to it."""

    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(303)
            self.send_header("Location", there.url)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Front)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sign-in"
    server.shutdown()
    server.server_close()


def enter_there(page: Page) -> None:
    """Say who one is on the provider's page."""
    page.wait_for_url("http://127.0.0.1:*/module.php/core/loginuserpass.php*")
    page.locator("input[name=username]").fill(JANE[0])
    page.locator("input[name=password]").fill(JANE[1])
    page.locator("input[name=password]").press("Enter")


def test_it_comes_back_signed_in_to_the_page_asked_for(page: Page, corp: IdentityProvider) -> None:
    page.goto("/account")
    expect(page.get_by_label("Password", exact=True)).to_be_visible()

    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)

    page.wait_for_url("**/account")
    assert jane().email in page.locator("main").inner_text()
    assert Session.objects.get().provider_id == corp.pk


def test_an_application_gets_its_code_by_way_of_the_directory(
    page: Page, corp: IdentityProvider, callback: str
) -> None:
    begin(page, callback)
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{callback}?code=*")

    assert page.get_by_role("heading").inner_text() == "Welcome to the shop"


def test_signing_out_ends_it_here_and_there(page: Page, corp: IdentityProvider) -> None:
    page.goto("/login")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.wait_for_url("**/")

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login?signed-out")
    assert not Session.objects.live().exists()

    page.get_by_role("link", name=BUTTON).click()
    page.wait_for_url("http://127.0.0.1:*/module.php/core/loginuserpass.php*")


def test_signing_out_there_ends_it_here_and_goes_on_there(
    page: Page, corp: IdentityProvider, there: SimpleSAML
) -> None:
    page.goto("/login")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.wait_for_url("**/")

    page.goto(f"{there.url}/saml2/idp/SingleLogoutService.php?ReturnTo={there.url}/logout.php")
    page.wait_for_url(f"{there.url}/**")
    page.goto("/")

    expect(page.get_by_text("signed out at your organisation")).to_be_visible()
    assert not Session.objects.live().exists()


def test_an_application_may_want_a_fresh_sign_in_at_the_directory(
    page: Page, corp: IdentityProvider, callback: str
) -> None:
    page.goto("/login")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.wait_for_url("**/")

    begin(page, callback, prompt="login")
    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)
    page.get_by_role("button", name="Allow").click()

    page.wait_for_url(f"{callback}?code=*")


def test_a_provider_that_takes_posts_alone_is_posted_to(page: Page, there: SimpleSAML, live_server: LiveServer) -> None:
    posts_alone, taken_out = REDIRECT_SIGN_IN.subn("", there.metadata())
    connect(there, live_server, metadata=posts_alone)
    assert taken_out == 1

    page.goto("/login?next=/account")
    with page.expect_request(lambda request: "SSOService" in request.url) as sent:
        page.get_by_role("link", name=BUTTON).click()
    enter_there(page)

    page.wait_for_url("**/account")
    assert sent.value.method == "POST"


def test_a_provider_may_pass_what_is_posted_on_to_another_origin(
    page: Page, there: SimpleSAML, live_server: LiveServer, front: str
) -> None:
    posts_alone = REDIRECT_SIGN_IN.sub("", there.metadata())
    connect(there, live_server, metadata=re.sub(r"http://[^\"]*/SSOService\.php", front, posts_alone))

    page.goto("/login")
    page.get_by_role("link", name=BUTTON).click()

    page.wait_for_url(f"{there.url}/**", timeout=10_000)


def test_whoever_comes_to_sign_in_is_sent_on_at_once_where_that_is_set(page: Page, corp: IdentityProvider) -> None:
    update_general_settings(actor=SYSTEM, auto_redirect_alias="corp")

    page.goto("/account")
    enter_there(page)

    page.wait_for_url("**/account")


def test_the_password_form_stays_in_reach_then(page: Page, corp: IdentityProvider) -> None:
    update_general_settings(actor=SYSTEM, auto_redirect_alias="corp")

    page.goto("/login?local")

    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=BUTTON)).to_be_visible()


def test_a_refusal_shows_its_reference(page: Page, corp: IdentityProvider) -> None:
    IdentityProvider.objects.update(create_users=False)
    page.goto("/login")

    page.get_by_role("link", name=BUTTON).click()
    enter_there(page)

    page.wait_for_url("**/continue?*")
    assert page.locator(".reference").inner_text() == corp.attempts.get().reference
    assert not Session.objects.exists()
