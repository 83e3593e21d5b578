"""Make the Deployment of the agent, which tells it who may be bound there."""

from dataclasses import dataclass
from typing import Any

from clustersync.agent.health import LIVE, READY
from clustersync.rbac.desired import Manifest

# Not runai-…: those are the namespaces of projects, whose people must never get at the agent's token.
NAMESPACE = "identity-agent"
NAME = "identity-agent"
POLICY = f"{NAME}-bindings"
METRICS_PORT = 9090
ANYBODY = 65532
LABELS = {"app.kubernetes.io/name": NAME}


@dataclass(frozen=True)
class Program:
    """The Deployment's values. The agent's token is not in it: an operator makes a Secret of it once, which stays.

    `ca` are the PEM certificates that signed the server's, when no public CA did.

    The prefixes are fixed here, at the cluster, so that the server can't make the agent bind anybody else; both are -
    in a cluster with the platform's existing flags.
    """

    url: str
    cluster: str
    image: str
    username_prefix: str
    groups_prefix: str
    ca: str = ""


def account() -> list[Manifest]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _named()},
    ]


def deployment(program: Program, *, policy: str) -> list[Manifest]:
    """`policy` is that which the agent is to find; empty where there is none."""
    trusted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named(), "data": {"ca.crt": program.ca}}
    return [
        *([trusted] if program.ca else []),
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _named(), "spec": _spec(program, policy)},
    ]


def _named() -> dict[str, str]:
    return {"name": NAME, "namespace": NAMESPACE}


def _spec(program: Program, policy: str) -> dict[str, Any]:
    pod = {
        "serviceAccountName": NAME,
        "enableServiceLinks": False,  # they would put variables of other services beside ours
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": ANYBODY,
            "runAsGroup": ANYBODY,
            "fsGroup": ANYBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(program, policy)],
        "volumes": _volumes(program),
    }
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }


def _volumes(program: Program) -> list[dict[str, Any]]:
    credential = {"name": "credential", "secret": {"secretName": NAME, "defaultMode": 0o440}}
    return [credential, {"name": "trusted", "configMap": {"name": NAME}}] if program.ca else [credential]


def _container(program: Program, policy: str) -> dict[str, Any]:
    environment = {
        "RUNAI_IDENTITY_URL": program.url,
        "CLUSTER_UUID": program.cluster,
        "CREDENTIAL_FILE": "/credential/token",
        "USERNAME_PREFIX": program.username_prefix,
        "GROUPS_PREFIX": program.groups_prefix,
        "METRICS_PORT": str(METRICS_PORT),
        **({"ADMISSION_POLICY": policy} if policy else {}),
        **({"CA_FILE": "/trusted/ca.crt"} if program.ca else {}),
    }
    return {
        "name": "agent",
        "image": program.image,
        "command": ["python", "-m", "clustersync.agent"],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT}],
        "livenessProbe": _probe(LIVE, every=60),
        "readinessProbe": _probe(READY, every=10),
        "volumeMounts": [
            {"name": volume["name"], "mountPath": f"/{volume['name']}", "readOnly": True}
            for volume in _volumes(program)
        ],
        "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _probe(path: str, *, every: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "metrics"}, "periodSeconds": every, "timeoutSeconds": 5}
