"""PgBouncer in transaction mode, as Debian has it: each transaction gets another connection to PostgreSQL."""

import os
import secrets
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.faults.databases import PostgreSQL
from tests.faults.served import Served
from tests.ports import free_port

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:" + os.environ["PATH"])

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(PGBOUNCER is None, reason="needs PgBouncer (scripts/install-pgbouncer)"),
]

CONFIGURATION = """
[databases]
* = host={folder} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
ignore_startup_parameters = options
"""


class Pooled:
    """A database behind a pooler, for what asks only for its address."""

    def __init__(self, port: int, name: str) -> None:
        self.url = f"postgresql://postgres@127.0.0.1:{port}/{name}"

    def wait_until_it_answers(self, pooler: subprocess.Popen[bytes], log: Path) -> None:
        """By the database itself: a port that is open says nothing of what is behind."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and pooler.poll() is None:
            try:
                with psycopg.connect(self.url, connect_timeout=5) as connection:
                    connection.execute("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(log.read_text())


@pytest.fixture
def pooled(tmp_path: Path, postgresql: PostgreSQL) -> Iterator[Pooled]:
    name = f"pooled_{secrets.token_hex(4)}"
    postgresql.made(name)
    file, port = postgresql.folder / "pgbouncer.ini", free_port()
    file.write_text(CONFIGURATION.format(folder=postgresql.folder, port=port))
    owner = postgresql.folder.stat().st_uid if os.getuid() == 0 else None  # it does not run as root
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([str(PGBOUNCER), str(file)], user=owner, stdout=log, stderr=log)
    pooled = Pooled(port, name)
    try:
        pooled.wait_until_it_answers(running, tmp_path / "log")
        yield pooled
    finally:
        running.terminate()
        running.wait(30)


# What PgBouncer ignores of a server that was not told of it, some operators choose: else it refuses the connection.
@pytest.mark.parametrize("told", ["true", "false"])
def test_everything_works_through_pgbouncer_in_transaction_mode(tmp_path: Path, pooled: Pooled, told: str) -> None:
    served = Served(tmp_path, pooled, DATABASE_POOLED=told)
    asked = [served.robos_token, served.review, lambda: served.ask("GET", "/api/v1/users", headers=served.bearer)]
    try:
        with ThreadPoolExecutor(12) as clients:
            answers = [clients.submit(asked[number % 3]) for number in range(300)]
            seen = Counter(answer.result().status_code for answer in answers)
        warned = "Set DATABASE_POOLED=true" in served.start.output.read_text()
    finally:
        served.stop()

    assert (seen, warned) == ({200: 300}, told == "false")
