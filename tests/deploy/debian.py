"""An empty Debian 12 in a folder: with this machine's network to install things, then booted with a loopback alone."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
# How pip and TLS reach what they install from, wherever this runs.
OF_THIS_MACHINE = ("PIP_", "SSL_CERT_", "CURL_CA_", "REQUESTS_CA_", "GIT_SSL_", "http_proxy", "https_proxy", "no_proxy")


# Debian's packages bring services that can't run in a container: then it is degraded.
IS_UP = "systemctl is-system-running --wait 2> /dev/null | grep --quiet --extended-regexp 'running|degraded'"


class Debian:
    """A folder with Debian's essential packages, our repository to clone, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        made_from = [str(SOURCES)] if SOURCES.exists() else []
        _run("mmdebstrap", "--quiet", "--variant=minbase", "--include=systemd-sysv", SUITE, str(folder), *made_from)
        _run("git", "clone", "--quiet", "--bare", str(ROOT), str(folder / "srv/runai-identity.git"))
        for place in ("/etc/resolv.conf", "/etc/pip.conf"):
            if Path(place).is_file():
                self.write(place, Path(place).read_text())
        self.environment = dict(self._network())

    def _network(self) -> Iterator[tuple[str, str]]:
        """Variables, and copies of the files that they name, which Debian's packages don't write to."""
        for name, value in os.environ.items():
            if name.startswith(OF_THIS_MACHINE):
                copied = f"/srv/network/{name}"
                if is_file := Path(value).is_file():
                    self.write(copied, Path(value).read_text())
                yield name, copied if is_file else value

    def write(self, place: str, text: str, mode: int = 0o644) -> None:
        file = self.folder / place[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_symlink():
            file.unlink()
        file.write_text(text)
        file.chmod(mode)

    def install(self, script: str, **environment: str) -> str:
        """Run a script in it as long as it isn't booted, by bash and with this machine's network; return its output."""
        chroot = 'cd "$0"; mount -t proc proc proc; mount --rbind /dev dev; exec chroot . /bin/bash -c "$1"'
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", chroot, str(self.folder)]
        return self._typed(spaces, script, 600, environment)

    def type(self, script: str, *, seconds: float = 200, **environment: str) -> str:
        """Run a script in it while it is booted, by bash, as root; return its output."""
        inside = ["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        return self._typed([*inside, "bash", "-c"], script, seconds, environment)

    def _typed(self, within: list[str], script: str, seconds: float, environment: dict[str, str]) -> str:
        done = subprocess.run(
            [*within, f"set -eu\n{script}"],
            env={
                "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                **self.environment,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    @contextmanager
    def booted(self) -> Iterator[None]:
        """Boot it with systemd as its first process, which starts the services that were installed."""
        alone = ["--private-network", "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe"]
        own = ["--resolv-conf=off", "--timezone=off"]
        machine = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.folder}", *alone, *own],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.init = _first_process(machine.pid)
            self.type(f"until {IS_UP}; do sleep 0.2; done", seconds=100)
            yield
        finally:
            machine.terminate()  # which it passes on as an orderly shutdown
            try:
                machine.wait(60)
            except subprocess.TimeoutExpired:
                machine.kill()
                machine.wait()


def _first_process(machine: int) -> int:
    for _ in range(300):
        found = subprocess.run(["pgrep", "--parent", str(machine)], capture_output=True, text=True, check=False)
        for process in map(int, found.stdout.split()):
            if Path(f"/proc/{process}/comm").read_text() == "systemd\n":
                return process
        time.sleep(0.1)
    raise AssertionError("systemd-nspawn started nothing")


def can_be_made() -> bool:
    return os.geteuid() == 0 and all(
        shutil.which(tool) for tool in ("mmdebstrap", "unshare", "nsenter", "systemd-nspawn")
    )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=400)
