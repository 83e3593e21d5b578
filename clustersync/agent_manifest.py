"""The agent as a Deployment: what it may do there, and nothing beyond. Pure."""

from collections.abc import Iterable
from typing import Any

from access.catalog import ROLES, Role
from clustersync.rbac.desired import GROUP, Manifest
from clustersync.rbac.roles import g1_parts_of, parts_of

NAMESPACE = "runai-identity"
NAME = "runai-identity-agent"
SECRET = "runai-identity-agent"  # noqa: S105  its name
METRICS_PORT = 9090
ANYBODY = 65532
LABELS = {"app.kubernetes.io/name": NAME}


def manifests(*, url: str, cluster: str, image: str, ca: str = "", token: str) -> list[Manifest]:
    """`ca` are the PEM certificates that signed the server's, when no public CA did."""
    secret = {"token": token} | ({"ca.crt": ca} if ca else {})
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _named()},
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": NAME}, "rules": rights()},
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": _named(), "type": "Opaque", "stringData": secret},
        _deployment(url=url, cluster=cluster, image=image, has_ca=bool(ca)),
    ]


def rights(roles: Iterable[Role] = ROLES.values()) -> list[dict[str, list[str]]]:
    """Bindings of any name it may write, for theirs may be numbered; but it may bind no cluster role that isn't ours.

    Server-side apply is a PATCH of a name, so that even what is new can be limited to names.
    """
    names = sorted({part.name for role in roles for part in (*parts_of(role), *g1_parts_of(role))})
    bindings = ["clusterrolebindings", "rolebindings"]
    return [
        {"apiGroups": [GROUP], "resources": ["clusterroles", *bindings], "verbs": ["list"]},
        {"apiGroups": [GROUP], "resources": bindings, "verbs": ["create", "patch", "delete"]},
        {
            "apiGroups": [GROUP],
            "resources": ["clusterroles"],
            "resourceNames": names,
            "verbs": ["create", "patch", "delete", "bind", "escalate"],
        },
    ]


def _named() -> dict[str, str]:
    return {"name": NAME, "namespace": NAMESPACE}


def _deployment(*, url: str, cluster: str, image: str, has_ca: bool) -> Manifest:
    environment = {
        "RUNAI_IDENTITY_URL": url,
        "CLUSTER_UUID": cluster,
        "CREDENTIAL_FILE": "/credential/token",
        "METRICS_PORT": str(METRICS_PORT),
    } | ({"CA_FILE": "/credential/ca.crt"} if has_ca else {})
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
        "containers": [_container(image, environment)],
        "volumes": [{"name": "credential", "secret": {"secretName": SECRET, "defaultMode": 0o440}}],
    }
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _named(), "spec": spec}


def _container(image: str, environment: dict[str, str]) -> dict[str, Any]:
    return {
        "name": "agent",
        "image": image,
        "command": ["python", "-m", "clustersync.agent"],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT}],
        "volumeMounts": [{"name": "credential", "mountPath": "/credential", "readOnly": True}],
        "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
