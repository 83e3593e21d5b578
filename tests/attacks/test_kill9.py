"""The server is killed in the middle of writes: what it acknowledged is there, and nothing is there by half."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag

import pytest
import requests

from tests.start.test_make_run import Start

pytestmark = pytest.mark.slow

ADMIN = {"RUNAI_ADMIN_EMAIL": "root@example.com", "RUNAI_ADMIN_PASSWORD": "Given-by-hand-1"}


@pytest.fixture
def start(tmp_path: Path, migrated: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data").with_tables(migrated)
    started.begin(**ADMIN)
    started.wait_until_served()
    yield started
    started.kill()


def token(start: Start) -> str:
    body = {"grantType": "password", "username": ADMIN["RUNAI_ADMIN_EMAIL"], "password": ADMIN["RUNAI_ADMIN_PASSWORD"]}
    answer = requests.post(f"http://127.0.0.1:{start.port}/api/v1/token", json=body, timeout=10)
    return str(answer.json()["accessToken"])


def keep_creating(start: Start, bearer: str, writer: int, stop: Flag) -> list[str]:
    """Create users until the server is gone; answers those it acknowledged."""
    acknowledged: list[str] = []
    headers = {"Authorization": f"Bearer {bearer}"}
    while not stop.is_set():
        email = f"w{writer}-{len(acknowledged)}@example.com"
        try:
            made = requests.post(
                f"http://127.0.0.1:{start.port}/api/v1/users", json={"email": email}, headers=headers, timeout=10
            )
        except requests.RequestException:
            break
        assert made.status_code == 201, made.text
        acknowledged.append(email)
    return acknowledged


def kill_while_writing(start: Start, seconds: float) -> set[str]:
    bearer, stop = token(start), Flag()
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(keep_creating, start, bearer, number, stop) for number in range(4)]
        time.sleep(seconds)
        start.kill()
        stop.set()
        return {email for writer in writers for email in writer.result()}


def column(start: Start, query: str) -> set[str]:
    with sqlite3.connect(start.data / "runai-identity.sqlite3") as rows:
        found = {value for (value,) in rows.execute(query)}
    rows.close()
    return found


def test_it_loses_nothing_acknowledged_and_leaves_nothing_half_made(start: Start) -> None:
    acknowledged = kill_while_writing(start, 2.0)

    start.begin(**ADMIN)
    start.wait_until_served()

    users = column(start, "SELECT email FROM accounts_user")
    recorded = column(start, "SELECT entity_name FROM audit_event WHERE action = 'user:create'")
    assert len(acknowledged) > 10
    assert acknowledged <= users
    assert users == recorded
