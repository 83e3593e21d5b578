"""The start as a newcomer does it: a process of its own, in an empty folder."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
import requests

from runai_identity.local_secrets import encryption_key, keep_secret
from tests.ports import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


class Start:
    """One `make run` after another on the same data; `output` is what the last one printed."""

    def __init__(self, data: Path, scheme: str = "http", authority: Path | None = None) -> None:
        self.data, self.port = data, free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.authority = authority or data / "tls/ca.crt"  # by default that of `make certificate`
        self.output = data.parent / "output"
        self.public = self.port  # where people come to, if something stands in front
        self.process: subprocess.Popen[bytes] | None = None
        self.code = ROOT

    def with_tables(self, migrated: Path) -> Self:
        """Have the first start find its secrets and a migrated database: creating the tables is most of its work."""
        for folder in (self.data, self.data / "secrets"):
            folder.mkdir(parents=True, mode=0o700)
        keep_secret(self.data / "secrets/secret_key", lambda: secrets.token_urlsafe(64))
        keep_secret(self.data / "secrets/identity_encryption_keys", encryption_key)
        database = self.data / "runai-identity.sqlite3"
        database.touch(0o600)
        shutil.copyfile(migrated, database)
        return self

    def begin(self, *program: str, **extra: str) -> None:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**inherited, "PORT": str(self.port), "DATA_DIR": str(self.data), **extra}
        command = [sys.executable, *(program or ("-m", "runai_identity.local"))]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=self.code, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_until_served(self) -> None:
        """Or until it ended, or too long; then nothing of it is left, since who began it may have no way to end it."""
        deadline = time.monotonic() + 100  # it takes 40 s on a machine that is busy with much else
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            if self._is_ready():
                return
            time.sleep(0.05)
        self.kill()
        raise AssertionError(self.output.read_text())

    def _is_ready(self) -> bool:
        verify = str(self.authority) if self.url.startswith("https:") else True
        try:
            return requests.get(f"{self.url}/readyz", timeout=2, verify=verify).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def password(self) -> str:
        """The one-time password, which is printed in the moment in which the server serves."""
        deadline = time.monotonic() + 10
        while not (found := re.search(r"\b[a-z2-9]{4}(-[a-z2-9]{4}){3}\b", self.output.read_text())):
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.02)
        return found[0]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data")
    yield started
    started.kill()


def test_it_serves_a_sign_in_page_from_an_empty_folder(start: Start) -> None:
    start.begin()
    start.wait_until_served()

    page = requests.get(f"http://127.0.0.1:{start.port}/login", timeout=5)

    assert page.status_code == 200
    assert "Sign in" in page.text


def test_it_keeps_everything_when_started_again(start: Start, migrated: Path) -> None:
    start.with_tables(migrated).begin()
    start.wait_until_served()
    password = start.password()
    start.kill()

    start.begin()
    start.wait_until_served()

    assert start.password() == password


def test_it_recovers_from_being_killed_on_the_way(start: Start) -> None:
    """Each start finds what the one before left when it was killed, and gets further."""
    for after in (0.05, 0.4, 0.8, 1.2, 1.6, 2.0, 2.5):
        start.begin()
        time.sleep(after)
        start.kill()

    start.begin()
    start.wait_until_served()

    assert start.password()


KILLED = """
import os, sys
from django.db.migrations.recorder import MigrationRecorder
from runai_identity import local

def die(self, app, name):
    if app == sys.argv[1]:
        os._exit(9)
    record(self, app, name)

record, MigrationRecorder.record_applied = MigrationRecorder.record_applied, die
local.main()
"""


@pytest.mark.parametrize("app", ["tokens", "clustersync"])
def test_it_recovers_from_being_killed_before_a_migration_was_recorded(start: Start, app: str) -> None:
    start.begin("-c", KILLED, app)
    assert start.process and start.process.wait(60) == 9

    start.begin()
    start.wait_until_served()

    assert start.password()


def test_it_says_what_to_do_when_the_port_is_taken(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", start.port))
        other.listen()
        start.begin()
        assert start.process and start.process.wait(30) == 1

    assert "Choose another port" in start.output.read_text()


def test_it_takes_the_administrator_from_the_environment(start: Start, migrated: Path) -> None:
    start.with_tables(migrated).begin(RUNAI_ADMIN_EMAIL="root@example.com", RUNAI_ADMIN_PASSWORD="Given-by-hand-1")
    start.wait_until_served()
    body = {"grantType": "password", "username": "root@example.com", "password": "Given-by-hand-1"}

    answer = requests.post(f"http://127.0.0.1:{start.port}/api/v1/token", json=body, timeout=5)

    assert answer.status_code == 200, answer.text
    assert "Given-by-hand-1" not in start.output.read_text()
