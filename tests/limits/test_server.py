"""The server as it runs takes a head and a body of a certain length within a certain time, and no more."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clustersync.api.rbac import ClusterRBACDiff
from clustersync.api.reports import ClusterRBACStatus
from runai_identity import asgi, request_bodies
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# For a head and for a body: more than it takes to send the longest of them on a busy machine.
SECONDS = 4
# As `make run`, with less time for both.
SERVER = f"""
from runai_identity import local

serving = local.start()

from runai_identity import request_bodies, serve

serve.HEADER_SECONDS = request_bodies.BODY_SECONDS = {SECONDS}
serving()
"""
HOST = "Host: 127.0.0.1\r\n"
HEALTH = f"GET /healthz HTTP/1.1\r\n{HOST}"
CHUNKED, TOKEN_SHOWN = "Transfer-Encoding: chunked", " with a token"
CLUSTER = "/api/v1/clusters/00000000-0000-4000-8000-000000000000"
STRANGERS = [
    (path, request_bodies.MIDDLE_BODY)
    for path in ("/login", "/nowhere", "/%ff", f"{CLUSTER}/rbac/diff", f"{CLUSTER}/rbac/status")
]
CALLERS = [
    (f"/api/v1/users{TOKEN_SHOWN}", request_bodies.MIDDLE_BODY),
    (f"/nowhere{TOKEN_SHOWN}", request_bodies.MIDDLE_BODY),
    (f"{CLUSTER}/rbac/status{TOKEN_SHOWN}", ClusterRBACStatus.most_bytes),
    (f"{CLUSTER}/rbac/diff{TOKEN_SHOWN}", ClusterRBACDiff.most_bytes),
]
TOKEN = f"POST /api/v1/token HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Start]:
    started = Start(tmp_path_factory.mktemp("limits") / "data").with_tables(migrated)
    started.begin("-c", SERVER)
    started.wait_until_served()
    yield started
    started.kill()


def status_of(served: Start, *sent: bytes) -> int:
    """The status of the answer; 0 where the server closes the connection without one."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        try:
            for part in sent:
                connection.sendall(part)
            line = connection.makefile("rb").readline().split()
        except (BrokenPipeError, ConnectionResetError):
            return 0
    return int(line[1]) if line else 0


def waits(served: Start, *sent: bytes) -> bool:
    """Return True if the server has not answered after a moment: it waits for the rest."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        for part in sent:
            connection.sendall(part)
        connection.settimeout(0.5)
        try:
            connection.recv(1)
        except TimeoutError:
            return True
    return False


def address_of(length: int) -> bytes:
    return f"GET /login?{'x' * (length - len('/login'))} HTTP/1.1\r\n{HOST}\r\n".encode()


def headers(number: int, length: int = 1) -> bytes:
    lines = "".join(f"X-{at}: {'x' * length}\r\n" for at in range(number - 1))
    return f"{HEALTH}{lines}\r\n".encode()


def post(path: str, *more: str) -> bytes:
    authorization = ["Authorization: Bearer x"] if path.endswith(TOKEN_SHOWN) else []
    lines = [f"POST {path.removesuffix(TOKEN_SHOWN)} HTTP/1.1", HOST.strip(), *authorization, *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    ("passes", "refused", "status"),
    [
        pytest.param(address_of(asgi.LONGEST_ADDRESS), address_of(asgi.LONGEST_ADDRESS + 1), 414, id="address"),
        pytest.param(headers(60, 1000), headers(100, 1320), 431, id="length of the head"),
        pytest.param(headers(100), headers(101), 431, id="number of headers"),
    ],
)
def test_a_head_has_a_greatest_length(served: Start, passes: bytes, refused: bytes, status: int) -> None:
    assert status_of(served, passes) == 200
    assert status_of(served, refused) == status


@pytest.mark.parametrize(("path", "most"), [*STRANGERS, *CALLERS])
def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(served: Start, path: str, most: int) -> None:
    assert status_of(served, post(path, f"Content-Length: {most + 1}")) == 413
    assert status_of(served, post(path, f"Content-Length: 00{'0' * 30}{most + 1}")) == 413
    assert waits(served, post(path, f"Content-Length: {most}"))


@pytest.mark.parametrize(("path", "most"), [*STRANGERS, *CALLERS[:3]])
def test_a_body_that_does_not_say_so_is_refused_where_it_is_too_long(served: Start, path: str, most: int) -> None:
    chunk = f"{most:x}\r\n".encode() + b"x" * most + b"\r\n"

    assert status_of(served, post(path, CHUNKED), chunk, b"1\r\nx\r\n") == 413
    assert waits(served, post(path, CHUNKED), chunk)


@pytest.mark.parametrize(
    "sent",
    [b"zz\r\n", b"f" * 17 + b"\r\nx", b"1;" + b"a" * 100_000 + b"\r\nx\r\n", b"0\r\n" + b"A: b\r\n" * 5000 + b"\r\n"],
    ids=["no length", "a length without an end", "a long extension", "many trailers"],
)
def test_chunks_that_can_not_be_told_apart_are_the_clients_fault(served: Start, sent: bytes) -> None:
    assert status_of(served, post("/login", CHUNKED), sent) == 400


def test_two_lengths_are_no_two_requests(served: Start) -> None:
    """What a proxy took for the body of a request must not be answered as a second one (RFC 9112 §6.3)."""
    hidden = f"GET /nowhere HTTP/1.1\r\n{HOST}\r\n"
    both = f"Content-Length: {len(hidden) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"

    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall((TOKEN + both).encode())
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile("rb").read()

    assert answers.count(b"HTTP/1.1 ") == 1 and b" 404 " not in answers


@pytest.mark.parametrize(
    ("sent", "status"), [(HEALTH.encode(), {0, 408}), (post("/login", "Content-Length: 10") + b"{", {408})]
)
def test_a_request_comes_whole_in_time(served: Start, sent: bytes, status: set[int]) -> None:
    began = time.monotonic()

    assert status_of(served, sent) in status
    assert SECONDS <= time.monotonic() - began < request_bodies.BODY_SECONDS
