"""A file system that is full, with the SQLite folder, a stream of the audit log and backups, and has space again."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.faults.served import EMAIL, PASSWORD, Asked
from tests.start.test_make_run import ROOT, Start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system"),
]

SIZE = "64m"
HEADROOM = "filler"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def start(disk: Path, migrated: Path) -> Iterator[Start]:
    start = Start(disk / "data").with_tables(migrated)
    start.output = disk.parent / "output"
    begin(start)
    yield start
    start.kill()


@pytest.fixture
def elsewhere(disk: Path, tmp_path: Path, migrated: Path) -> Iterator[Start]:
    """A server of which the stream alone is on that file system."""
    start = Start(tmp_path / "data").with_tables(migrated)
    stream_of(start).symlink_to(disk / "audit.log")
    begin(start)
    yield start
    start.kill()


def begin(start: Start) -> None:
    given = {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD}
    start.begin(AUDIT_STREAM_FILE=str(stream_of(start)), **given)
    start.wait_until_served()
    wait_for(lambda: stream_of(start).is_file() and is_whole(start))  # it begins after the server does


@contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / HEADROOM
    try:
        with filler.open("wb", buffering=0) as out:
            for size in (1 << 16, 1):
                while True:
                    try:
                        out.write(b"\0" * size)
                    except OSError:
                        break
        yield
    finally:
        filler.unlink()


def managed(start: Start, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    given |= {"PATH": os.environ["PATH"], "DATA_DIR": str(start.data), "AUDIT_STREAM_FILE": str(stream_of(start))}
    command = [sys.executable, "-m", "runai_identity.local", "manage", *words]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


def stream_of(start: Start) -> Path:
    return start.data.parent / "audit.log"


def make_users(asked: Asked, name: str, many: int) -> dict[str, int]:
    answers = {}
    for number in range(many):
        email = f"{name}-{number}@example.com"
        answers[email] = asked.ask("POST", "/api/v1/users", json={"email": email}, headers=asked.bearer).status_code
    return answers


def streamed(start: Start) -> set[int]:
    """Return the ids of the entries in whole lines: what was cut off is sent again."""
    ids = set()
    for line in stream_of(start).read_bytes().splitlines():
        with suppress(ValueError):
            record = json.loads(line)
            ids |= {int(record["id"])} if "action" in record else set()
    return ids


def rows(start: Start, statement: str) -> set[Any]:
    with closing(sqlite3.connect(start.data / "runai-identity.sqlite3")) as database:
        return {value for (value,) in database.execute(statement)}


def is_whole(start: Start) -> bool:
    """Every entry is in the file of the stream."""
    return rows(start, "SELECT id FROM audit_event") == streamed(start)


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_nothing_is_lost_and_everything_goes_on_once_there_is_space(disk: Path, start: Start) -> None:
    asked = Asked(start.url)
    before = make_users(asked, "before", 3)
    with full(disk):
        meanwhile = make_users(asked, "meanwhile", 50)
        reads = [asked.review().status_code, asked.robos_token().status_code, asked.ask("GET", "/login").status_code]
        time.sleep(5)  # a write is tried once in so long
        ready = asked.ask("GET", "/readyz").json()
    after = make_users(asked, "after", 3)
    made = {email for email, status in (before | meanwhile | after).items() if status == 201}
    wait_for(lambda: is_whole(start))
    verified = managed(start, "verifyaudit")

    assert (set(before.values()), reads, set(after.values())) == ({201}, [200, 200, 200], {201})
    assert set(meanwhile.values()) <= {201, 503} and 503 in meanwhile.values()
    assert ready["reason"] == "the database takes no writes"
    assert rows(start, "SELECT email FROM accounts_user") == {EMAIL, *made}
    assert rows(start, "PRAGMA integrity_check") == {"ok"}
    assert "Faults found" not in verified.stdout + verified.stderr


def test_what_a_stream_can_not_write_is_said_and_sent_later(disk: Path, elsewhere: Start) -> None:
    asked = Asked(elsewhere.url)
    with full(disk):
        made = make_users(asked, "meanwhile", 100)
        wait_for(lambda: "is held up" in elsewhere.output.read_text())
        said = managed(elsewhere, "streamaudit", "--status")
    wait_for(lambda: is_whole(elsewhere))

    assert set(made.values()) == {201}
    assert "No space left on device" in said.stdout


def test_a_backup_says_it_in_a_line_and_leaves_nothing(disk: Path, start: Start) -> None:
    with full(disk):
        failed = [
            managed(start, "backup", str(disk / "backup"), **given) for given in ({"RUNAI_ADMIN_PASSWORD": "x"}, {})
        ]
        there = sorted(file.name for file in (*disk.iterdir(), *(start.data / "secrets").iterdir()))
    made = managed(start, "backup", str(disk / "backup"))

    assert [(one.returncode, one.stderr.count("\n"), "Traceback" in one.stderr) for one in failed] == [
        (1, 1, False)
    ] * 2
    assert there == ["audit.log", "data", HEADROOM, "identity_encryption_keys", "secret_key"]
    assert made.returncode == 0
