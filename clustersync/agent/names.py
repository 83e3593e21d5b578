"""Allow the names that bindings may have in this cluster, by the agent's own environment and not by the server."""

import re
from dataclasses import dataclass
from typing import Final

from clustersync.rbac.subjects import KEPT, PREFIX

NO_PREFIX: Final = "-"  # as kube-apiserver's flags spell it
LONGEST: Final = 400

# By the platform's existing flags: people are known by their id, and nothing stands before it.
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERVICE_ACCOUNT: Final = re.compile(r"service-account-[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Names:
    """Without prefixes the cluster has the platform's existing flags."""

    username_prefix: str = ""
    groups_prefix: str = ""

    def objection(self, kind: object, name: object) -> str:
        """Return why a binding may not name this subject; empty where it may. It goes on after "because it"."""
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST or not name.isprintable():
            return "names somebody without a usable name"
        if name.startswith(KEPT):
            return f"names {name[:100]}, whom Kubernetes keeps for itself"
        if kind == "User" and not self.username_prefix:
            known = UUID.fullmatch(name) or SERVICE_ACCOUNT.fullmatch(name)
            return "" if known else f"names the user {name[:100]}, neither a user's id nor a service account's name"
        prefix = {"User": self.username_prefix, "Group": self.groups_prefix}.get(str(kind), "")
        if not prefix:
            return f"names {str(kind)[:30]} {name[:100]}, where only users and groups of ours are bound"
        if not name.startswith(prefix) or name == prefix:
            return f"names {kind} {name[:100]} without the prefix {prefix}, which this cluster's manifest says"
        return ""


def names_by(username_prefix: str, groups_prefix: str) -> Names:
    """Raises ValueError for prefixes that no cluster of ours has."""
    if username_prefix == groups_prefix == NO_PREFIX:
        return Names()
    if not PREFIX.match(username_prefix) or not PREFIX.match(groups_prefix):
        raise ValueError("USERNAME_PREFIX and GROUPS_PREFIX are as the agent's manifest says: runai:, or - for both.")
    return Names(username_prefix, groups_prefix)
