"""Desired RBAC beside what a cluster holds."""

from copy import deepcopy
from typing import Any

import pytest

from clustersync.rbac.desired import Manifest, ObjectKey, key_of
from clustersync.rbac.diff import differences
from tests.clustersync.held import namespace
from tests.clustersync.wanted import UUID, of, rule

NS = "runai-l1-researcher-ns"
BINDING = ObjectKey("RoleBinding", "runai-faces", NS, "faces")
WANTED = of(rule("faces"))
OTHER_CLUSTER = "c0000000-0000-4000-8000-00000000000f"


def live(**changed: Any) -> list[Manifest]:
    """The cluster as desired, but for `changed` in the one role binding, and with what an API server adds."""
    objects = deepcopy([*WANTED.objects, namespace("runai-faces", "faces")])
    for manifest in objects:
        manifest["metadata"] |= {"uid": "u", "resourceVersion": "7", "managedFields": [], "annotations": {"a": "b"}}
    binding = next(manifest for manifest in objects if manifest["kind"] == "RoleBinding")
    binding |= changed
    return objects


def labelled(**labels: str) -> dict[str, Any]:
    return {"name": NS, "namespace": "runai-faces", "labels": labels}


def role(name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}


def test_it_finds_no_difference_in_what_the_api_server_adds() -> None:
    found_ = differences(WANTED.objects, live(), cluster=UUID)

    assert found_.none
    assert found_.unchanged == len(WANTED.objects)


def test_it_creates_what_is_missing() -> None:
    missing = [manifest for manifest in live() if manifest["kind"] != "RoleBinding"]

    assert differences(WANTED.objects, missing, cluster=UUID).create == (BINDING,)


def test_it_says_whom_a_binding_lacks_and_whom_it_has_besides() -> None:
    somebody = [{"kind": "User", "name": "mallory"}, {"kind": "ServiceAccount", "name": "ci", "namespace": "dev"}]

    (change,) = differences(WANTED.objects, live(subjects=somebody), cluster=UUID).change

    assert change.key == BINDING
    assert change.lines == (
        "lacks User runai:bob@example.com",
        "has ServiceAccount ci in dev besides",
        "has User mallory besides",
    )
    assert not change.recreate


def test_it_makes_a_binding_again_that_is_bound_to_another_role() -> None:
    (change,) = differences(WANTED.objects, live(roleRef=role("cluster-admin")), cluster=UUID).change

    assert change.recreate
    assert change.lines == (f"is bound to ClusterRole cluster-admin, should be to ClusterRole {NS}",)


def test_it_says_what_a_role_gives_besides() -> None:
    objects = live()
    widened = next(manifest for manifest in objects if manifest["metadata"]["name"] == NS)
    widened["rules"] = [
        *widened["rules"],
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["key"], "verbs": ["list"]},
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
    ]
    widened["aggregationRule"] = {"clusterRoleSelectors": []}

    (change,) = differences(WANTED.objects, objects, cluster=UUID).change

    assert change.lines == (
        "has get on /metrics besides",
        "has list on secrets named key besides",
        "has an aggregation rule, by which others decide what it gives",
    )


def test_it_takes_rules_for_the_same_that_are_cut_differently() -> None:
    objects = live()
    for manifest in objects:
        manifest["rules"] = [
            {**part, "resources": [resource]} for part in manifest.get("rules", ()) for resource in part["resources"]
        ][::-1]

    assert differences(WANTED.objects, objects, cluster=UUID).none


def test_it_prunes_what_is_ours_and_no_longer_wanted() -> None:
    fewer = of()

    pruned = differences(fewer.objects, live(), cluster=UUID).prune

    assert BINDING in pruned
    assert set(pruned) == {key_of(manifest) for manifest in WANTED.objects if "roleRef" in manifest}


@pytest.mark.parametrize(
    "labels",
    [
        {},
        {"app.kubernetes.io/managed-by": "runai-identity"},
        {"app.kubernetes.io/managed-by": "helm", "runai-identity/cluster": UUID},
        {"app.kubernetes.io/managed-by": "runai-identity", "runai-identity/cluster": OTHER_CLUSTER},
    ],
)
def test_it_neither_changes_nor_prunes_what_is_not_ours(labels: dict[str, str]) -> None:
    theirs = live(metadata=labelled(**labels), subjects=[])

    in_the_way = differences(WANTED.objects, theirs, cluster=UUID)
    unwanted = differences((), theirs, cluster=UUID)

    assert [conflict.key for conflict in in_the_way.conflicts] == [BINDING]
    assert (in_the_way.create, in_the_way.change, in_the_way.prune) == ((), (), ())
    assert BINDING not in unwanted.prune


def test_it_says_whose_object_is_in_the_way() -> None:
    other = {"app.kubernetes.io/managed-by": "runai-identity", "runai-identity/cluster": OTHER_CLUSTER}

    said = [differences(WANTED.objects, live(metadata=labelled(**labels)), cluster=UUID) for labels in ({}, other)]

    assert "made by somebody else" in said[0].conflicts[0].message
    assert OTHER_CLUSTER in said[1].conflicts[0].message
