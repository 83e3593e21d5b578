"""The first cluster of docs/clusters.md, typed as it stands, at a real kube-apiserver, over TLS and without a proxy."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.ports import free_port
from tests.system.kubernetes import ADMIN_TOKEN, ASSETS, REAL, APIServer, write_certificate
from tests.walking import ROOT, SHELLS, Step, differences, steps, walk

pytestmark = [*REAL, pytest.mark.slow]

FOLDER = "/etc/kubernetes/runai-identity"
SHELL = "zsh" if shutil.which("zsh") else "bash"
BROWSER = Path(__file__).with_name("browser.py")
SERVE, REGISTER, *GO_ON = steps("docs/clusters.md", "From nothing to kubectl")

# What people do beside typing.
NOTE = Step("""printf '%s\\n' "$URL" "$CURL_CA_BUNDLE" """, "…\n…")
HAND_OVER = Step("""field tempPassword <<< "$ROSA" > "$HANDED_OVER" """, "")


class Newcomer:
    """Somebody's home, with what they have on their PATH, and the server that they serve in a terminal."""

    def __init__(self, folder: Path, kubernetes: APIServer) -> None:
        self.folder, self.kubernetes, self.data = folder, kubernetes, folder / "data"
        (folder / "bin").mkdir()
        make = folder / "bin/make"  # the environment is that of the tests, and its stamp may be older
        make.write_text(f'#!/bin/sh\nexec {shutil.which("make")} --no-print-directory -o .venv/base "$@"\n')
        make.chmod(0o755)
        write_certificate(kubernetes.folder)
        self.address, self.authority = f"https://127.0.0.1:{kubernetes.port}", kubernetes.folder / "tls.crt"
        (folder / "admin.conf").write_text(self.administrators_kubeconfig())
        browser = f"{sys.executable} {BROWSER} rosa@example.com {folder}/handed-over {self.data}/tls/ca.crt %s &"
        self.environment = {
            "PATH": f"{folder}/bin:{ASSETS}:{os.environ['PATH']}",
            "HOME": str(folder),
            "DISPLAY": ":0",
            "BROWSER": browser,
            "PORT": str(free_port()),
            "DATA_DIR": str(self.data),
            "HANDED_OVER": f"{folder}/handed-over",
            "API_SERVER": self.address,
            "API_CA": str(self.authority),
            "ADMIN": str(folder / "admin.conf"),
        }

    def administrators_kubeconfig(self) -> str:
        return (
            f'clusters: [{{name: a, cluster: {{server: "{self.address}", certificate-authority: {self.authority}}}}}]\n'
            f"users: [{{name: a, user: {{token: {ADMIN_TOKEN}}}}}]\n"
            "contexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\nkind: Config\napiVersion: v1\n"
        )

    def serve(self, typed: Step) -> subprocess.Popen[bytes]:
        with (self.folder / "said").open("wb") as said:
            terminal = subprocess.Popen(
                [*SHELLS[SHELL], "-c", typed.commands],
                cwd=ROOT,
                env=self.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and terminal.poll() is None:
            try:
                authority = str(self.data / "tls/ca.crt")
                if requests.get(f"https://127.0.0.1:{self.environment['PORT']}/readyz", verify=authority, timeout=2).ok:
                    return terminal
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.folder / "said").read_text())

    def tell_the_api_server(self, said: str) -> None:
        """Bring the file to the node, and start kube-apiserver with the flags that were printed."""
        there = self.folder / "node"
        there.mkdir()
        shutil.copy(self.data / "gpu-1-webhook.json", there / "webhook.json")
        flags = [line.strip().replace(FOLDER, str(there)) for line in said.splitlines() if line.startswith("  --")]
        self.kubernetes.start(flags)


@pytest.fixture
def newcomer(tmp_path: Path, kubernetes: APIServer) -> Iterator[Newcomer]:
    one = Newcomer(tmp_path, kubernetes)
    terminal = one.serve(SERVE)
    yield one
    os.killpg(terminal.pid, signal.SIGKILL)
    terminal.wait()


def left_in_the_checkout() -> set[str]:
    asked = ["git", "status", "--porcelain", "--ignored"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {line for line in told.splitlines() if "__pycache__" not in line}


def test_it_ends_at_pods(newcomer: Newcomer) -> None:
    before = left_in_the_checkout()
    registering = [REGISTER, NOTE]
    registered = walk(SHELL, registering, cwd=ROOT, environment=newcomer.environment)
    assert differences(registering, registered) == []
    newcomer.tell_the_api_server(registered[0])

    typed = [GO_ON[0], HAND_OVER, *GO_ON[1:]]
    url, authority = registered[1].split()
    told = {**newcomer.environment, "URL": url, "CURL_CA_BUNDLE": authority}
    printed = walk(SHELL, typed, cwd=newcomer.folder, environment=told)

    assert differences(typed[-1:], printed[-1:]) == []
    walk(SHELL, commands_of_the_cli(newcomer), cwd=newcomer.folder, environment=told)
    assert 'User "runai:rosa@example.com" cannot list resource "pods"' in elsewhere(newcomer)
    assert left_in_the_checkout() == before


def commands_of_the_cli(newcomer: Newcomer) -> list[Step]:
    """Those of docs/cli.md, with the CA and without, filled in as somebody does who may not write to /usr/local."""
    with_sudo, _, with_ca, *_ = steps("docs/cli.md")
    filled = {
        "IDENTITY": f"127.0.0.1:{newcomer.environment['PORT']}",
        "you@example.com": "rosa@example.com",
        "sudo ": "",
        "/usr/local/bin/": "~/.local/bin/",
        "ca.crt": f"{newcomer.data}/tls/ca.crt",
    }
    typed = []
    for step in (with_ca, with_sudo):
        commands = step.commands
        for placeholder, value in filled.items():
            commands = commands.replace(placeholder, value)
        typed.append(Step(commands, ""))
    return [Step("export PATH=~/.local/bin:$PATH", ""), *typed]


def elsewhere(newcomer: Newcomer) -> str:
    kubectl = ["kubectl", "--context", "rosa@example.com@gpu-1", "--namespace", "default", "get", "pods"]
    environment = {**newcomer.environment, "PATH": f"{newcomer.folder}/.local/bin:{newcomer.environment['PATH']}"}
    return subprocess.run(kubectl, env=environment, capture_output=True, text=True, timeout=60).stderr
