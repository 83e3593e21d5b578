"""Databases that can be broken on purpose, and what is asked of the service meanwhile."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import copy
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from tests.start.test_make_run import ROOT

# A server in a process of its own, so that each test breaks only its own; it ends with its standard input.
SERVER = """
import sys
from tests.database import start_postgresql
print(start_postgresql(durable=True), flush=True)
sys.stdin.read()
"""


class SQLite:
    def __init__(self, file: Path) -> None:
        self.file, self.url = file, f"sqlite:///{file}"

    def execute(self, *statements: LiteralString) -> None:
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)


class PostgreSQL:
    """A throw-away server."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", SERVER]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.folder = Path(self.url.partition("host=")[2])
        self.binaries = Path(os.readlink(f"/proc/{self.pid}/exe")).parent

    @property
    def pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "log"), "-o", f'-h "" -k {self.folder}')

    def _control(self, *words: str) -> None:
        # PostgreSQL does not run as root: whom the folder belongs to started it.
        owner = self.folder.stat().st_uid if os.getuid() == 0 else None
        subprocess.run(
            [self.binaries / "pg_ctl", "-D", self.folder, "-w", *words], check=True, capture_output=True, user=owner
        )

    def execute(self, *statements: LiteralString) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def made(self, name: str) -> str:
        """Return the address of a new, empty database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url.replace("@/postgres?", f"@/{name}?")

    def another(self, name: str) -> "PostgreSQL":
        """Return the same server with a new, empty database in the place of its own."""
        same = copy(self)
        same.url = self.made(name)
        return same

    def column(self, statement: LiteralString) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return [row[0] for row in connection.execute(statement)]

    @contextmanager
    def read_only(self) -> Iterator[None]:
        self.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            reset = "ALTER SYSTEM RESET default_transaction_read_only"
            self.execute("SET default_transaction_read_only = off", reset, "SELECT pg_reload_conf()")

    @contextmanager
    def holding(self, statement: LiteralString) -> Iterator[None]:
        """A transaction that keeps the locks of this statement."""
        with psycopg.connect(self.url) as connection:
            connection.execute(statement)
            yield
            connection.rollback()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Frozen: connections stay, and nobody answers."""
        found = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False)
        frozen = [self.pid, *(int(pid) for pid in found.stdout.split())]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)

    def _stop_if_it_runs(self) -> None:
        """Whoever began it stops no process but the first, and this one may have been started again."""
        if (self.folder / "postmaster.pid").exists():
            self.stop()

    def remove(self) -> None:
        self._stop_if_it_runs()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
