"""A SQLite database with all tables and no rows of ours, made once a run for the servers that tests start."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runai_identity.local_secrets import encryption_key

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file, which is to be copied. All workers of a run share it."""
    own = tmp_path_factory.getbasetemp()
    file = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "migrated.sqlite3"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _migrate(draft := file.with_suffix(".draft"))
            draft.rename(file)
    return file


def _migrate(file: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "runai_identity.settings",
        "DATABASE_URL": f"sqlite:///{file}",
        "DATA_DIR": str(file.parent),
        "SECRET_KEY": "x" * 50,
        "IDENTITY_ENCRYPTION_KEYS": encryption_key(),
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
