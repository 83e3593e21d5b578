"""`make manage`: the commands of manage.py beside `make run`, without an environment to set."""

import os
import subprocess
import time
from pathlib import Path
from secrets import token_urlsafe

import pytest

from runai_identity.local_secrets import encryption_key, keep_secret
from tests.start.test_make_run import ROOT, Start

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start(tmp_path / "data")


def manage(start: Start, words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PORT": str(start.port), "DATA_DIR": str(start.data)}
    make = ["make", "--no-print-directory", "manage", f"ARGS={words}", "-o", ".venv/base"]
    return subprocess.run(
        make, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, umask=0o022, check=False
    )


def test_it_registers_a_cluster_beside_the_server(start: Start, migrated: Path) -> None:
    start.with_tables(migrated).begin()
    try:
        start.wait_until_served()

        done = manage(start, f"registercluster gpu-1 --webhook-file {start.data.parent}/webhook.json")
    finally:
        start.kill()

    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{start.port}/admin/clustersync/cluster/" in done.stdout


def test_it_waits_for_a_start_that_is_under_way(start: Start) -> None:
    start.begin()
    try:
        while not (start.data / "starting.lock").exists():
            time.sleep(0.01)

        done = manage(start, "registercluster gpu-1")
    finally:
        start.kill()

    assert done.returncode == 0, done.stderr
    assert (start.data / "gpu-1-webhook.json").stat().st_mode & 0o777 == 0o600
    assert "kube-apiserver asks and trusts an https address alone" in done.stderr


def test_it_makes_nothing_where_nothing_was_started(start: Start) -> None:
    done = manage(start, "check")

    assert done.returncode != 0
    assert "Start it once: make run" in done.stderr
    assert not start.data.exists()


def test_a_database_that_it_makes_is_its_owners_alone(start: Start) -> None:
    """As `restore` does on a new machine, in a folder that somebody made for it."""
    kept = start.data / "secrets"
    kept.mkdir(parents=True)
    keep_secret(kept / "secret_key", lambda: token_urlsafe(64))
    keep_secret(kept / "identity_encryption_keys", encryption_key)

    done = manage(start, "migrate")

    assert done.returncode == 0, done.stderr
    assert {file.stat().st_mode & 0o777 for file in start.data.iterdir() if file.is_file()} == {0o600}
