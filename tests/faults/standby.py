"""A PostgreSQL with a standby of its own, to which it fails over once."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import LiteralString

from tests.faults.databases import PostgreSQL

PAIR = "{url},{standby}&target_session_attrs=read-write"


class WithStandby(PostgreSQL):
    """Its address names both, and that the one is wanted which takes writes; `folder` is of that one."""

    def __init__(self) -> None:
        super().__init__()
        self.first = self.folder
        self.standby = Path(tempfile.mkdtemp(prefix="identity-pg-"))
        self.owner = self.folder.stat().st_uid if os.getuid() == 0 else None
        if self.owner is not None:
            os.chown(self.standby, self.owner, -1)
        self._run("pg_basebackup", "-h", str(self.first), "-U", "postgres", "-D", str(self.standby), "-R", "-c", "fast")
        (self.standby / ".s.PGSQL.5432.lock").unlink()  # its socket's, which lies in the folder that was copied
        self._start(self.standby)
        self.url = PAIR.format(url=self.url, standby=self.standby)

    def fail_over(self) -> None:
        """Stop the first as a crash does, and have the standby, which has all that was acknowledged, take its place."""
        self._commit_on_both()
        self.stop()
        self.folder = self.standby
        self._control("promote")

    def _commit_on_both(self) -> None:
        state: LiteralString = "SELECT sync_state FROM pg_stat_replication"
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + 20
        while self.column(state) != ["sync"]:
            assert time.monotonic() < deadline, self.column(state)
            time.sleep(0.1)

    def _start(self, folder: Path) -> None:
        options = f'-h "" -k {folder}'
        self._run("pg_ctl", "-D", str(folder), "-w", "-l", str(folder / "log"), "-o", options, "start")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run([self.binaries / program, *words], check=True, capture_output=True, user=self.owner)

    def remove(self) -> None:
        for folder in (self.standby, self.first):
            self.folder = folder
            self._stop_if_it_runs()
        super().remove()
        shutil.rmtree(self.standby)
