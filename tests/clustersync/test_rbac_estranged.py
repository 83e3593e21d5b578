"""One label of a binding of ours is changed, and the rule that it was for is revoked: it is found, and never forgotten.

At a real API server: tests/system/test_agent.py.
"""

from copy import deepcopy
from itertools import combinations
from typing import Any

import pytest

from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import reconcile
from clustersync.rbac.desired import Desired, Manifest, ObjectKey, key_of
from clustersync.rbac.diff import differences
from tests.clustersync.held import Held, foreign, prepared
from tests.clustersync.wanted import UUID, VIEWER, of, rule

ONE = of(rule("faces", role=VIEWER, id=1))
BINDING = ObjectKey("RoleBinding", "runai-faces", "runai-viewer-ns", "faces")
IN_CLUSTER = ObjectKey("ClusterRoleBinding", "", "runai-viewer")
MANAGED_BY, CLUSTER, PROJECT = "app.kubernetes.io/managed-by", "runai-identity/cluster", "runai-identity/project"
OURS = [{"manager": "runai-identity", "operation": "Apply"}]
MARKS = ("managed-by", "cluster", "project", "applied", "manager")
OTHERS: dict[str, str] = {MANAGED_BY: "helm", CLUSTER: "c0000000-0000-4000-8000-00000000000f", PROJECT: "cars"}


def synced() -> Held:
    cluster = prepared()
    reconcile(Wanted(UUID, ONE), cluster)
    for key in (BINDING, IN_CLUSTER):
        cluster[key]["metadata"]["managedFields"] = OURS
    return cluster


def changed(cluster: Held, key: ObjectKey, **metadata: Any) -> Manifest:
    manifest = deepcopy(cluster[key])
    manifest["metadata"] |= metadata
    cluster.hold(manifest)
    return manifest


def of_one_change(labels: dict[str, str]) -> list[dict[str, str]]:
    """Each of our two labels removed, emptied, or another's."""
    removed = [{name: value for name, value in labels.items() if name != gone} for gone in (MANAGED_BY, CLUSTER)]
    return [*removed, *({**labels, name: said} for name in (MANAGED_BY, CLUSTER) for said in ("", OTHERS[name]))]


@pytest.mark.parametrize("key", [BINDING, IN_CLUSTER])
@pytest.mark.parametrize("nth", range(6))
def test_what_lost_a_label_is_reported_and_left_over_whether_a_rule_wants_it_or_not(key: ObjectKey, nth: int) -> None:
    for desired in (Desired(), ONE):
        cluster = synced()
        theirs = changed(cluster, key, labels=of_one_change(cluster[key]["metadata"]["labels"])[nth])

        outcome = reconcile(Wanted(UUID, desired), cluster)

        assert cluster[key] == theirs  # never taken: whoever wrote the label may have written the rest
        assert outcome.left == 1 and any(key.name in problem for problem in outcome.problems)
        assert desired is not ONE or outcome.rules[1][0] == "NotReady"


@pytest.mark.parametrize("kept", [few for count in (1, 2) for few in combinations(MARKS, count)], ids="+".join)
def test_any_mark_of_ours_is_enough_to_be_found(kept: tuple[str, ...]) -> None:
    cluster = synced()
    metadata = cluster[BINDING]["metadata"]
    labels = {PROJECT: "faces", MANAGED_BY: "runai-identity", CLUSTER: UUID}
    short = {PROJECT: "project", MANAGED_BY: "managed-by", CLUSTER: "cluster"}
    left = {name: value for name, value in labels.items() if short[name] in kept}
    applied = metadata["annotations"] if "applied" in kept else {}
    changed(cluster, BINDING, labels=left, annotations=applied, managedFields=OURS if "manager" in kept else [])

    found = differences((), cluster.live(), cluster=UUID)

    whole = {"managed-by", "cluster"} <= set(kept)
    assert (BINDING.address in {key.address for key in found.prune}) == whole
    assert any(one.key.address == BINDING.address and one.left for one in found.conflicts) != whole


@pytest.mark.parametrize("metadata", [{"annotations": 1, "managedFields": 1}, {"managedFields": ["x", {"manager": 1}]}])
def test_what_somebody_else_made_under_our_name_is_theirs(metadata: dict[str, Any]) -> None:
    theirs = foreign("ClusterRoleBinding", "runai-viewer", subjects=[])
    theirs["metadata"] |= metadata
    cluster = prepared(theirs, foreign("ClusterRoleBinding", "runai-mine", labels={}))

    outcome = reconcile(Wanted(UUID, Desired()), cluster)

    assert (outcome.left, outcome.problems, cluster[IN_CLUSTER]) == (0, [], theirs)


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-client-side-apply", "helm"])
def test_who_wrote_it_last_does_not_matter_while_it_has_our_labels(manager: str) -> None:
    cluster = synced()
    for key in (BINDING, IN_CLUSTER):
        fields = [{"manager": manager, "operation": "Update"}]
        changed(cluster, key, managedFields=fields, annotations={})
        cluster[key]["subjects"] = []

    outcome = reconcile(Wanted(UUID, Desired()), cluster)

    assert (outcome.pruned, outcome.left) == (2, 0)
    assert not {key_of(one).kind for one in cluster.live()} & {"RoleBinding", "ClusterRoleBinding"}


def test_it_says_what_to_type() -> None:
    cluster = synced()
    changed(cluster, BINDING, labels={})
    changed(cluster, IN_CLUSTER, labels={MANAGED_BY: "runai-identity", CLUSTER: OTHERS[CLUSTER]})

    problems = reconcile(Wanted(UUID, Desired()), cluster).problems

    assert any("kubectl delete rolebinding runai-viewer-ns -n runai-faces" in problem for problem in problems)
    assert any(f"of cluster {OTHERS[CLUSTER]}" in problem for problem in problems)
