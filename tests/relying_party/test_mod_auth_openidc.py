"""Apache's mod_auth_openidc, from Debian, with nothing special in its configuration, against a server of its own."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.relying_party.apache import apache
from tests.start.test_make_run import Start, free_port

pytestmark = pytest.mark.slow

ADMIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data")
    started.begin(RUNAI_ADMIN_EMAIL=ADMIN["email"], RUNAI_ADMIN_PASSWORD=ADMIN["password"])
    started.wait_until_served()
    yield started
    started.kill()


@pytest.fixture
def us(start: Start) -> str:
    return f"http://127.0.0.1:{start.port}"


@pytest.fixture
def website(us: str) -> Iterator[str]:
    """The address of an Apache that is registered with us."""
    port = free_port()
    asked = {"grantType": "password", "username": ADMIN["email"], "password": ADMIN["password"]}
    token = requests.post(f"{us}/api/v1/token", json=asked, timeout=5).json()["accessToken"]
    shop = {"name": "shop", "grantTypes": ["authorization_code"], "redirectUris": [f"http://127.0.0.1:{port}/callback"]}
    made = requests.post(f"{us}/api/v1/apps", json=shop, headers={"Authorization": f"Bearer {token}"}, timeout=5).json()
    with apache(port=port, issuer=f"{us}/auth/realms/runai", secret=made["secret"]) as address:
        yield address


def found(pattern: str, page: requests.Response) -> str:
    match = re.search(pattern, page.text)
    assert match, page.text
    return html.unescape(match[1])


def post(browser: requests.Session, page: requests.Response, url: str, **fields: str) -> requests.Response:
    csrf = found('name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return browser.post(url, data={"csrfmiddlewaretoken": csrf, **fields}, timeout=5)


def test_it_lets_in_whom_we_signed_in(us: str, website: str) -> None:
    browser = requests.Session()
    sign_in = browser.get(f"{website}/", timeout=5)
    onwards = post(browser, sign_in, f"{us}/login", next=found('name="next" value="([^"]+)"', sign_in), **ADMIN)
    consent = browser.get(us + found('url=([^"]+)"', onwards), timeout=5)
    there = found('action="([^"]+/auth/consent[^"]+)"', consent)
    token = found('name="request_token" value="([^"]+)"', consent)
    back = post(browser, consent, us + there, request_token=token, decision="allow")

    page = browser.get(found('url=([^"]+)"', back), timeout=5)

    assert (page.text, page.headers["X-User"]) == ("Welcome to the shop", ADMIN["email"])


def test_it_lets_nobody_else_in(website: str) -> None:
    answer = requests.get(f"{website}/", timeout=5, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"].partition("?")[0].rpartition("/")[2]) == (302, "auth")
