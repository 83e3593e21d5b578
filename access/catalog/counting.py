from types import MappingProxyType
from typing import Final

# From the root of the tree down: a scope of the nth type is n steps below it.
SCOPE_TYPES: Final = ("system", "tenant", "cluster", "department", "project")

# An action on a resource type → the lowest type of scope in which a rule gives it. In a lower one there is nothing that
# it could be done to: users, groups, applications, settings and the audit log are of the whole account, and what is in
# the tree is made in its parent. Whatever isn't listed counts in every scope.
LOWEST_SCOPE: Final = MappingProxyType(
    {
        **{
            (action, resource): "tenant"
            for resource in ("users", "groups", "apps", "service-account", "settings", "security-settings")
            for action in ("create", "update", "delete")
        },
        ("read", "events-history"): "tenant",
        ("create", "cluster"): "tenant",
        ("update", "cluster"): "cluster",
        ("delete", "cluster"): "cluster",
        ("create", "department"): "cluster",
        ("update", "department"): "department",
        ("delete", "department"): "department",
        ("create", "project"): "department",
    }
)


def lowest_scope(action: str, resource: str) -> str:
    return LOWEST_SCOPE.get((action, resource), SCOPE_TYPES[-1])


def counts_in(scope_type: str, action: str, resource: str) -> bool:
    """Return True if a rule for a scope of this type can give the permission."""
    return SCOPE_TYPES.index(scope_type) <= SCOPE_TYPES.index(lowest_scope(action, resource))
