"""The server as it runs takes a head and a body of a certain length within a certain time, and no more."""

import socket
import time
from collections.abc import Iterator

import pytest

from runai_identity import asgi
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SECONDS = 1
# As `make run`, with less time for a head and a body. What its start opened is closed before workers are forked.
SERVER = f"""
import os
from runai_identity import local, serve

def serve_with_less_time(*_):
    from django.db import connections
    from runai_identity import asgi
    connections.close_all()
    serve.HEADER_SECONDS = asgi.BODY_SECONDS = {SECONDS}
    serve.serve("127.0.0.1", int(os.environ["PORT"]))

os.execv = serve_with_less_time
local.main()
"""
HOST = "Host: 127.0.0.1\r\n"
HEALTH = f"GET /healthz HTTP/1.1\r\n{HOST}"
TOKEN = f"POST /api/v1/token HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    started = Start(tmp_path_factory.mktemp("limits") / "data")
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


def address_of(length: int) -> bytes:
    return f"GET /login?{'x' * (length - len('/login'))} HTTP/1.1\r\n{HOST}\r\n".encode()


def headers(number: int, length: int = 1) -> bytes:
    lines = "".join(f"X-{at}: {'x' * length}\r\n" for at in range(number - 1))
    return f"{HEALTH}{lines}\r\n".encode()


def body(length: int) -> bytes:
    return f"{TOKEN}Content-Length: {length}\r\n\r\n".encode()


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


def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(served: Start) -> None:
    assert status_of(served, body(asgi.LONGEST_BODY + 1)) == 413
    assert status_of(served, body(asgi.LONGEST_BODY)) == 408  # waited for


def test_a_body_that_does_not_say_so_is_refused_where_it_is_too_long(served: Start) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"

    assert status_of(served, f"{TOKEN}Transfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 18) == 413


def test_two_lengths_are_no_two_requests(served: Start) -> None:
    """What a proxy took for the body of a request must not be answered as a second one (RFC 9112 §6.3)."""
    hidden = f"GET /nowhere HTTP/1.1\r\n{HOST}\r\n"
    both = f"Content-Length: {len(hidden) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"

    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall((TOKEN + both).encode())
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile("rb").read()

    assert answers.count(b"HTTP/1.1 ") == 1 and b" 404 " not in answers


@pytest.mark.parametrize(("sent", "status"), [(HEALTH.encode(), {0, 408}), (body(10) + b"{", {408})])
def test_a_request_comes_whole_in_time(served: Start, sent: bytes, status: set[int]) -> None:
    began = time.monotonic()

    assert status_of(served, sent) in status
    assert time.monotonic() - began >= SECONDS
