"""10,000 idle and 200 half-open connections, and clusters and people who are answered meanwhile as before."""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.proxies import in_front, nginx
from tests.faults.databases import SQLite
from tests.faults.served import EMAIL, PASSWORD, Asked
from tests.ports import free_port
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

IDLE, HALF_OPEN = 10_000, 200
HALF_A_REQUEST = b"POST /api/v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\nX-Half: "
LONGEST = 5.0  # seconds; alone each takes a fraction of one


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process, and what it starts, have a file for each connection."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * IDLE
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, before[1])))
    except (ValueError, PermissionError):
        pytest.skip(f"This system allows {before[1]} files, and {wanted} are needed: ulimit -Hn")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[0], before[1]))


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Start]:
    start = Start(folder / "data")
    given = {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD}
    start.begin(DATABASE_URL=SQLite(folder / "rows.sqlite3").url, **given, **environment)
    try:
        start.wait_until_served()
        yield start
    finally:
        start.kill()


@contextmanager
def crowd(port: int) -> Iterator[None]:
    """Most say nothing. The others send half a request, and of these every second one closes its sending side."""
    with ExitStack() as stack:
        for number in range(IDLE + HALF_OPEN):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            if number < HALF_OPEN:
                connection.sendall(HALF_A_REQUEST)
            if number < HALF_OPEN and number % 2:
                connection.shutdown(socket.SHUT_WR)
        yield


def established(port: int) -> int:
    """Count the connections that the kernel has for the server at this port."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines)


def seconds_of(asked: Asked) -> list[float]:
    """Return how long reviews and sign-ins took, each of which was answered as it should be."""
    took = []
    asking: list[Callable[[], Any]] = [*[asked.review] * 30, *[asked.robos_token] * 10, *[asked.token] * 5]
    for ask in asking:
        began = time.monotonic()
        answer = ask()  # a token says by itself that it was given
        took.append(time.monotonic() - began)
        assert isinstance(answer, str) or answer.status_code == 200
    return took


def holds(asked: Asked, port: int) -> None:
    with crowd(port):
        there = established(port)
        took = seconds_of(asked)

    assert there >= IDLE
    assert max(took) < LONGEST, sorted(took)


@pytest.mark.usefixtures("many_files")
def test_the_server_answers_beside_10_000_idle_connections(tmp_path: Path) -> None:
    with served(tmp_path) as start:
        holds(Asked(start.url), start.port)


@pytest.mark.usefixtures("many_files")
def test_gunicorn_behind_nginx_answers_beside_them(tmp_path: Path) -> None:
    public = free_port()
    proxied = {"PUBLIC_URL": f"https://127.0.0.1:{public}", "TRUSTED_PROXIES": "127.0.0.1/32"}
    with (
        served(tmp_path, WEB_SERVER="gunicorn", **proxied) as start,
        in_front(nginx, behind=[start.port], https=public) as proxy,
    ):
        holds(Asked(proxy.url, str(proxy.authority)), public)
