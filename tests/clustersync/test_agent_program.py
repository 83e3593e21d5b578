"""`python -m clustersync.agent`, and the manifests by which it runs in a cluster."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from access.catalog import ROLES
from clustersync.agent_manifest import manifests, rights
from clustersync.rbac.desired import Manifest
from tests.clustersync.wanted import UUID, of, rule


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    env = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)


def test_it_needs_no_django() -> None:
    code = "import clustersync.agent.__main__, sys; sys.exit('django' in sys.modules)"

    ran = run("-c", code)

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "Set RUNAI_IDENTITY_URL, CLUSTER_UUID, CREDENTIAL_FILE."),
        ({"RUNAI_IDENTITY_URL": "https://id.example.com", "CLUSTER_UUID": UUID}, "Set CREDENTIAL_FILE."),
        (
            {"RUNAI_IDENTITY_URL": "https://id.example.com", "CLUSTER_UUID": UUID, "CREDENTIAL_FILE": "token"},
            "This is no pod with a service account",
        ),
    ],
)
def test_it_says_what_it_lacks(environment: dict[str, str], told: str) -> None:
    ran = run("-m", "clustersync.agent", "--once", **environment)

    assert ran.returncode == 3
    assert told in ran.stderr and "Traceback" not in ran.stderr


def made(ca: str = "") -> dict[str, Manifest]:
    of_agent = manifests(url="https://id.example.com", cluster=UUID, image="id:1", ca=ca, token="put it here")
    return {manifest["kind"]: manifest for manifest in of_agent}


def test_its_rights_name_every_cluster_role_that_any_role_needs() -> None:
    everything = [rule("faces", role=role, id=role) for role in ROLES]
    needed = {
        manifest["metadata"]["name"]
        for g1 in (False, True)
        for manifest in of(*everything, g1=g1).objects
        if manifest["kind"] == "ClusterRole"
    }

    (own,) = [one for one in rights() if "escalate" in one["verbs"]]

    assert needed <= set(own["resourceNames"])
    assert set(own["verbs"]) == {"create", "patch", "delete", "bind", "escalate"}


def test_its_rights_are_of_rbac_alone_and_without_wildcards() -> None:
    for one in rights():
        assert one["apiGroups"] == ["rbac.authorization.k8s.io"]
        assert "*" not in [*one["resources"], *one["verbs"], *one.get("resourceNames", [])]
        assert "clusterroles" not in one["resources"] or "resourceNames" in one or one["verbs"] == ["list"]


def test_its_pod_may_nothing_on_its_node() -> None:
    pod = made()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
    }  # fmt: skip
    assert container["command"] == ["python", "-m", "clustersync.agent"]


@pytest.mark.parametrize("ca", ["", "-----BEGIN CERTIFICATE-----\n"])
def test_its_pod_is_told_of_a_ca_where_there_is_one(ca: str) -> None:
    kinds = made(ca)
    (container,) = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]

    assert ("ca.crt" in kinds["Secret"]["stringData"]) is bool(ca)
    assert ("CA_FILE" in {one["name"] for one in container["env"]}) is bool(ca)


def test_it_says_what_to_install_where_the_client_is_missing() -> None:
    ran = run("-c", "import sys; sys.modules['kubernetes'] = None; import clustersync.agent.kube")

    assert ran.returncode == 1
    assert ran.stderr == "The agent needs more than the server does: pip install -r requirements/agent.txt\n"
