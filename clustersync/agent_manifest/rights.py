"""What the agent's service account may. It writes no cluster role, and binds those of ours, by their names, alone."""

from collections.abc import Iterable

from clustersync.rbac.desired import GROUP, MOST_SHARDS, shard_name
from clustersync.rbac.roles import Part

PolicyRules = list[dict[str, list[str]]]


def in_cluster(parts: Iterable[Part]) -> PolicyRules:
    """In the whole cluster: look, make namespaces, and bind what gives reading of what has no namespace."""
    roles, bindings = ["clusterroles"], ["clusterrolebindings"]
    return [
        {"apiGroups": [GROUP], "resources": [*roles, *bindings, "rolebindings"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "create"]},
        *_binding(bindings, [part for part in parts if not part.in_projects]),
    ]


def in_projects(parts: Iterable[Part]) -> PolicyRules:
    """In the namespaces of projects: bind what gives the work itself."""
    return _binding(["rolebindings"], [part for part in parts if part.in_projects])


def looking_for(policy: str) -> PolicyRules:
    """Whether the admission policy is there that holds the agent to the namespaces of projects."""
    resources = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
    return [
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": resources,
            "resourceNames": [policy],
            "verbs": ["get"],
        }
    ]


def _binding(resources: list[str], parts: Iterable[Part]) -> PolicyRules:
    """Server-side apply is a PATCH of a name, so that even what is new can be limited to names."""
    roles = sorted(part.name for part in parts)
    named = [shard_name(part, shard) for part in sorted(parts) for shard in range(MOST_SHARDS)]
    return [
        {
            "apiGroups": [GROUP],
            "resources": resources,
            "resourceNames": named,
            "verbs": ["create", "patch", "delete"],
        },
        {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": roles, "verbs": ["bind"]},
    ]
