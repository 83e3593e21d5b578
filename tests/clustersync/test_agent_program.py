"""`python -m clustersync.agent`, and the manifests by which it runs in a cluster."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from clustersync.agent.health import LIVE, READY
from clustersync.agent_manifest import Agent, manifests
from clustersync.rbac.desired import Manifest
from tests.clustersync.wanted import UUID, program

TOLD = {
    "RUNAI_IDENTITY_URL": "https://id.example.com",
    "CLUSTER_UUID": UUID,
    "CREDENTIAL_FILE": "token",
    "USERNAME_PREFIX": "runai:",
    "GROUPS_PREFIX": "runai:",
}


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
        ({}, "Set RUNAI_IDENTITY_URL, CLUSTER_UUID, CREDENTIAL_FILE, USERNAME_PREFIX, GROUPS_PREFIX: the agent's"),
        ({**TOLD, "CREDENTIAL_FILE": ""}, "Set CREDENTIAL_FILE: the agent's manifest does."),
        ({**TOLD, "USERNAME_PREFIX": ""}, "Set USERNAME_PREFIX: the agent's manifest does."),
        ({**TOLD, "USERNAME_PREFIX": "system:"}, "USERNAME_PREFIX and GROUPS_PREFIX are as the agent's manifest says"),
        ({**TOLD, "GROUPS_PREFIX": "kubeadm:"}, "USERNAME_PREFIX and GROUPS_PREFIX are as the agent's manifest says"),
        ({**TOLD, "GROUPS_PREFIX": "-"}, "USERNAME_PREFIX and GROUPS_PREFIX are as the agent's manifest says"),
        ({**TOLD, "USERNAME_PREFIX": "s"}, "USERNAME_PREFIX and GROUPS_PREFIX are as the agent's manifest says"),
        (TOLD, "This is no pod with a service account"),
    ],
)
def test_it_says_what_it_lacks(environment: dict[str, str], told: str) -> None:
    ran = run("-m", "clustersync.agent", "--once", **environment)

    assert ran.returncode == 3
    assert told in ran.stderr and "Traceback" not in ran.stderr


def made(ca: str = "") -> dict[str, Manifest]:
    return {manifest["kind"]: manifest for manifest in manifests(Agent(program(ca=ca)))}


def test_its_pod_may_nothing_on_its_node() -> None:
    pod = made()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["command"] == ["python", "-m", "clustersync.agent"]


@pytest.mark.parametrize("ca", ["", "-----BEGIN CERTIFICATE-----\n"])
def test_its_pod_is_told_of_a_ca_where_there_is_one(ca: str) -> None:
    kinds = made(ca)
    (container,) = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}

    assert {"USERNAME_PREFIX", "GROUPS_PREFIX"} <= told.keys()
    assert ("ConfigMap" in kinds, told.get("CA_FILE")) == ((True, "/trusted/ca.crt") if ca else (False, None))
    assert not ca or kinds["ConfigMap"]["data"] == {"ca.crt": ca}


@pytest.mark.parametrize("ca", ["", "-----BEGIN CERTIFICATE-----\n"])
def test_its_pod_mounts_each_volume_that_it_reads_from(ca: str) -> None:
    pod = made(ca)["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    read = {one["value"].split("/")[1] for one in container["env"] if one["name"] in ("CREDENTIAL_FILE", "CA_FILE")}

    assert {one["mountPath"] for one in container["volumeMounts"]} == {f"/{name}" for name in read}
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]} == read


@pytest.mark.parametrize("ca", ["", "-----BEGIN CERTIFICATE-----\n"])
def test_its_token_is_in_no_manifest_so_that_applying_them_again_keeps_it(ca: str) -> None:
    assert "Secret" not in made(ca)


def test_its_pod_is_probed_where_it_serves() -> None:
    (container,) = made()["Deployment"]["spec"]["template"]["spec"]["containers"]
    asked = {name: container[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")}

    assert {probe["path"] for probe in asked.values()} == {LIVE, READY}
    assert {probe["port"] for probe in asked.values()} == {one["name"] for one in container["ports"]}
    assert {one["value"] for one in container["env"] if one["name"] == "METRICS_PORT"} == {
        str(one["containerPort"]) for one in container["ports"]
    }


def test_it_says_what_to_install_where_the_client_is_missing() -> None:
    ran = run("-c", "import sys; sys.modules['kubernetes'] = None; import clustersync.agent.kube")

    assert ran.returncode == 1
    said = f"The agent needs more than the server does: {sys.executable} -m pip install -r requirements/agent.txt\n"
    assert ran.stderr == said
