"""Name an access rule's subject as a cluster's API server knows it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from accounts.names import KEPT_BY_KUBERNETES

# Kubernetes gives meanings to names that begin so: system:masters and kubeadm:cluster-admins are its administrators.
KEPT: Final = (KEPT_BY_KUBERNETES, "kubeadm:")

# A lone - means "no prefix" to kube-apiserver, and s before a group named ystem:masters makes its administrators: so a
# prefix begins with a letter or digit, and a mark ends it.
PREFIX: Final = re.compile(rf"\A(?!{'|'.join(KEPT)})[A-Za-z0-9][A-Za-z0-9._:/@-]{{0,58}}[._:/@-]\Z")


@dataclass(frozen=True)
class ClusterNaming:
    """The names by which a cluster knows people; they agree with its tokens and with TokenReview's answers.

    `by_id`: by the claim sub rather than preferred_username; `user_ids` is then e-mail → id. `legacy`: by the
    platform's old flags, which read sub, put no prefix before it and know no groups.
    """

    username_prefix: str
    groups_prefix: str
    by_id: bool = False
    legacy: bool = False
    user_ids: Mapping[str, str] = field(default_factory=dict)


class Subject(NamedTuple):
    kind: Literal["Group", "User"]
    name: str


class Inexpressible(Exception):
    """Nobody in this cluster can be given what the rule says; the text says why and what would do."""


def subject_named(kind: str, name: str, naming: ClusterNaming) -> Subject:
    """Raises Inexpressible."""
    claimed = _claimed(kind, name, naming)
    if kind == "group":
        found = Subject("Group", f"{naming.groups_prefix}{claimed}")
    else:
        found = Subject("User", claimed if naming.legacy else f"{naming.username_prefix}{claimed}")
    if not name or not claimed or found.name.startswith(KEPT):
        raise Inexpressible("This name is one that Kubernetes keeps for itself.")
    return found


def _claimed(kind: str, name: str, naming: ClusterNaming) -> str:
    """Return what the claim says that the cluster reads; of an application both claims say the same in a cluster."""
    if kind == "group":
        if naming.legacy:
            raise Inexpressible(
                "This cluster, with the platform's existing flags, knows no groups: name users instead."
            )
        return name
    if kind == "app":
        return f"service-account-{name}"
    if not naming.by_id and not naming.legacy:
        return name
    if name not in naming.user_ids:
        raise Inexpressible("Nobody has this e-mail yet, and this cluster knows people by their id.")
    return naming.user_ids[name]
