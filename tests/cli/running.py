"""The command line as people run it: a process of its own, with a home of its own."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from runai_identity_cli.main import main

SOURCE = Path(__file__).parents[2] / "cli" / "src"
# A command reads the machine's certificate authorities at each start, which takes longer than all that it does.
NO_AUTHORITIES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}


@dataclass
class Shell:
    """Somebody's shell; `environment` is all it has beside a PATH and its home."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home / ".local/state/runai-identity/default"

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words), env=self.everything(environment), capture_output=True, text=True, timeout=60
        )

    def start(self, *words: str, **environment: str) -> "Waiting":
        """In the background; the caller waits for its end."""
        said = self.home / f"said-{uuid4().hex}"
        with said.open("wb") as file:
            process = subprocess.Popen(
                command(*words), env=self.everything(environment), stdout=file, stderr=subprocess.STDOUT
            )
        return Waiting(process, said)

    def ok(self, *words: str, **environment: str) -> str:
        """What it prints, where it has to work."""
        done = self.run(*words, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def everything(self, more: dict[str, str]) -> dict[str, str]:
        usual = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(SOURCE), **NO_AUTHORITIES}
        return {**usual, **self.environment, **more}


def run_here(shell: Shell, words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command in this process, which takes a tenth of the time, and wait for nothing; return its code."""
    for name in ("XDG_STATE_HOME", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": str(shell.home), **NO_AUTHORITIES}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return main(words.replace("TOKEN", str(shell.home / "TOKEN")).split())


@dataclass
class Waiting:
    """A command that runs, and all that it has said so far."""

    process: subprocess.Popen[bytes]
    file: Path

    @property
    def said(self) -> str:
        return self.file.read_text()

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> int:
        return self.process.wait(timeout=60)

    def until(self, pattern: str) -> re.Match[str]:
        """The place where it says this."""
        deadline = time.monotonic() + 30
        while not self.has_ended and time.monotonic() < deadline:
            if found := re.search(pattern, self.said, re.MULTILINE):
                return found
            time.sleep(0.02)
        self.process.kill()
        self.process.wait()
        raise AssertionError(self.said)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "runai_identity_cli", *words]
