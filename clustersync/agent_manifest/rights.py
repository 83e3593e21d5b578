"""Make the rights of the agent's service account. It writes no cluster role, and binds ours alone, by their names."""

from collections.abc import Iterable

from clustersync.rbac.desired import GROUP, MOST_SHARDS, shard_name
from clustersync.rbac.estranged import names_of_bindings
from clustersync.rbac.roles import Part, PolicyRule

PolicyRules = list[PolicyRule]


def in_cluster(parts: Iterable[Part]) -> PolicyRules:
    """In the whole cluster: look, make namespaces, leave events, take bindings away, bind what reads the cluster."""
    bindings = ["clusterrolebindings", "rolebindings"]
    return [
        {"apiGroups": [GROUP], "resources": ["clusterroles", *bindings], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "create"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
        _deleting(bindings),
        *_binding("clusterrolebindings", [part for part in parts if not part.in_projects]),
    ]


def in_projects(parts: Iterable[Part]) -> PolicyRules:
    """In the namespaces of projects: bind what gives the work itself."""
    return _binding("rolebindings", [part for part in parts if part.in_projects])


def looking_for(policy: str) -> PolicyRules:
    """Return whether the admission policy is there that holds the agent to the namespaces of projects."""
    resources = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"]
    return [
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": resources,
            "resourceNames": [policy],
            "verbs": ["get"],
        }
    ]


def _deleting(resources: list[str]) -> PolicyRule:
    """Everywhere, and under the older names too: what was given must be taken back wherever it is."""
    return {
        "apiGroups": [GROUP],
        "resources": resources,
        "resourceNames": sorted(names_of_bindings()),
        "verbs": ["delete"],
    }


def _binding(resource: str, parts: Iterable[Part]) -> PolicyRules:
    """Server-side apply is a PATCH of a name, so that even what is new can be limited to names."""
    roles = sorted(part.name for part in parts)
    return [
        {
            "apiGroups": [GROUP],
            "resources": [resource],
            "resourceNames": _names_of_bindings(parts),
            "verbs": ["create", "patch"],
        },
        {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": roles, "verbs": ["bind"]},
    ]


def _names_of_bindings(parts: Iterable[Part]) -> list[str]:
    return sorted(shard_name(part, shard) for part in parts for shard in range(MOST_SHARDS))
