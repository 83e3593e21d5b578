"""A role's two parts in Kubernetes, read from the tables of `verbs`."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from access.catalog import ACTIONS, Role, roles
from clustersync.rbac.verbs import IN_CLUSTER, IN_PROJECTS, JOB_EXECUTOR, JOB_VIEWER

VERB_OF: Final = {
    "G": "get",
    "L": "list",
    "W": "watch",
    "C": "create",
    "U": "update",
    "P": "patch",
    "D": "delete",
}

PolicyRule = dict[str, list[str]]


class Right(NamedTuple):
    """One verb on one resource, as the authorizer compares them."""

    group: str
    resource: str
    verb: str


class Part(NamedTuple):
    """A ClusterRole that is bound as one, in each project's namespace or in the whole cluster."""

    name: str
    in_projects: bool
    rights: frozenset[Right]


@cache
def parts_of(role: Role) -> tuple[Part, ...]:
    """`runai-<role>` and `runai-<role>-ns`; neither for a role whose permissions mean nothing in Kubernetes."""
    name = f"runai-{role.slug}"
    both = (Part(name, False, rights_in(CLUSTER, role)), Part(f"{name}-ns", True, rights_in(PROJECTS, role)))
    return tuple(part for part in both if part.rights)


@cache
def g1_parts_of(role: Role) -> tuple[Part, ...]:
    """`runai-job-viewer` for who sees jobs, and `runai-job-executor` for whose role gives all that one does."""
    viewer, executor = VIEWER if role.allows("read", "jobs") else None, None
    if all(role.allows(action, kind) for kind in ("jobs", "workloads") for action in ACTIONS):
        executor = EXECUTOR
    return tuple(part for part in (viewer, executor) if part)


def every_part() -> Mapping[str, Part]:
    """Return every part of a role by its name, those of the platform's older names too."""
    return _parts_by_name(tuple(roles().values()))


@lru_cache(maxsize=4)
def _parts_by_name(given: tuple[Role, ...]) -> Mapping[str, Part]:
    return {part.name: part for role in given for part in (*parts_of(role), *g1_parts_of(role))}


def rights_in(table: Mapping[tuple[str, str], frozenset[Right]], role: Role) -> frozenset[Right]:
    given = ((kind, action) for kind, actions in role.permissions.items() for action in actions)
    return frozenset(right for permission in given for right in table.get(permission, ()))


@cache
def policy_rules(rights: frozenset[Right]) -> list[PolicyRule]:
    """Return the rules as a ClusterRole writes them: few, in one order. Made once, so nobody is to write to it."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for group, resource, verb in rights:
        verbs.setdefault((group, resource), set()).add(verb)

    resources: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), given in sorted(verbs.items()):
        resources.setdefault((group, tuple(sorted(given))), []).append(resource)

    return [
        {"apiGroups": [group], "resources": names, "verbs": list(given)}
        for (group, given), names in sorted(resources.items())
    ]


def _lines(table: str) -> Iterator[list[str]]:
    lines = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    next(lines)  # the header
    yield from lines


def _rights(group: str, resources: str, letters: str) -> Iterator[Right]:
    for resource in resources.split(","):
        for letter in letters.replace("-", ""):
            yield Right("" if group == "core" else group, resource, VERB_OF[letter])


def _by_permission(table: str) -> Mapping[tuple[str, str], frozenset[Right]]:
    rights: dict[tuple[str, str], set[Right]] = {}
    for permission, group, resources, *cells in _lines(table):
        for action, letters in zip(ACTIONS, cells, strict=True):
            rights.setdefault((permission, action), set()).update(_rights(group, resources, letters))
    return {permission: frozenset(given) for permission, given in rights.items() if given}


def _listed(table: str) -> frozenset[Right]:
    return frozenset(right for line in _lines(table) for right in _rights(*line))


CLUSTER: Final = _by_permission(IN_CLUSTER)
PROJECTS: Final = _by_permission(IN_PROJECTS)

VIEWER: Final = Part("runai-job-viewer", False, _listed(JOB_VIEWER))
EXECUTOR: Final = Part("runai-job-executor", True, _listed(JOB_EXECUTOR))
