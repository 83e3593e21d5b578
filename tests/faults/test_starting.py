"""Starts that can't succeed say why in a line and change nothing; those that can, do."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults.databases import PostgreSQL
from tests.ports import free_port
from tests.start.test_make_run import KILLED, Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OTHER_KEY = "T3RoZXJLZXlGb3JUZXN0c09ubHkwMTIzNDU2Nzg5MDE="
FOR_NOW = 1
# As a disk that has room for the log, and for no more of the database.
FULL_DISK = """
import resource
from runai_identity import local
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
local.main()
"""


def refusal(start: Start, *program: str, status: int = os.EX_CONFIG, **environment: str) -> str:
    """Return the one line that a refused start says, and check its status, by which systemd tries again or not."""
    start.begin(*program, **environment)
    assert start.process is not None
    assert start.process.wait(60) == status
    said = start.output.read_text()
    assert "Traceback" not in said, said
    return said


def keys_in(start: Start) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(start.data / "runai-identity.sqlite3")) as connection:
        return connection.execute("SELECT kid, private_key_encrypted FROM tokens_signingkey ORDER BY kid").fetchall()


def test_another_encryption_key_is_refused_by_name(start: Start) -> None:
    before = keys_in(start)

    said = refusal(start, IDENTITY_ENCRYPTION_KEYS=OTHER_KEY)

    assert "Can't start: " in said and "IDENTITY_ENCRYPTION_KEYS" in said
    assert keys_in(start) == before


@pytest.mark.parametrize("name", ["identity_encryption_keys", "secret_key"])
def test_a_lost_secret_is_not_replaced(start: Start, name: str) -> None:
    (start.data / "secrets" / name).unlink()

    said = refusal(start)

    assert f"secrets/{name} is missing" in said and name.upper() in said
    assert not (start.data / "secrets" / name).exists()


def test_a_damaged_encryption_key_is_refused_by_name(start: Start) -> None:
    (start.data / "secrets" / "identity_encryption_keys").write_text("not a key")

    assert "IDENTITY_ENCRYPTION_KEYS: number 1 is no Fernet key" in refusal(start)


def test_the_data_of_a_later_version_is_refused_by_name(start: Start) -> None:
    with closing(sqlite3.connect(start.data / "runai-identity.sqlite3", isolation_level=None)) as connection:
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('tokens', '0999_later', '2030')")

    said = refusal(start)

    assert "later version of runai-identity" in said and "tokens.0999_later" in said


def test_one_folder_is_served_once(start: Start) -> None:
    start.begin()
    start.wait_until_served()
    second = Start(start.data)
    second.output = start.output.with_name("second")

    assert f"{start.data} is served already, by process " in refusal(second, status=FOR_NOW)


@pytest.mark.parametrize("place", ["file", "file/within", "/sys/identity"])
def test_a_folder_that_takes_nothing_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    start = Start(tmp_path / place)
    start.output = tmp_path / "output"

    assert f"Can't start: {tmp_path / place}" in refusal(start, status=FOR_NOW)


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    assert refusal(Start(tmp_path / "data"), "-c", FULL_DISK, status=FOR_NOW).startswith("Can't start: ")


WRONG = {"PORT": "0", "WEB_SERVER": "apache", "WEB_CONCURRENCY": "0", "WEB_THREADS": "four", "DRAIN_SECONDS": "-1"}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named_before_anything_is_written(tmp_path: Path, name: str) -> None:
    start = Start(tmp_path / "data")
    given: dict[str, Any] = {name: WRONG[name]}

    said = refusal(start, **given)

    assert said.startswith("Can't start: ") and said.count("\n") == 1 and name in said
    assert not start.data.exists()


def test_half_a_certificate_is_refused_by_name(start: Start) -> None:
    assert "TLS_KEY" in refusal(start, TLS_CERT="tls.crt")


def test_a_database_that_is_away_may_come(start: Start) -> None:
    away = f"postgresql://identity@127.0.0.1:{free_port()}/identity"

    said = refusal(start, status=FOR_NOW, DATABASE_URL=away)

    assert said.startswith("Can't start: ") and "onnection refused" in said


def test_a_folder_may_have_any_name(start: Start, tmp_path: Path) -> None:
    start.data = Path(shutil.move(start.data, tmp_path / "100% of #1? a folder's name & more"))
    start.begin()
    start.wait_until_served()

    assert requests.get(f"{start.url}/login", timeout=10).status_code == 200
    assert (start.data / "runai-identity.sqlite3").exists()


@pytest.fixture
def replicas(tmp_path: Path, first_start: Path) -> Iterator[list[Start]]:
    """Three machines with the same secrets and nothing else."""
    started = []
    for name in ("one", "two", "three"):
        shutil.copytree(first_start / "secrets", tmp_path / name / "data" / "secrets")
        started.append(Start(tmp_path / name / "data"))
    yield started
    for each in started:
        each.kill()


def test_three_replicas_start_together_on_an_empty_database(replicas: list[Start], postgresql: PostgreSQL) -> None:
    url = postgresql.made("together")
    for replica in replicas:
        replica.begin(DATABASE_URL=url, PUBLIC_URL="http://identity.example.com", WEB_CONCURRENCY="1")
    for replica in replicas:
        replica.wait_until_served()

    published = {
        requests.get(
            f"{replica.url}/auth/realms/runai/protocol/openid-connect/certs",
            headers={"Host": "identity.example.com"},
            timeout=10,
        ).text
        for replica in replicas
    }
    assert len(published) == 1 and '"kid"' in published.pop()


def test_postgresql_recovers_from_a_kill_before_a_migration_was_recorded(
    replicas: list[Start], postgresql: PostgreSQL
) -> None:
    (start, *_), url = replicas, postgresql.made("killed")
    start.begin("-c", KILLED, "accounts", DATABASE_URL=url)
    assert start.process is not None and start.process.wait(60) == 9

    start.begin(DATABASE_URL=url)
    start.wait_until_served()


def test_it_serves_by_ipv6(start: Start) -> None:
    start.url = f"http://[::1]:{start.port}"
    start.begin(BIND="::1")
    start.wait_until_served()

    document = requests.get(f"{start.url}/.well-known/openid-configuration", timeout=10).json()

    assert document["issuer"] == f"{start.url}/auth/realms/runai"
    assert requests.get(f"{start.url}/login", timeout=10).status_code == 200
