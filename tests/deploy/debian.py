"""An empty Debian 12 in a folder: with this machine's network to install things, then with its own loopback alone."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
# How pip and TLS reach what they install from, wherever this runs.
OF_THIS_MACHINE = ("PIP_", "SSL_CERT_", "CURL_CA_", "REQUESTS_CA_", "GIT_SSL_", "http_proxy", "https_proxy", "no_proxy")

# There is no systemd in a folder. This starts what a unit starts, with its environment and in its folder.
SYSTEMCTL = r"""#!/bin/bash
set -eu
case "$*" in
  "reload nginx") exec nginx -s reload ;;
  "enable --now runai-identity") ;;
  *) echo "systemctl $*: not here" >&2; exit 1 ;;
esac
of() { sed -n "s/^$1=//p" /etc/systemd/system/runai-identity.service; }
set -a
. "$(of EnvironmentFile)"
while read -r line; do export "$line"; done < <(of Environment)
set +a
mkdir -p -m 700 "$DATA_DIR"
cd "$(of WorkingDirectory)"
nohup $(of ExecStart) > /var/log/runai-identity.log 2>&1 < /dev/null &
"""


class Debian:
    """A folder with Debian's essential packages, our repository to clone, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        made_from = [str(SOURCES)] if SOURCES.exists() else []
        _run("mmdebstrap", "--quiet", "--variant=minbase", SUITE, str(folder), *made_from)
        _run("git", "clone", "--quiet", "--bare", str(ROOT), str(folder / "srv/runai-identity.git"))
        self.write("/usr/local/bin/systemctl", SYSTEMCTL, mode=0o755)
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

    def type(self, script: str, *, alone: bool, seconds: float, **environment: str) -> str:
        """Run a script in it, by bash, and return its output; whatever it started ends with it."""
        before = "mount -t proc proc proc; mount --rbind /dev dev; "
        before += "ip link set lo up; " if alone else ""
        chroot = f'cd "$0"; {before}exec chroot . /bin/bash -c "$1"'
        spaces = ["--mount", "--pid", "--fork", "--kill-child", *(["--net"] if alone else [])]
        done = subprocess.run(
            ["unshare", *spaces, "sh", "-ec", chroot, str(self.folder), f"set -eu\n{script}"],
            env={
                "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                **self.environment,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:] + self.log()
        return done.stdout

    def log(self) -> str:
        file = self.folder / "var/log/runai-identity.log"
        return file.read_text()[-3000:] if file.exists() else ""


def can_be_made() -> bool:
    return os.geteuid() == 0 and all(shutil.which(tool) for tool in ("mmdebstrap", "unshare", "ip"))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=400)
