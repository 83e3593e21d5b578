"""The one door to addresses that somebody named."""

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from pytest_django import Settings

from common.connections import is_allowed
from common.errors import DomainError
from common.outbound import fetch, guard, session
from tests.common.addresses import REFUSED

BODY = b"<metadata/>"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        getattr(self, f"_{self.path.strip('/').partition('?')[0]}", self._missing)()

    def _answer(self, status: int = 200, body: bytes = BODY, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _fine(self) -> None:
        self._answer()

    def _missing(self) -> None:
        self._answer(404)

    def _on(self) -> None:
        self._answer(302, b"", Location="/fine")

    def _round(self) -> None:
        self._answer(302, b"", Location="/round")

    def _inside(self) -> None:
        self._answer(302, b"", Location="http://169.254.169.254/latest/meta-data")

    def _file(self) -> None:
        self._answer(302, b"", Location="file:///etc/passwd")

    def _long(self) -> None:
        self._answer(body=b"x" * 300_000)

    def _zipped(self) -> None:
        self._answer(body=gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip")

    def _slow(self) -> None:
        self._drip(b"HTTP/1.1 200 OK\r\n\r\n")

    def _headers(self) -> None:
        self._drip(b"HTTP/1.1 200 OK\r\n")

    def _chunks(self) -> None:
        self._drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")

    def _drip(self, begun: bytes) -> None:
        self.wfile.write(begun)
        for _ in range(40):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def _continue(self) -> None:
        for _ in range(80):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    def _nowhere(self) -> None:
        self._answer(302, b"", Location="http://[::1")

    def _endless(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/fine")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"x" * 1_000_000)
        self.server.asked.append("all of it was read")  # type: ignore[attr-defined]

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server: Any, settings: Settings) -> str:
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    return f"http://127.0.0.1:{server.server_port}"


def refusal(url: str, **bounds: Any) -> str:
    with pytest.raises(DomainError) as refused:
        fetch(url, **{"most_bytes": 100_000, "seconds": 1, **bounds})
    return refused.value.code


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up gets the next answer; returns what was looked up, as it happens."""
    looked_up: list[str] = []

    def answer(host: str, port: int, *args: object, **more: object) -> list[Any]:
        addresses = answers[min(len(looked_up), len(answers) - 1)]
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return looked_up


@pytest.mark.parametrize("path", ["fine", "on"])
def test_it_fetches(url: str, path: str) -> None:
    assert fetch(f"{url}/{path}", most_bytes=100) == BODY


@pytest.mark.parametrize(
    ("path", "code"),
    [
        *(
            (path, "unreachable")
            for path in ["missing", "round", "long", "zipped", "slow", "headers", "chunks", "continue", "nowhere"]
        ),
        ("inside", "address_not_allowed"),
        ("file", "address_not_allowed"),
    ],
)
def test_it_refuses_what_a_server_answers(url: str, path: str, code: str) -> None:
    began = time.monotonic()

    assert refusal(f"{url}/{path}") == code
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("address", REFUSED)
def test_it_refuses_addresses_inside_and_what_is_none(settings: Settings, address: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []

    assert refusal(address) == "address_not_allowed"


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111"])
def test_public_addresses_are_open(settings: Settings, address: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []

    assert is_allowed(ipaddress.ip_address(address))


def test_a_name_is_looked_up_once_and_connected_to_as_checked(
    url: str, server: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name service that gives an address open to us first, and another one afterwards, gets nowhere."""
    settings.OUTBOUND_PRIVATE_NETWORKS = [ipaddress.ip_network("127.0.0.1/32")]
    looked_up = resolve_to(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])

    body = fetch(f"http://rebinding.example.com:{server.server_port}/fine", most_bytes=100)

    assert (body, looked_up, server.asked) == (BODY, ["rebinding.example.com"], ["/fine"])


def test_a_name_that_leads_inside_is_refused(server: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    resolve_to(monkeypatch, ["127.0.0.1"])

    assert refusal(f"https://inside.example.com:{server.server_port}/fine") == "address_not_allowed"
    assert server.asked == []


def test_plain_http_reaches_only_listed_addresses(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["93.184.215.14"])

    assert refusal("http://public.example.com/") == "address_not_allowed"


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b"])
def test_what_is_no_name_is_unreachable(host: str) -> None:
    assert refusal(f"https://{host}/") == "unreachable"


def test_one_allowed_address_of_several_is_enough(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["10.0.0.1", "127.0.0.1"])
    port = url.rpartition(":")[2]

    with session() as client:
        assert client.get(f"http://mixed.example.com:{port}/fine", timeout=2).content == BODY


def test_a_client_follows_no_redirect_and_does_not_read_it(url: str, server: Any) -> None:
    with session() as client, client.get(f"{url}/endless", timeout=2, stream=True) as answer:
        assert answer.status_code == 302

    assert server.asked == ["/endless"]


def test_a_redirect_is_not_read_on_the_way(url: str, server: Any) -> None:
    assert fetch(f"{url}/endless", most_bytes=100) == BODY
    assert server.asked == ["/endless", "/fine"]


def test_a_client_with_a_secret_follows_none(url: str) -> None:
    with guard(requests.Session(), most_bytes=1000) as client, pytest.raises(DomainError, match="leads on"):
        client.post(f"{url}/on", data={"client_secret": "x"})


def test_it_says_which_setting_opens_a_network(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []

    with pytest.raises(DomainError, match="OUTBOUND_PRIVATE_NETWORKS"):
        fetch("https://10.1.2.3/metadata", most_bytes=100)
