"""A role binding stands in the namespace that says it is that very project's. A name is proof of nothing."""

import pytest

from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.rbac.desired import DesiredProject, Manifest, ObjectKey
from clustersync.rbac.diff import differences
from tests.clustersync.held import Held, namespace, prepared
from tests.clustersync.wanted import PROJECTS, UUID, VIEWER, of, rule

BINDING = ObjectKey("RoleBinding", "runai-faces", "runai-viewer-ns", "faces")
WANTED = of(rule("faces", role=VIEWER, id=1), rule("dialects", "user ann@example.com", VIEWER, id=2))
LINE = "kubectl label namespace runai-faces runai-identity/project=faces"
TWIN = DesiredProject("runai-faces", ("0", "1", UUID, "speech", "faces-too"))
TWINS = of(
    rule("faces", role=VIEWER, id=1),
    rule("faces-too", "user sam@example.com", VIEWER, id=2),
    projects=[*PROJECTS, TWIN],
)


def passed(*namespaces: Manifest) -> tuple[Held, ReconcileResult]:
    cluster = prepared(*namespaces)
    return cluster, reconcile(Wanted(UUID, WANTED), cluster)


@pytest.mark.parametrize(
    ("there", "line"),
    [
        (namespace("runai-faces"), LINE),
        (namespace("runai-faces", "another-project"), LINE.replace("faces runai", "faces --overwrite runai")),
    ],
    ids=["without a label", "another project's"],
)
def test_it_takes_over_no_namespace_and_says_how_to_give_it(there: Manifest, line: str) -> None:
    cluster, outcome = passed(there)

    assert BINDING.address not in cluster.objects
    assert cluster[ObjectKey("Namespace", "", "runai-faces")] == there
    assert outcome.rules[1][0] == "NotReady" and outcome.rules[1][1].endswith(line)
    assert any(line in problem for problem in outcome.problems)
    assert outcome.rules[2] == ("Ready", "")


def test_it_binds_once_an_operator_has_said_whose_it_is() -> None:
    cluster, _ = passed(namespace("runai-faces"))
    cluster.hold(namespace("runai-faces", "faces"))

    outcome = reconcile(Wanted(UUID, WANTED), cluster)

    assert BINDING.address in cluster.objects
    assert (outcome.failed, outcome.rules[1]) == ({}, ("Ready", ""))


@pytest.mark.parametrize("label", ["", "another-project"])
def test_it_takes_back_what_it_bound_where_the_label_is_gone(label: str) -> None:
    cluster, _ = passed(namespace("runai-faces", "faces"))
    cluster.hold(namespace("runai-faces", label))

    outcome = reconcile(Wanted(UUID, WANTED), cluster)

    assert BINDING.address not in cluster.objects
    assert (outcome.pruned, outcome.rules[1][0]) == (1, "NotReady")


def test_a_project_of_the_same_name_does_not_get_what_the_deleted_one_left() -> None:
    cluster, _ = passed()
    again = [replace_id(project) for project in PROJECTS]
    wanted = of(rule("faces-again", "user eve@example.com", VIEWER, id=3), projects=again)

    outcome = reconcile(Wanted(UUID, wanted), cluster)

    assert BINDING.address not in cluster.objects
    assert "is that of another project, faces, as its label says" in outcome.rules[3][1]


def replace_id(project: DesiredProject) -> DesiredProject:
    return project._replace(path=(*project.path[:-1], f"{project.id}-again"))


@pytest.mark.parametrize(("label", "winner", "loser"), [("faces", 1, 2), ("faces-too", 2, 1)])
def test_of_two_projects_of_one_name_the_label_says_whose_the_namespace_is(label: str, winner: int, loser: int) -> None:
    cluster = prepared(namespace("runai-faces", label))

    outcome = reconcile(Wanted(UUID, TWINS), cluster)

    (subject,) = cluster[BINDING]["subjects"]
    assert subject["name"] == {1: "runai:bob@example.com", 2: "runai:sam@example.com"}[winner]
    assert (outcome.rules[winner], outcome.rules[loser][0]) == (("Ready", ""), "NotReady")


def test_for_two_projects_of_one_name_it_makes_no_namespace() -> None:
    cluster = prepared()

    outcome = reconcile(Wanted(UUID, TWINS), cluster)

    assert [key for key in cluster.objects if key[0] in ("Namespace", "RoleBinding")] == []
    assert all("Two projects of this cluster have this name" in outcome.rules[rule][1] for rule in (1, 2))


def test_what_could_not_be_made_is_said_of_all_that_was_to_stand_in_it() -> None:
    cluster = prepared()
    cluster.refused = frozenset({"create runai-faces"})

    outcome = reconcile(Wanted(UUID, WANTED), cluster)

    assert outcome.rules == {1: ("NotReady", "You may not create."), 2: ("Ready", "")}
    assert cluster.done.count("apply RoleBinding runai-viewer-ns") == 1


def test_a_binding_of_an_older_version_is_given_its_label() -> None:
    cluster, _ = passed()
    labels = {name: value for name, value in cluster[BINDING]["metadata"]["labels"].items() if "project" not in name}
    older = {"labels": labels, "annotations": {"runai-identity/applied": "by an older version"}}
    cluster.hold({**cluster[BINDING], "metadata": cluster[BINDING]["metadata"] | older})

    outcome = reconcile(Wanted(UUID, WANTED), cluster)

    assert outcome.drift == []
    assert cluster[BINDING]["metadata"]["labels"]["runai-identity/project"] == "faces"


def test_differences_say_what_an_agent_would_do() -> None:
    found = differences(WANTED.objects, [namespace("runai-faces")], cluster=UUID)

    assert BINDING not in found.create
    assert ObjectKey("Namespace", "", "runai-dialects", "dialects") in found.create
    (conflict,) = found.conflicts
    assert conflict.key == BINDING and conflict.message.endswith(LINE)
