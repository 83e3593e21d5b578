"""Leaving out work that concerns pages alone, `migrate` makes the same tables as Django."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.start.test_make_run import ROOT

pytestmark = pytest.mark.slow

PROGRAM = """
import django
django.setup()
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor
from runai_identity.management.commands import migrate
{}
call_command("migrate", verbosity=0)
"""
OURS, DJANGOS = "", "migrate.migrate.MigrationExecutor = MigrationExecutor"


def tables_made_by(executor: str, file: Path) -> set[tuple[str, str]]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": f"sqlite:///{file}"}
    subprocess.run([sys.executable, "-c", PROGRAM.format(executor)], cwd=ROOT, env=environment, check=True)
    with closing(sqlite3.connect(file)) as database:
        return {(name, sql) for name, sql in database.execute("SELECT name, sql FROM sqlite_master")}


def test_the_tables_are_those_that_django_makes(tmp_path: Path) -> None:
    ours = tables_made_by(OURS, tmp_path / "ours.sqlite3")

    assert len(ours) > 50
    assert ours == tables_made_by(DJANGOS, tmp_path / "djangos.sqlite3")
