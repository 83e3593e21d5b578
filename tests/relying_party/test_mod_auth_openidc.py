"""Apache's mod_auth_openidc, from Debian, with nothing special in its configuration."""

from collections.abc import Iterator

import pytest
import requests

from tests.ports import free_port
from tests.relying_party.apache import apache
from tests.relying_party.us import ADMIN, Browser, Us

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def website(us: Us) -> Iterator[str]:
    """The address of an Apache that is registered with us."""
    port = free_port()
    callback = f"http://127.0.0.1:{port}/callback"
    secret = us.register("wiki", grantTypes=["authorization_code"], redirectUris=[callback])["secret"]
    with apache(port=port, issuer=us.issuer, client_id="wiki", secret=secret) as address:
        yield address


def test_it_lets_in_whom_we_signed_in(us: Us, website: str) -> None:
    browser = Browser(us)

    page = browser.get(browser.let(f"{website}/"), timeout=5)

    assert (page.text, page.headers["X-User"]) == ("Welcome to the shop", ADMIN["email"])


def test_it_lets_nobody_else_in(website: str) -> None:
    answer = requests.get(f"{website}/", timeout=5, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"].partition("?")[0].rpartition("/")[2]) == (302, "auth")
