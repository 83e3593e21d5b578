"""The Kubernetes namespace of a project, and those that look like one and belong to somebody else. Pure."""

import re
from typing import Final

PREFIX: Final = "runai-"

# A namespace is a DNS label (RFC 1123) of at most 63 characters; the prefix takes six of them.
PROJECT_NAME: Final = re.compile(r"\A[a-z0-9]([-a-z0-9]{0,55}[a-z0-9])?\Z")

OURS: Final = "this service"
PLATFORM: Final = "the platform"

# Who binds people in one of these gives them what runs there: its secrets and its service accounts.
RESERVED: Final = {
    "runai-identity": OURS,  # where the agent was until it moved to identity-agent
    "runai-identity-agent": OURS,
    "runai-identity-system": OURS,
    "runai-backend": PLATFORM,
    "runai-operator": PLATFORM,
    "runai-reservation": PLATFORM,
    "runai-scale-adjust": PLATFORM,
}


def namespace_of(project: str) -> str:
    return f"{PREFIX}{project}"


def owner_of(namespace: str) -> str | None:
    """Return whose a reserved namespace is; None for one that is free for a project."""
    return RESERVED.get(namespace)


def may_be_a_projects(namespace: str) -> bool:
    """Return True for `runai-<project>`, unless it is reserved."""
    project = namespace.removeprefix(PREFIX)
    return namespace == namespace_of(project) and bool(PROJECT_NAME.match(project)) and owner_of(namespace) is None
