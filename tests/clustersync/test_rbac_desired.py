"""What a cluster's RBAC should be, given who has which role where."""

import dataclasses
from typing import Any

import pytest

from access.catalog import Role
from access.namespaces import RESERVED
from clustersync.rbac import desired as desired_module
from clustersync.rbac.desired import DesiredProject, ObjectKey, key_of
from clustersync.rbac.subjects import ClusterNaming
from tests.clustersync.wanted import (
    NAMING,
    OPERATOR,
    PROJECTS,
    RESEARCHER,
    UUID,
    VIEWER,
    found,
    keys,
    names,
    of,
    rule,
)

ROLE = "runai-l1-researcher"
NS = "runai-l1-researcher-ns"


def test_it_makes_complete_manifests() -> None:
    binding = found(of(rule("faces")), "RoleBinding", NS, "runai-faces")

    assert binding == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {
            "name": NS,
            "namespace": "runai-faces",
            "labels": {
                "app.kubernetes.io/managed-by": "runai-identity",
                "runai-identity/cluster": UUID,
                "runai-identity/project": "faces",
            },
        },
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NS},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "runai:bob@example.com"}],
    }


@pytest.mark.parametrize(
    ("scope_id", "expected"),
    [
        ("0", ["cars", "dialects", "faces"]),
        ("1", ["cars", "dialects", "faces"]),
        (UUID, ["cars", "dialects", "faces"]),
        ("vision", ["cars", "faces"]),
        ("dialects", ["dialects"]),
        ("a department without projects", []),
    ],
)
def test_it_binds_in_the_namespace_of_each_project_within_the_scope(scope_id: str, expected: list[str]) -> None:
    wanted = of(rule(scope_id))

    assert keys(wanted) == [
        ObjectKey("ClusterRole", "", ROLE),
        ObjectKey("ClusterRole", "", NS),
        ObjectKey("ClusterRoleBinding", "", ROLE),
        *(ObjectKey("RoleBinding", f"runai-{project}", NS, project) for project in expected),
    ]
    assert wanted.by_rule == {1: tuple(keys(wanted))}


def test_it_puts_all_holders_of_a_role_into_one_binding_each_once() -> None:
    wanted = of(
        rule("faces", "user zoe@example.com", id=1),
        rule("faces", "group researchers", id=2),
        rule("vision", "user bob@example.com", id=3),
        rule("faces", "user bob@example.com", id=4),
    )

    both = ["Group team:researchers", "User runai:bob@example.com", "User runai:zoe@example.com"]
    assert names(found(wanted, "RoleBinding", NS, "runai-faces")) == both
    assert names(found(wanted, "RoleBinding", NS, "runai-cars")) == ["User runai:bob@example.com"]
    assert names(found(wanted, "ClusterRoleBinding", ROLE)) == both


@pytest.mark.parametrize(
    ("subject", "naming", "expected"),
    [
        ("user bob@example.com", NAMING, "User runai:bob@example.com"),
        ("group researchers", NAMING, "Group team:researchers"),
        ("app robo", NAMING, "User runai:service-account-robo"),
        ("user bob@example.com", {"by_id": True}, "User runai:7b0b"),
        ("app robo", {"by_id": True}, "User runai:service-account-robo"),
        ("user bob@example.com", {"legacy": True}, "User 7b0b"),
        ("app robo", {"legacy": True}, "User service-account-robo"),
        ("app kubernetes-admin", {"legacy": True}, "User service-account-kubernetes-admin"),
    ],
)
def test_it_names_people_as_the_cluster_knows_them(
    subject: str, naming: ClusterNaming | dict[str, Any], expected: str
) -> None:
    if isinstance(naming, dict):
        naming = dataclasses.replace(NAMING, user_ids={"bob@example.com": "7b0b"}, **naming)

    wanted = of(rule("faces", subject), naming=naming)

    assert names(found(wanted, "ClusterRoleBinding", ROLE)) == [expected]


@pytest.mark.parametrize(
    ("subject", "naming", "why"),
    [
        ("user bob@example.com", {"by_id": True}, "Nobody has this e-mail yet"),
        ("user bob@example.com", {"legacy": True}, "Nobody has this e-mail yet"),
        ("group researchers", {"legacy": True}, "knows no groups"),
        ("user system:admin", {"username_prefix": ""}, "Kubernetes keeps for itself"),
        ("group masters", {"groups_prefix": "system:"}, "Kubernetes keeps for itself"),
        ("group cluster-admins", {"groups_prefix": "kubeadm:"}, "Kubernetes keeps for itself"),
        ("app kube-proxy", {"username_prefix": "system:"}, "Kubernetes keeps for itself"),
        ("user ", {}, "Kubernetes keeps for itself"),
    ],
)
def test_it_says_which_rule_it_cannot_express(subject: str, naming: dict[str, Any], why: str) -> None:
    wanted = of(rule("faces", subject, id=7), naming=dataclasses.replace(NAMING, **naming))

    assert (wanted.objects, wanted.by_rule) == ((), {})
    assert why in wanted.problems[7]


def test_it_makes_nothing_of_a_role_that_gives_nothing_in_kubernetes() -> None:
    accountant = Role(99, "Accountant", "accountant", "", {"users": frozenset({"read"})})

    wanted = of(rule("faces", role=99, id=5), roles={99: accountant})

    assert (wanted.objects, wanted.by_rule, wanted.problems) == ((), {5: ()}, {})
    assert wanted.notes == {5: "This role gives nothing in Kubernetes."}


def test_it_binds_only_the_part_that_a_role_has() -> None:
    name = "runai-cloud-operator"

    assert keys(of(rule("faces", role=OPERATOR))) == [
        ObjectKey("ClusterRole", "", name),
        ObjectKey("ClusterRoleBinding", "", name),
    ]


def test_it_has_the_platforms_older_names_where_wanted() -> None:
    wanted = of(rule("faces", id=1), rule("vision", "user vi@example.com", VIEWER, id=2), g1=True)

    assert keys(wanted) == [
        ObjectKey("ClusterRole", "", "runai-job-executor"),
        ObjectKey("ClusterRole", "", "runai-job-viewer"),
        ObjectKey("ClusterRoleBinding", "", "runai-job-viewer"),
        ObjectKey("RoleBinding", "runai-faces", "runai-job-executor", "faces"),
    ]
    viewers = names(found(wanted, "ClusterRoleBinding", "runai-job-viewer"))
    assert viewers == ["User runai:bob@example.com", "User runai:vi@example.com"]
    assert len(wanted.by_rule[2]) == 2


def test_it_spreads_more_subjects_than_an_object_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desired_module, "MOST_SUBJECTS", 10)
    rules = [rule("faces", f"user u{number}@example.com", id=number) for number in range(25)]

    wanted = of(*rules)

    shards = [found(wanted, "RoleBinding", name, "runai-faces") for name in (NS, f"{NS}-2", f"{NS}-3")]
    assert sorted(name for shard in shards for name in names(shard)) == sorted(
        f"User runai:u{number}@example.com" for number in range(25)
    )
    assert {key for made_of in wanted.by_rule.values() for key in made_of} == set(keys(wanted))


def test_it_keeps_two_projects_of_one_namespace_apart() -> None:
    twin = DesiredProject("runai-faces", ("0", "1", UUID, "speech", "faces-too"))
    rules = [rule("faces"), rule("speech", "user sam@example.com", id=2)]

    wanted = of(*rules, projects=[*PROJECTS, twin])

    holders = {key_of(one).project: names(one) for one in wanted.objects if key_of(one).namespace == "runai-faces"}
    assert holders == {"faces": ["User runai:bob@example.com"], "faces-too": ["User runai:sam@example.com"]}
    assert {key for made_of in wanted.by_rule.values() for key in made_of} == set(keys(wanted))


@pytest.mark.parametrize("namespace", sorted(RESERVED))
def test_it_makes_no_object_of_a_project_whose_namespace_is_reserved(namespace: str) -> None:
    """Made before names were reserved."""
    taken = DesiredProject(namespace, ("0", "1", UUID, "vision", "taken"))
    rules = [rule("vision", id=1), rule("taken", "user eve@example.com", id=2)]

    wanted = of(*rules, projects=[*PROJECTS, taken])

    assert wanted.objects == of(rule("vision", id=1)).objects
    assert set(wanted.by_rule) == {1} and set(wanted.problems) == {2}
    assert f"belongs to {RESERVED[namespace]}" in wanted.problems[2]


def test_it_never_needs_more_bindings_of_a_role_than_the_agent_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desired_module, "MOST_SUBJECTS", 2)
    rules = [rule("faces", f"user u{number}@example.com", id=number) for number in range(100)]

    wanted = of(*rules)

    named = {key.name for key in keys(wanted) if key.kind == "RoleBinding"}
    assert named == {NS, *(f"{NS}-{number}" for number in range(2, 11))}
    assert sum(len(one["subjects"]) for one in wanted.objects if one["kind"] == "RoleBinding") == 100


def test_it_leaves_out_roles_that_nobody_has() -> None:
    assert of().objects == ()
    assert {key.name for key in keys(of(rule("faces", role=RESEARCHER)))} == {ROLE, NS}
