"""Work out what a pass would do, before anything is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from clustersync.rbac.desired import Desired, Manifest, ObjectKey, key_of
from clustersync.rbac.diff import Differences, ObjectConflict, differences
from clustersync.rbac.estranged import is_ours

# The agent of older versions could write cluster roles, and so any right at all.
OLD_AGENT: Final = ObjectKey("ClusterRoleBinding", "", "runai-identity-agent")
OLD_AGENT_STAYS: Final = (
    "still lets the agent of an older version write cluster roles. Delete it: kubectl delete"
    " clusterrolebinding/runai-identity-agent clusterrole/runai-identity-agent namespace/runai-identity"
)
APPLY_AGAIN: Final = "Cluster roles come with the agent's manifest: apply that of this version again"
MISSING: Final = f"is missing. {APPLY_AGAIN}"
NO_POLICY: Final = (
    "is missing, without which who steals the agent's service account may bind in every namespace. Apply the agent's"
    " manifest again; before Kubernetes 1.30 that with ?admissionPolicy=false"
)
NOT_BOUND: Final = "is left out while its cluster role is missing or somebody else's"


class RefusedObject(NamedTuple):
    """Something that the server said and the agent does not take; `why` goes on after "refused, because it"."""

    what: str
    why: str


@dataclass(frozen=True)
class Wanted:
    """The RBAC that the cluster of this uuid should hold, and what the server said besides.

    `policy` names the admission policy that the agent's manifest has; empty where it has none.
    """

    cluster: str
    desired: Desired
    refused: tuple[RefusedObject, ...] = ()
    policy: str = ""


def plan(wanted: Wanted, live: Iterable[Manifest]) -> Differences:
    """Return what a pass would do. Cluster roles are read, never written, and one that isn't ours is bound to nobody.

    One that gives other rights than it does in this version is bound all the same: who changed it may give them anyway.
    """
    live = list(live)
    ours = {one["metadata"]["name"] for one in live if one["kind"] == "ClusterRole" and is_ours(one, wanted.cluster)}
    objects = wanted.desired.objects
    unbound = {key_of(one) for one in objects if "roleRef" in one and one["roleRef"]["name"] not in ours}
    found = differences([one for one in objects if key_of(one) not in unbound], live, cluster=wanted.cluster)
    return replace(
        found,
        create=tuple(key for key in found.create if key.kind != "ClusterRole"),
        change=tuple(change for change in found.change if change.key.kind != "ClusterRole"),
        conflicts=(
            *found.conflicts,
            *_of_roles(found),
            *(ObjectConflict(key, NOT_BOUND) for key in sorted(unbound)),
            *(ObjectConflict(key_of(one), OLD_AGENT_STAYS) for one in live if key_of(one) == OLD_AGENT),
            *(ObjectConflict(key, NO_POLICY) for key in _policy(wanted.policy) - {key_of(one) for one in live}),
        ),
    )


def steps_in_words(would: Differences) -> list[str]:
    """Return a line for each object: + to create, ~ to change, - to prune, ! in the way."""
    return [
        *(f"+ {named(key)}" for key in would.create),
        *(f"~ {named(change.key)}: {'; '.join(change.lines)}" for change in would.change),
        *(f"- {named(key)}" for key in would.prune),
        *(f"! {named(conflict.key)} {conflict.message}" for conflict in would.conflicts),
    ]


def named(key: ObjectKey) -> str:
    return f"{key.kind} {key.namespace}/{key.name}" if key.namespace else f"{key.kind} {key.name}"


def _policy(name: str) -> set[ObjectKey]:
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding") if name else ()
    return {ObjectKey(kind, "", name) for kind in kinds}


def _of_roles(found: Differences) -> Iterator[ObjectConflict]:
    yield from (ObjectConflict(key, MISSING) for key in found.create if key.kind == "ClusterRole")
    for change in found.change:
        if change.key.kind == "ClusterRole":
            yield ObjectConflict(change.key, f"{'; '.join(change.lines)}. {APPLY_AGAIN}")
