"""Requests in the shapes in which clients, proxies and kubelets really send them, against a real server."""

import json
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.start.test_make_run import Start

pytestmark = pytest.mark.slow

JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
WRONG = json.dumps({"grantType": "password", "username": "nobody@example.com", "password": "wrong"}).encode()
TOKEN = "/api/v1/token"
OAUTH = "/auth/realms/runai/protocol/openid-connect/token"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Start]:
    """Behind a proxy on loopback that ends TLS."""
    started = Start(Path(tmp_path_factory.mktemp("http")) / "data").with_tables(migrated)
    started.begin(PUBLIC_URL="https://id.example.com", ALLOWED_HOSTS="id.example.com", TRUSTED_PROXIES="127.0.0.0/8")
    started.wait_until_served()
    yield started
    started.kill()


def chunked(pieces: Iterable[bytes], *, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    sent = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces if piece)
    return sent + b"0\r\n" + trailer + b"\r\n"


def ask(
    server: Start,
    method: str,
    path: str,
    *headers: str,
    body: bytes = b"",
    host: str = "id.example.com",
    scheme: str = "https",
) -> tuple[int, dict[str, str], bytes]:
    usual = [f"Host: {host}", f"X-Forwarded-Proto: {scheme}", "Connection: close"]
    lines = "\r\n".join([f"{method} {path} HTTP/1.1", *usual, *headers, "", ""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(lines.encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    named = (field.partition(": ") for field in fields)
    return int(status.split()[1]), {name.lower(): value for name, _, value in named}, content


def in_pieces(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


CHUNKED: dict[str, bytes] = {
    "in one chunk": chunked([WRONG]),
    "a byte a chunk": chunked(in_pieces(WRONG, 1)),
    "in sevens": chunked(in_pieces(WRONG, 7)),
    "with an extension": chunked([WRONG], extension=b";name=value"),
    "with a trailer": chunked([WRONG], trailer=b"X-Checksum: 1\r\n"),
}


@pytest.mark.parametrize("body", CHUNKED.values(), ids=list(CHUNKED))
def test_a_body_in_chunks_is_read(server: Start, body: bytes) -> None:
    status, _, content = ask(server, "POST", TOKEN, JSON, "Transfer-Encoding: chunked", body=body)

    assert (status, json.loads(content)["details"]) == (400, "bad_credentials")


def test_a_form_in_chunks_is_read(server: Start) -> None:
    form = b"grant_type=client_credentials&client_id=nobody&client_secret=wrong"

    status, _, content = ask(
        server, "POST", OAUTH, FORM, "Transfer-Encoding: chunked", body=chunked(in_pieces(form, 9))
    )

    assert (status, json.loads(content)["error"]) == (401, "invalid_client")


def test_what_expects_to_be_told_to_continue_is_read(server: Start) -> None:
    headers = (JSON, f"Content-Length: {len(WRONG)}", "Expect: 100-continue")

    status, _, content = ask(server, "POST", TOKEN, *headers, body=WRONG)

    assert status == 100 and b"bad_credentials" in content


@pytest.mark.parametrize("kilobytes", [257, 513, 3000])
def test_a_body_in_chunks_that_is_too_long_is_refused(server: Start, kilobytes: int) -> None:
    long = json.dumps({"grantType": "x" * kilobytes * 1024}).encode()

    status, _, content = ask(
        server, "POST", TOKEN, JSON, "Transfer-Encoding: chunked", body=chunked(in_pieces(long, 8192))
    )

    assert (status in (400, 413) and b"longer than" in content) or b"too large" in content


@pytest.mark.parametrize("path", [TOKEN, "/v1/k8s/auth/oauth/apptoken"])
def test_json_without_a_content_type_is_json(server: Start, path: str) -> None:
    older = json.dumps({"name": "nobody", "secret": "wrong", "id": "nobody"}).encode()
    body = WRONG if path == TOKEN else older

    status, _, content = ask(server, "POST", path, f"Content-Length: {len(body)}", body=body)

    assert (status, json.loads(content)["details"]) in ((400, "bad_credentials"), (401, "bad_credentials"))


@pytest.mark.parametrize("host", ["10.244.1.7:8000", "[fd00::1]:8000", "localhost", "id.example.com", "a b", ""])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_at_any_host(server: Start, path: str, host: str) -> None:
    status, headers, content = ask(server, "GET", path, host=host)

    assert (status, json.loads(content)) == (200, {"status": "ok"})
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_comes_without_tls(server: Start, path: str) -> None:
    assert ask(server, "GET", path, host="10.0.0.1", scheme="http")[0] == 200


@pytest.mark.parametrize("path", ["/login", "/api/v1/me", "/healthz/", "/readyzx"])
def test_another_page_is_not(server: Start, path: str) -> None:
    assert ask(server, "GET", path, host="10.244.1.7:8000")[0] == 400


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "https,http"])
def test_a_scheme_in_capitals_does_not_redirect_to_itself(server: Start, scheme: str) -> None:
    assert ask(server, "GET", "/login", scheme=scheme)[0] == 200


def test_plain_http_is_sent_to_https(server: Start) -> None:
    status, headers, _ = ask(server, "GET", "/login", scheme="http")

    assert (status, headers["location"]) == (301, "https://id.example.com/login")


@pytest.mark.parametrize(("length", "status"), [(4000, 400), (8100, 400), (16000, 400), (17000, 400), (18000, 414)])
def test_an_authorization_request_may_be_long(server: Start, length: int, status: int) -> None:
    """Answered by a page that says what is wrong with it, up to the length that the server promises."""
    path = f"/auth/realms/runai/protocol/openid-connect/auth?client_id=nobody&state={'x' * length}"

    answered, _, body = ask(server, "GET", path)

    assert answered == status
    assert (b"sign you in" in body) == (status == 400)
