"""Restores that meet another one, or that were killed, in an empty folder: one restores all, and none breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.start.test_odd_values import NEEDED, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def command(folder: Path, *words: str) -> "subprocess.Popen[str]":
    folder.mkdir(exist_ok=True)
    environment = {**NEEDED, "PATH": os.environ["PATH"], "DATA_DIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def kept(tmp_path: Path, migrated: Path) -> Path:
    (tmp_path / "before").mkdir()
    shutil.copyfile(migrated, tmp_path / "before" / "runai-identity.sqlite3")
    made = command(tmp_path / "before", "backup", str(tmp_path / "kept"))
    told = made.communicate(timeout=60)
    assert made.returncode == 0, told
    return tmp_path / "kept"


WAITING = "Waiting for another start to migrate.\n"
# The second where the one that restores takes longer than DATABASE_LOCK_SECONDS.
WHY_NOT = ("into an empty database only", "The database says: database is locked")


def test_one_of_three_restores_and_the_others_say_why_not(kept: Path, tmp_path: Path) -> None:
    at_once = [command(tmp_path / "data", "restore", str(kept)) for _ in range(3)]
    told = [each.communicate(timeout=120)[0].replace(WAITING, "") for each in at_once]

    assert sorted(each.returncode for each in at_once) == [0, 1, 1], told
    assert sum(text.startswith("Restored ") for text in told) == 1, told
    refused = [text for text in told if not text.startswith("Restored ")]
    assert [text for text in refused if not any(why in text for why in WHY_NOT) or len(text.splitlines()) != 1] == []


@pytest.mark.parametrize("applied", [1, 5, 20, 40])
def test_a_restore_goes_on_where_migrations_were_killed(kept: Path, tmp_path: Path, applied: int) -> None:
    killed = command(tmp_path / "data", "shell", "-c", KILLED.format(applied=applied))
    killed.communicate(timeout=60)
    assert killed.returncode == 9

    again = command(tmp_path / "data", "restore", str(kept))

    assert again.communicate(timeout=60)[0].startswith("Restored ")


KILLED = """
import os
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
record, done = MigrationRecorder.record_applied, []
def die(self, app, name):
    record(self, app, name)
    done.append(name)
    if len(done) == {applied}:
        os._exit(9)
MigrationRecorder.record_applied = die
try:
    call_command("migrate", interactive=False, verbosity=0)
finally:
    os._exit(8)
"""
