"""Releases, their code out of the repository's history, and databases that they made, kept beside this file.

`python -m tests.upgrades.releases NAME` makes the databases of one again; with a new release, add it to RELEASES first.
"""

import gzip
import io
import json
import secrets
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runai_identity.local_secrets import encryption_key
from tests.faults.databases import PostgreSQL, SQLite
from tests.faults.served import EMAIL, PASSWORD, Asked
from tests.start.test_make_run import ROOT, Start

HERE = Path(__file__).parent
CREATED = "gina@example.com"


@dataclass(frozen=True)
class Release:
    name: str
    commit: str
    serves_beside: bool
    """Its replicas may go on while the newest version has migrated."""

    @property
    def folder(self) -> Path:
        return HERE / self.name

    def kept(self, database: SQLite | PostgreSQL) -> dict[str, Any]:
        """Return its secrets, and what was made in the database that it left."""
        return dict(json.loads((self.folder / f"{kind(database)}.json").read_text()))

    @property
    def is_in_history(self) -> bool:
        """A clone that is not whole lacks it."""
        asked = ["git", "cat-file", "-e", f"{self.commit}^{{commit}}"]
        return (ROOT / ".git").exists() and subprocess.run(
            asked, cwd=ROOT, capture_output=True, check=False
        ).returncode == 0

    def code(self, folder: Path) -> Path:
        packed = subprocess.run(["git", "archive", self.commit], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(folder, filter="data")
        return folder

    def restore_to(self, database: SQLite | PostgreSQL) -> None:
        if isinstance(database, SQLite):
            with closing(sqlite3.connect(database.file)) as connection:
                connection.executescript(self._dump(database))
            return
        psql = [str(database.binaries / "psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", database.url]
        subprocess.run(psql, check=True, capture_output=True, text=True, input=self._dump(database))

    def _dump(self, database: SQLite | PostgreSQL) -> str:
        return gzip.decompress((self.folder / f"{kind(database)}.sql.gz").read_bytes()).decode()


def kind(database: SQLite | PostgreSQL) -> str:
    return type(database).__name__.lower()


RELEASES = [
    Release("24-november", "295e8e1", serves_beside=False),
    Release("28-november", "d4ade65", serves_beside=False),
    Release("0.2.0", "2d5414b", serves_beside=True),
]


class Old(Asked):
    """What a release made, asked at whichever version serves it now."""

    def __init__(self, url: str, kept: dict[str, Any]) -> None:
        self.url, self.verify = url, True
        self.cluster, self.robo = kept["cluster"], kept["robo"]
        self.bearer = {"Authorization": f"Bearer {self.token()}"}
        self.reviewed = self.token(audience=self.cluster["audience"])


def begin(start: Start, kept: dict[str, Any], database: SQLite | PostgreSQL, public: str) -> None:
    given = {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD, **kept["secrets"]}
    start.begin(DATABASE_URL=database.url, PUBLIC_URL=public, WEB_CONCURRENCY="1", **given)
    start.wait_until_served()


def make(release: Release) -> None:
    release.folder.mkdir(exist_ok=True)
    given = {"SECRET_KEY": secrets.token_urlsafe(64), "IDENTITY_ENCRYPTION_KEYS": encryption_key()}
    postgresql = PostgreSQL()
    with tempfile.TemporaryDirectory() as folder:
        code = release.code(Path(folder, "code"))
        sqlite = SQLite(Path(folder, "rows.sqlite3"))
        for database in (sqlite, postgresql):
            kept = _filled(Start(Path(folder, type(database).__name__, "data")), code, {"secrets": given}, database)
            _write(release, database, kept)
    postgresql.remove()


def _filled(start: Start, code: Path, kept: dict[str, Any], database: SQLite | PostgreSQL) -> dict[str, Any]:
    start.code = code
    start.data.mkdir(parents=True)
    begin(start, kept, database, start.url)
    try:
        asked = Asked(start.url)
        asked.made("/api/v1/users", {"email": CREATED})
        assert asked.review().json()["status"]["authenticated"]
        return {**kept, "cluster": asked.cluster, "robo": asked.robo, "public": start.url}
    finally:
        start.kill()


def _write(release: Release, database: SQLite | PostgreSQL, kept: dict[str, Any]) -> None:
    if isinstance(database, SQLite):
        with closing(sqlite3.connect(database.file)) as connection:
            dump = "\n".join(connection.iterdump())
    else:
        asked = [str(database.binaries / "pg_dump"), "--no-owner", "--no-privileges", database.url]
        dump = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    (release.folder / f"{kind(database)}.sql.gz").write_bytes(gzip.compress(dump.encode(), mtime=0))
    (release.folder / f"{kind(database)}.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    for one in RELEASES:
        if one.name in sys.argv[1:]:
            make(one)
