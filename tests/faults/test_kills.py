"""kill -9 at any moment of a server that writes: what was acknowledged is there, and the next start needs nobody."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
import requests

from tests.faults.databases import SQLite
from tests.faults.served import EMAIL, PASSWORD, Asked
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KILLS, CLIENTS = 4, 4


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> SQLite:
    return SQLite(Path(shutil.copy(migrated, tmp_path / "rows.sqlite3")))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data")
    yield started
    started.kill()


def begin(start: Start, database: SQLite) -> None:
    start.begin(DATABASE_URL=database.url, RUNAI_ADMIN_EMAIL=EMAIL, RUNAI_ADMIN_PASSWORD=PASSWORD)
    start.wait_until_served()


def make_users(asked: Asked, client: int, over: Event) -> list[str]:
    """Make users until it is over; return those that the server acknowledged."""
    made: list[str] = []
    for number in range(100_000):
        if over.wait(0.001):
            break
        email = f"user-{client}-{number}@example.com"
        try:
            if asked.ask("POST", "/api/v1/users", json={"email": email}, headers=asked.bearer).status_code == 201:
                made.append(email)
        except requests.RequestException:
            over.wait(0.05)
    return made


def under_load(asked: Asked, start: Start, database: SQLite, chance: random.Random) -> list[str]:
    """Kill all processes and start them again, each time at a moment of chance; return who was acknowledged."""
    over = Event()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(make_users, asked, number, over) for number in range(CLIENTS)]
        try:
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.05, 1.5))
                start.kill()
                begin(start, database)
            time.sleep(0.5)
        finally:
            over.set()
        return [email for client in clients for email in client.result()]


def test_nothing_that_was_acknowledged_is_lost(start: Start, database: SQLite) -> None:
    begin(start, database)
    asked = Asked(start.url)
    acknowledged = under_load(asked, start, database, random.Random())  # noqa: S311  no secret
    review = asked.review().json()["status"]
    start.kill()

    with closing(sqlite3.connect(database.file)) as rows:
        there = {email for (email,) in rows.execute("SELECT email FROM accounts_user")}
        created = {name for (name,) in rows.execute("SELECT entity_name FROM audit_event WHERE action = 'user:create'")}
        assert rows.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert rows.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(acknowledged) > 20 and set(acknowledged) <= there & created
    assert review["authenticated"] is True and there - created <= {EMAIL}
