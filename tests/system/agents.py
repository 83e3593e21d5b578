"""The agent as its manifest installs it: applied with kubectl, and run with the service account that came of it."""

import json
import os
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import requests
import yaml

from clustersync.agent.kube import APPLY, Kubernetes
from clustersync.agent_manifest import Agent, manifests
from clustersync.rbac.desired import Manifest
from clustersync.rbac.estranged import FIELD_MANAGER
from clustersync.yaml_for_go import as_documents
from tests.system.kubernetes import ADMIN_TOKEN, ASSETS, NAMESPACES, APIServer, version

RBAC = "/apis/rbac.authorization.k8s.io/v1"
HAS_POLICIES = (ASSETS / "kube-apiserver").exists() and version() >= (1, 30)
TAKING_EFFECT = 2.0  # the authorizer and the admission policies watch


def kubeconfig(server: APIServer, token: str) -> Path:
    file = server.folder / "kubeconfig"
    ca = str(server.folder / "tls.crt")
    cluster = {"server": f"https://127.0.0.1:{server.port}", "certificate-authority": ca}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    file.write_text(yaml.safe_dump(config))
    return file


def kubernetes(server: APIServer, token: str = ADMIN_TOKEN) -> Kubernetes:
    return Kubernetes.by_kubeconfig(kubeconfig(server, token))


def kubectl(server: APIServer, *arguments: str, given: str = "") -> str:
    at = ["--server", f"https://127.0.0.1:{server.port}", "--token", ADMIN_TOKEN]
    trust = ["--certificate-authority", str(server.folder / "tls.crt"), "--cache-dir", str(server.folder / "cache")]
    command = [str(ASSETS / "kubectl"), "--kubeconfig=/dev/null", *at, *trust, *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(server: APIServer, text: str) -> None:
    """As docs/agent.md says."""
    kubectl(server, "apply", "--server-side", f"--field-manager={FIELD_MANAGER}", "-f", "-", given=text)
    time.sleep(TAKING_EFFECT)


def installed(server: APIServer, agent: Agent) -> str:
    """Answers a token of the agent's service account, as its pod has one."""
    install(server, as_documents(manifests(agent)))
    return service_account_token(server)


def service_account_token(server: APIServer) -> str:
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    made = server.ask(ADMIN_TOKEN, f"{NAMESPACES}/identity-agent/serviceaccounts/identity-agent/token", request)
    assert made.status_code == 201, made.text
    return str(made.json()["status"]["token"])


def give(server: APIServer, agent_token: str) -> None:
    """As docs/agent.md says, the first time and for another token."""
    named = ["create", "secret", "generic", "identity-agent", "--from-file=token=/dev/stdin"]
    secret = kubectl(server, "-n", "identity-agent", *named, "--dry-run=client", "-o", "yaml", given=agent_token)
    kubectl(server, "apply", "-f", "-", given=secret)


def mounted(server: APIServer, volumes: list[dict[str, Any]]) -> dict[str, str]:
    """The files of a pod with these volumes, by their paths there."""
    files: dict[str, str] = {}
    for volume in volumes:
        kind, name = ("secrets", "secretName") if "secret" in volume else ("configmaps", "name")
        source = volume.get("secret") or volume["configMap"]
        held = server.ask(ADMIN_TOKEN, f"{NAMESPACES}/identity-agent/{kind}/{source[name]}").json()["data"]
        for file, data in held.items():
            text = b64decode(data).decode() if kind == "secrets" else data
            (server.folder / f"{volume['name']}-{file}").write_text(text)
            files[f"/{volume['name']}/{file}"] = str(server.folder / f"{volume['name']}-{file}")
    return files


def run(server: APIServer, applied: list[Manifest], *, url: str = "") -> "subprocess.CompletedProcess[str]":
    """One pass of the program with the environment and the files of its Deployment, as its service account."""
    pod = applied[-1]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    files = mounted(server, pod["volumes"])
    told = {one["name"]: files.get(one["value"], one["value"]) for one in container["env"]}
    config = str(kubeconfig(server, service_account_token(server)))
    env = {**told, "KUBECONFIG": config, "PATH": os.environ["PATH"]} | ({"RUNAI_IDENTITY_URL": url} if url else {})
    command = [sys.executable, "-m", "clustersync.agent", "--once"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def apply(server: APIServer, token: str, path: str, body: Any) -> requests.Response:
    """Server-side apply, by force."""
    url = f"https://127.0.0.1:{server.port}{path}?fieldManager={FIELD_MANAGER}&force=true"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": APPLY}
    return requests.patch(
        url, data=json.dumps(body), headers=headers, verify=str(server.folder / "tls.crt"), timeout=30
    )
