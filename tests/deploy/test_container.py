"""deploy/Containerfile, built by Podman, and run without root, without rights and read-only."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.deploy.debian import SOURCES, SUITE, can_be_made
from tests.faults.served import EMAIL, PASSWORD, Asked
from tests.ports import free_port
from tests.start.test_make_run import ROOT

pytestmark = [
    pytest.mark.operated,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not can_be_made() or not all(map(shutil.which, ("podman", "runc"))), reason="there is no Podman: make operated"
    ),
]

BASE, IMAGE = "localhost/python:debian", "localhost/runai-identity:tried"
# What pip of this machine is told about its network.
NETWORK = [place for place in ("/etc/ssl/certs", "/etc/pip.conf") if Path(place).exists()]
HARD = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=host"]
BOUNDS = ["--ulimit=nofile=8192:8192", "--ulimit=nproc=4096:4096"]
SCRATCH = {"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue"}  # noqa: S108  in memory
TRIED = 'for folder in /*/ /*/*/ /; do touch "$folder/tried" 2> /dev/null && echo "$folder"; done; true'


MANAGED = ["--cgroup-manager=cgroupfs", "--runtime=runc"]


def _driver(folder: Path) -> str:
    """Return overlay where the file system takes it, else vfs, which copies each layer whole."""
    places = [f"--root={folder / 'tried'}", f"--runroot={folder / 'tried-run'}", "--storage-driver=overlay"]
    tried = subprocess.run(["podman", *places, *MANAGED, "info"], check=False, capture_output=True)
    return "overlay" if tried.returncode == 0 else "vfs"


class Podman:
    """Podman with a storage of its own."""

    def __init__(self, folder: Path) -> None:
        places = [f"--root={folder / 'storage'}", f"--runroot={folder / 'run'}"]
        self.command = ["podman", *places, f"--storage-driver={_driver(folder)}", *MANAGED]

    def __call__(self, *words: str, cwd: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([*self.command, *words], cwd=cwd, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done


class Served(Asked):
    """A container of the image."""

    def __init__(self, podman: Podman) -> None:
        self.podman, port = podman, free_port()
        url = f"http://127.0.0.1:{port}"
        given = {"BIND": "127.0.0.1", "PORT": str(port), "PUBLIC_URL": url}
        given |= {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD}
        podman(
            "run", "--detach", "--name=identity", *HARD, *BOUNDS, *(f"--env={n}={v}" for n, v in given.items()), IMAGE
        )
        self.wait_until_served(url)
        super().__init__(url)

    def wait_until_served(self, url: str) -> None:
        for _ in range(300):
            try:
                if requests.get(f"{url}/readyz", timeout=2).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise AssertionError(self.podman("logs", "identity").stderr)


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """With the image, on Debian's Python in the place of the base of a registry."""
    folder = tmp_path_factory.mktemp("podman")
    podman, base, checkout = Podman(folder), folder / "base.tar", folder / "checkout"
    packages = "--include=python3,python3-venv,python-is-python3,ca-certificates"
    made_from = [str(SOURCES)] if SOURCES.exists() else []
    made = ["mmdebstrap", "--quiet", "--variant=minbase", packages, SUITE, str(base), *made_from]
    subprocess.run(made, check=True, capture_output=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
    try:
        podman("import", "--quiet", str(base), BASE)
        network = ["--isolation=chroot", "--network=host", *(f"--volume={place}:{place}:ro" for place in NETWORK)]
        named = ["-f", "deploy/Containerfile", "-t", IMAGE, "--build-arg", f"PYTHON={BASE}"]
        podman("build", *network, *named, ".", cwd=checkout)
        yield podman
    finally:
        podman("rm", "--all", "--force", check=False)
        podman("rmi", "--all", "--force", check=False)


@pytest.fixture(scope="module")
def served(podman: Podman) -> Served:
    return Served(podman)


def test_it_answers_people_applications_and_clusters(served: Served) -> None:
    assert "Sign in" in served.ask("GET", "/login").text
    assert served.robos_token().status_code == 200
    assert served.review().json()["status"]["authenticated"] is True


def test_it_writes_its_data_and_nothing_that_stays(served: Served) -> None:
    written = served.podman("exec", "identity", "sh", "-c", TRIED).stdout.split()

    assert {place.rstrip("/") for place in written} == {"/data", "/data/secrets", "/data/static", *SCRATCH}


def test_nobody_in_it_is_root(served: Served) -> None:
    users = served.podman("top", "identity", "huser", "capeff", "seccomp").stdout.split("\n")[1:]

    assert {tuple(line.split()) for line in users if line} == {("65532", "none", "filter")}


def test_it_brings_nothing_that_makes_or_tests_it(served: Served) -> None:
    found = served.podman(
        "exec", "identity", "sh", "-c", "ls; ls /opt/venv/bin; ls /opt/venv/lib/python3*/site-packages"
    )

    assert not {"tests", "docs", ".git", "pip", "pip3", "pytest", "hypothesis"} & set(found.stdout.split())


def test_it_ends_in_order_and_keeps_everything(served: Served) -> None:
    served.podman("stop", "--time=45", "identity")
    ended = served.podman("inspect", "--format={{.State.ExitCode}} {{.State.OOMKilled}}", "identity").stdout.split()
    served.podman("start", "identity")
    served.wait_until_served(served.url)

    assert ended == ["0", "false"]
    assert served.ask("GET", "/api/v1/me", headers=served.bearer).status_code == 200


def test_it_is_the_agents_too(podman: Podman) -> None:
    agent = podman("run", "--rm", *HARD, *BOUNDS, IMAGE, "python", "-m", "clustersync.agent", "--once", check=False)

    assert (agent.returncode, "RUNAI_IDENTITY_URL" in agent.stderr) == (3, True)
