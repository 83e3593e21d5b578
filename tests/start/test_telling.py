"""A start tells systemd and people how far it is, at the right moment. A socket stands for systemd's."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from runai_identity.local import SERVERS
from tests.start.test_make_run import ROOT, Start

pytestmark = pytest.mark.slow


class Systemd:
    """The receiver of what sd_notify(3) sends. An address with @ is an abstract one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0"))
        self.socket.settimeout(60)

    def told(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")

    def told_until(self, state: str) -> list[str]:
        """Return the states up to this one."""
        told: list[str] = []
        while state not in told:
            told += self.told()
        return told

    def rest(self) -> list[str]:
        self.socket.setblocking(False)
        told = []
        while True:
            try:
                told += self.told()
            except BlockingIOError:
                return told


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@runai-identity-{os.getpid()}-{tmp_path.name}"
    systemd = Systemd(address)
    yield systemd
    systemd.socket.close()


@pytest.fixture
def start(tmp_path: Path, migrated: Path) -> Iterator[Start]:
    start = Start(tmp_path / "data").with_tables(migrated)
    yield start
    start.kill()


def ready(start: Start) -> requests.Response:
    return requests.get(f"{start.url}/readyz", timeout=10)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("workers", ["1", "3"])
def test_systemd_is_told_when_it_serves_and_once(start: Start, systemd: Systemd, server: str, workers: str) -> None:
    start.begin(NOTIFY_SOCKET=systemd.address, WEB_SERVER=server, WEB_CONCURRENCY=workers)

    before = systemd.told_until("READY=1")
    answer = ready(start)

    assert answer.status_code == 200, answer.text
    assert before[0] == "STATUS=Bringing the database up to date"
    time.sleep(1)
    again = systemd.rest()
    assert f"STATUS=Serving on {start.url}" in again[-2:] + before
    assert again.count("READY=1") == (server == "gunicorn")  # which says so itself as well


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_systemd_is_told_when_it_stops(start: Start, systemd: Systemd, how: signal.Signals) -> None:
    start.begin(NOTIFY_SOCKET=systemd.address, DRAIN_SECONDS="2")
    systemd.told_until("READY=1")
    assert start.process

    start.process.send_signal(how)

    assert "STOPPING=1" in systemd.told_until("STOPPING=1")
    assert how == signal.SIGINT or start.process.poll() is None  # it drains
    assert start.process.wait(30) == 0


def test_systemd_is_not_told_that_a_refused_start_serves(start: Start, systemd: Systemd) -> None:
    start.begin(NOTIFY_SOCKET=systemd.address, IDENTITY_ENCRYPTION_KEYS="none")
    assert start.process and start.process.wait(60) == os.EX_CONFIG

    assert "READY=1" not in systemd.rest()


@pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-listens", "notify"])
def test_it_serves_where_nobody_listens(start: Start, address: str) -> None:
    start.begin(NOTIFY_SOCKET=address)

    start.wait_until_served()


@pytest.mark.parametrize("server", SERVERS)
def test_people_are_told_where_to_sign_in_when_they_can(start: Start, server: str) -> None:
    start.begin(WEB_SERVER=server)
    while "Sign in at" not in start.output.read_text():
        assert start.process and start.process.poll() is None, start.output.read_text()
        time.sleep(0.005)

    page = requests.get(f"{start.url}/login", timeout=10)

    assert page.status_code == 200
    assert start.password()
    assert f"\nServing on {start.url} - press Ctrl-C to stop.\n" in start.output.read_text()


def test_the_unit_counts_on_what_it_is_told() -> None:
    unit = (ROOT / "deploy/systemd/runai-identity.service").read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))

    assert settings["Type"] == "notify"
    assert settings["NotifyAccess"] == "all"  # a worker tells it
    assert settings["RestartPreventExitStatus"] == str(os.EX_CONFIG)
    assert (settings["TimeoutStartSec"], settings["StartLimitIntervalSec"]) == ("infinity", "0")
