"""The agent as manifests to apply: where it runs, what it may there, and the cluster roles that it binds. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from access.catalog import roles
from clustersync.agent_manifest.admission import admission
from clustersync.agent_manifest.deployment import NAME, NAMESPACE, POLICY, Program, account, deployment
from clustersync.agent_manifest.rights import in_cluster, in_projects, looking_for
from clustersync.rbac.desired import API_VERSION, GROUP, Manifest, cluster_role, our_labels
from clustersync.rbac.roles import Part, g1_parts_of, parts_of

IN_PROJECTS = f"{NAME}-in-projects"


@dataclass(frozen=True)
class Agent:
    """`g1` asks for the names that the platform's roles had until 2.13.

    `namespaces` are those in which it may bind. None: in those of projects, to which an admission policy holds it;
    that takes Kubernetes 1.30.
    """

    program: Program
    g1: bool = False
    namespaces: Sequence[str] | None = None


def manifests(agent: Agent) -> list[Manifest]:
    """In the order in which they are applied: what limits it before what it may, and that before itself."""
    parts, by_policy = _parts(g1=agent.g1), agent.namespaces is None
    return [
        *account(),
        *(admission(agent.program, parts) if by_policy else ()),
        *cluster_roles(agent.program.cluster, g1=agent.g1),
        _role(NAME, [*in_cluster(parts), *(looking_for(POLICY) if by_policy else ())]),
        _bound("ClusterRoleBinding", NAME),
        _role(IN_PROJECTS, in_projects(parts)),
        *_bound_in_projects(agent.namespaces),
        *deployment(agent.program, policy=POLICY if by_policy else ""),
    ]


def cluster_roles(cluster: str, *, g1: bool) -> list[Manifest]:
    """Every cluster role that a binding of ours may name. The agent only reads them."""
    labels = our_labels(cluster)
    return [cluster_role(part, labels) for part in _parts(g1=g1)]


def _parts(*, g1: bool) -> list[Part]:
    of = g1_parts_of if g1 else parts_of
    return sorted({part for role in roles().values() for part in of(role)}, key=lambda part: part.name)


def _role(name: str, rules: list[dict[str, list[str]]]) -> Manifest:
    return {"apiVersion": API_VERSION, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def _bound_in_projects(namespaces: Iterable[str] | None) -> list[Manifest]:
    if namespaces is None:
        return [_bound("ClusterRoleBinding", IN_PROJECTS)]
    return [_bound("RoleBinding", IN_PROJECTS, namespace) for namespace in sorted(namespaces)]


def _bound(kind: str, role: str, namespace: str = "") -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": role} | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    }
