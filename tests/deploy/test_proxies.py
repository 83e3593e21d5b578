"""The server behind the proxies of deploy/proxies: real ones, from Debian."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.deploy.proxies import Proxy, haproxy, in_front, nginx
from tests.ports import free_port
from tests.relying_party.us import ADMIN
from tests.start.test_make_run import Start

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Start]:
    """A server whose people come to https://127.0.0.1, at `public`."""
    start = Start(tmp_path_factory.mktemp("behind") / "data").with_tables(migrated)
    start.public = free_port()
    start.begin(
        PUBLIC_URL=f"https://127.0.0.1:{start.public}",
        TRUSTED_PROXIES="127.0.0.1/32",
        RUNAI_ADMIN_EMAIL=ADMIN["email"],
        RUNAI_ADMIN_PASSWORD=ADMIN["password"],
    )
    start.wait_until_served()
    yield start
    start.kill()


@pytest.fixture(params=[nginx, haproxy], ids=["nginx", "HAProxy"], scope="module")
def proxy(request: pytest.FixtureRequest, start: Start) -> Iterator[Proxy]:
    with in_front(request.param, behind=[start.port, free_port()], https=start.public) as running:  # one is away
        yield running


@pytest.fixture
def client(proxy: Proxy) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
    session.verify = str(proxy.authority)
    return session


def token(client: requests.Session, proxy: Proxy, **more: str) -> requests.Response:
    asked = {"grantType": "password", "username": ADMIN["email"], "password": ADMIN["password"]}
    return client.post(f"{proxy.url}/api/v1/token", json=asked, headers=more, timeout=10)


def test_its_pages_and_cookies_are_for_https(client: requests.Session, proxy: Proxy) -> None:
    page = client.get(f"{proxy.url}/login", timeout=10)

    assert page.status_code == 200
    assert {cookie.secure for cookie in client.cookies} == {True}
    assert "Strict-Transport-Security" in page.headers or proxy.url.startswith("https://127.")


def test_plain_http_is_sent_to_https(client: requests.Session, proxy: Proxy) -> None:
    answer = client.get(f"http://127.0.0.1:{proxy.http}/login", timeout=10, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"].partition(":")[0]) == (301, "https")


def test_the_server_counts_the_address_that_the_proxy_saw(client: requests.Session, proxy: Proxy) -> None:
    access = token(client, proxy, **{"X-Forwarded-For": "203.0.113.9"}).json()["accessToken"]

    entries = client.get(f"{proxy.url}/api/v1/audit/log", headers={"Authorization": f"Bearer {access}"}, timeout=10)

    assert entries.status_code == 200
    assert "127.0.0.1" in entries.text
    assert "203.0.113.9" not in entries.text


def test_an_authorization_request_of_16_kb_comes_through(client: requests.Session, proxy: Proxy) -> None:
    asked = {"response_type": "code", "client_id": "nobody", "state": "s" * 15_900}

    answer = client.get(f"{proxy.url}/auth/realms/runai/protocol/openid-connect/auth", params=asked, timeout=10)

    assert answer.status_code == 400
    assert "Tell its administrator" in answer.text  # our own page: nobody knows the client


def test_a_body_without_a_length_comes_through(client: requests.Session, proxy: Proxy) -> None:
    body = b'{"grantType": "password", "username": "%s", "password": "%s"}' % (
        ADMIN["email"].encode(),
        ADMIN["password"].encode(),
    )

    answer = client.post(f"{proxy.url}/api/v1/token", data=iter([body]), timeout=10)

    assert answer.status_code == 200
