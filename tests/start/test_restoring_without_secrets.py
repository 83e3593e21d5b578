"""`make manage ARGS="restore …"` with each combination of secrets that are there: nothing is made in place of one."""

import os
import sys
from itertools import product
from pathlib import Path

import pytest

from runai_identity import local
from runai_identity.local_secrets import encryption_key

NAMES = ("SECRET_KEY", "IDENTITY_ENCRYPTION_KEYS")
PLACES = ("file", "environment", "environment's file", "missing")
COMBINATIONS = [*product(PLACES, repeat=2)]
EMPTY = [places for places in COMBINATIONS if "file" not in places]  # with no folder of data yet


def put(name: str, place: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = encryption_key()
    if place == "file":
        (data / "secrets" / name.lower()).write_text(secret)
    elif place == "environment":
        monkeypatch.setenv(name, secret)
    elif place == "environment's file":
        (elsewhere := data.parent / name).write_text(secret)
        monkeypatch.setenv(f"{name}_FILE", str(elsewhere))


def restore(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Type the command; return what it says when it refuses, or "restores"."""
    monkeypatch.setattr(sys, "argv", ["local", "manage", "restore", "backups/latest"])
    monkeypatch.setattr("runai_identity.commands.run_command", lambda words: None)
    try:
        local.main()
    except SystemExit as end:
        return f"{end.code} {capsys.readouterr().err}"
    return "restores"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "environ", os.environ.copy())  # the command sets what it found
    for name in (*NAMES, "RUNAI_ADMIN_PASSWORD", "DATABASE_URL", "PUBLIC_URL", "ALLOWED_HOSTS"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["DATA_DIR"] = str(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture(params=[*product(COMBINATIONS, [True]), *product(EMPTY, [False])], ids=str)
def missing(request: pytest.FixtureRequest, data: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Put the secrets where they are in this combination; return the names of those that are nowhere."""
    places, folder = request.param
    if folder:
        (data / "secrets").mkdir(parents=True)
    for name, place in zip(NAMES, places, strict=True):
        put(name, place, data, monkeypatch)
    return {name for name, place in zip(NAMES, places, strict=True) if place == "missing"}


def test_each_missing_secret_is_named(
    missing: set[str], data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {*data.parent.rglob("*")}

    said = restore(monkeypatch, capsys)

    made = {path.name for path in {*data.parent.rglob("*")} - before}
    assert not made & {name.lower() for name in NAMES}
    if not missing:
        assert said == "restores"
        return
    assert "docs/disaster.md, The machine is lost" in said and "make run" not in said
    assert {name for name in NAMES if str(data / "secrets" / name.lower()) in said} == missing
    assert made <= ({"starting.lock"} if data in before else set())
