"""A server that lies makes kubectl execute nothing: tried with kubectl itself."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hostile import Liar, lying
from tests.cli.running import SOURCE, Shell
from tests.system.kubernetes import ASSETS, REAL

pytestmark = REAL

OURS = {"name": "bob@example.com@prod", "command": "runai-identity", "first": "get-token"}


def exec_of(marker: Path) -> dict[str, Any]:
    """What a kubeconfig of the server would have kubectl do."""
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": ["-c", f"touch {marker}"],
        "env": [{"name": "LD_PRELOAD", "value": "/nonexistent/x.so"}],
        "interactiveMode": "Never",
    }


def lies(marker: Path) -> dict[str, Any]:
    """Everything that could be taken for more than a value, at every place of the answer."""
    plugin = exec_of(marker)
    options = {
        "tls-server-name": "evil",
        "proxy-url": "http://127.0.0.1:9",
        "insecure-skip-tls-verify": True,
        "exec": plugin,
        "user": {"exec": plugin},
        "command": "/bin/sh",
        "as": "system:admin",
    }
    first = "/api/v1/me/clusters clusters.0"
    whole = {
        "clusters": [{"name": "prod", "cluster": {"server": "https://127.0.0.1:1", **options}}],
        "users": [{"name": OURS["name"], "user": {"exec": plugin}}],
        "contexts": [{"name": OURS["name"], "context": {"cluster": "prod", "user": OURS["name"]}}],
        "current-context": OURS["name"],
    }
    return {f"{first}.{key}": value for key, value in options.items()} | {
        f"/api/v1/me/kubeconfig {key}": value for key, value in whole.items()
    }


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """With the command line, and a kubectl, on its PATH."""
    folder = tmp_path / "home/bin"
    folder.mkdir(parents=True)
    (folder / "runai-identity").write_text(f'#!/bin/sh\nPYTHONPATH={SOURCE} exec python3 -m runai_identity_cli "$@"\n')
    (folder / "runai-identity").chmod(0o755)
    return Shell(tmp_path / "home", {"PATH": f"{folder}:{ASSETS}:{os.environ['PATH']}"})


def kubectl(shell: Shell, *words: str) -> "subprocess.CompletedProcess[str]":
    asked = [str(ASSETS / "kubectl"), *words]
    return subprocess.run(asked, env=shell.everything({}), capture_output=True, text=True, timeout=60)


def taken_in(shell: Shell, liar: Liar, marker: Path) -> str:
    shell.ok("login", "--device", "--server", liar.origin)
    liar.plan(put=lies(marker))
    return shell.ok("kubeconfig", "set")


def test_kubectl_runs_our_program_and_no_other(shell: Shell, tmp_path: Path) -> None:
    marker = tmp_path / "taken"
    with lying(tmp_path / "liar") as liar:
        taken_in(shell, liar, marker)
        done = kubectl(shell, "get", "pods", "--request-timeout=3s")

    config = json.loads(kubectl(shell, "config", "view", "--raw", "-o", "json").stdout)
    assert "127.0.0.1:1" in done.stderr  # where the API server is said to be; with a token of the server
    assert not marker.exists()
    (user,) = config["users"]
    assert (user["name"], user["user"]["exec"]["command"]) == (OURS["name"], OURS["command"])
    assert user["user"]["exec"]["args"][0] == OURS["first"]
    assert config["clusters"] == [{"name": "prod", "cluster": {"server": "https://127.0.0.1:1"}}]


def test_it_would_be_seen_if_kubectl_ran_another(shell: Shell, tmp_path: Path) -> None:
    marker, file = tmp_path / "taken", shell.home / ".kube/config"
    with lying(tmp_path / "liar") as liar:
        taken_in(shell, liar, marker)
    config = json.loads(kubectl(shell, "config", "view", "--raw", "-o", "json").stdout)
    config["users"][0]["user"]["exec"] = exec_of(marker) | {"env": []}
    file.write_text(json.dumps(config))

    kubectl(shell, "get", "pods", "--request-timeout=3s")

    assert marker.exists()
