"""One pass of the agent, on a cluster in memory. A real API server: tests/system/test_agent.py."""

from dataclasses import replace

from clustersync.agent.plan import Wanted, plan, steps_in_words
from clustersync.agent.reconcile import reconcile
from clustersync.rbac.desired import Desired, ObjectKey, key_of
from tests.clustersync.held import Held, foreign, prepared
from tests.clustersync.wanted import RESEARCHER, UUID, VIEWER, of, rule

BINDING = ObjectKey("RoleBinding", "runai-faces", "runai-viewer-ns", "faces")
ONE = of(rule("faces", role=VIEWER, id=1))
BOTH = of(rule("faces", role=VIEWER, id=1), rule("dialects", "user ann@example.com", RESEARCHER, id=2))


def wanted(desired: Desired = ONE) -> Wanted:
    return Wanted(UUID, desired)


def bindings(desired: Desired = ONE) -> list[ObjectKey]:
    return [key_of(manifest) for manifest in desired.objects if "roleRef" in manifest]


def synced(desired: Desired = ONE) -> Held:
    cluster = prepared()
    reconcile(wanted(desired), cluster)
    cluster.done.clear()
    return cluster


def test_it_makes_a_namespace_with_its_label_before_the_bindings_in_it() -> None:
    cluster = prepared()

    outcome = reconcile(wanted(), cluster)

    assert cluster.done == [
        "apply ClusterRoleBinding runai-viewer",
        "create Namespace runai-faces",
        "apply RoleBinding runai-viewer-ns",
    ]
    made = cluster[ObjectKey("Namespace", "", "runai-faces")]
    assert made["metadata"]["labels"] == {"runai-identity/project": "faces"}
    assert (outcome.applied, outcome.failed, outcome.rules) == (3, {}, {1: ("Ready", "")})


def test_it_writes_nothing_where_nothing_changed() -> None:
    cluster = synced()

    outcome = reconcile(wanted(), cluster)

    assert cluster.done == []
    assert (outcome.applied, outcome.unchanged) == (0, len(ONE.objects))
    assert outcome.idle


def test_it_prunes_what_only_a_revoked_rule_asked_for() -> None:
    cluster = synced(BOTH)

    outcome = reconcile(wanted(), cluster)

    assert all(line.startswith("delete ") and "l1-researcher" in line for line in cluster.done)
    assert outcome.pruned == len(cluster.done) == len(bindings(BOTH)) - len(bindings())
    assert set(cluster.objects) - set(synced().objects) == {("Namespace", "", "runai-dialects")}


def test_it_leaves_what_others_made_and_says_what_is_in_the_way() -> None:
    theirs = (
        foreign("ClusterRoleBinding", "runai-viewer", subjects=[]),
        foreign("ClusterRoleBinding", "runai-viewer-mine", subjects=[]),
    )
    cluster = prepared(*theirs)

    outcome = reconcile(wanted(), cluster)

    phase, message = outcome.rules[1]
    assert phase == "NotReady" and "made by somebody else" in message
    assert [cluster[key_of(one)] for one in theirs] == list(theirs)


def test_it_leaves_what_another_registration_of_the_cluster_made() -> None:
    cluster = synced()
    before = dict(cluster.objects)

    outcome = reconcile(Wanted("c0000000-0000-4000-8000-000000000009", Desired()), cluster)

    assert (cluster.objects, outcome.pruned) == (before, 0)


def test_it_calls_drift_what_differs_from_what_it_applied() -> None:
    cluster = synced()
    cluster.hold({**cluster[BINDING], "subjects": []})

    outcome = reconcile(wanted(), cluster)

    assert outcome.drift == ["RoleBinding runai-faces/runai-viewer-ns lacks User runai:bob@example.com"]
    assert cluster.done == ["force RoleBinding runai-viewer-ns"]


def test_it_calls_no_drift_what_is_newly_wanted() -> None:
    cluster = synced()
    more = of(rule("faces", role=VIEWER, id=1), rule("faces", "user ann@example.com", VIEWER, id=2))

    outcome = reconcile(wanted(more), cluster)

    assert outcome.drift == []
    assert outcome.applied > 0


def test_it_makes_a_binding_anew_that_was_bound_to_another_role() -> None:
    cluster = synced()
    cluster.hold({**cluster[BINDING], "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}})

    outcome = reconcile(wanted(), cluster)

    assert cluster.done == ["delete RoleBinding runai-viewer-ns", "force RoleBinding runai-viewer-ns"]
    assert "is bound to ClusterRole cluster-admin" in outcome.drift[0]


def test_it_goes_on_where_one_object_is_refused() -> None:
    cluster = prepared()
    cluster.refused = frozenset({"apply runai-l1-researcher-ns"})

    outcome = reconcile(wanted(BOTH), cluster)

    assert outcome.rules == {1: ("Ready", ""), 2: ("NotReady", "You may not apply.")}
    assert outcome.applied == len(bindings(BOTH)) + 2 - 1  # with two namespaces


def test_it_says_once_what_is_wrong_with_many() -> None:
    cluster = prepared()
    cluster.refused = frozenset({"apply"})

    outcome = reconcile(wanted(BOTH), cluster)

    assert outcome.problems == [
        f"ClusterRoleBinding runai-l1-researcher (and {len(bindings(BOTH)) - 1} more): You may not apply."
    ]


def test_it_reports_every_rule_where_it_may_not_even_look() -> None:
    outcome = reconcile(wanted(BOTH), Held(refused=["list"]))

    assert set(outcome.rules.values()) == {("NotReady", "You may not list.")}


def test_it_reports_what_can_not_be_said_in_that_cluster() -> None:
    outcome = reconcile(wanted(replace(ONE, problems={7: "no such name"}, notes={1: "a remark"})), prepared())

    assert outcome.rules == {1: ("Ready", "a remark"), 7: ("NotReady", "no such name")}


def test_it_counts_what_could_not_be_pruned() -> None:
    cluster = synced(BOTH)
    cluster.refused = frozenset({"delete"})

    outcome = reconcile(wanted(), cluster)

    assert outcome.pruned == 0
    assert outcome.left == len(outcome.failed) == len(bindings(BOTH)) - len(bindings())
    assert outcome.rules == {1: ("Ready", "")}


def test_a_plan_is_a_line_for_each_object() -> None:
    cluster = synced(BOTH)
    cluster.hold({**cluster[BINDING], "subjects": []})
    del cluster.objects["ClusterRoleBinding", "", "runai-viewer"]

    lines = steps_in_words(plan(wanted(), cluster.live()))

    assert lines[0] == "+ ClusterRoleBinding runai-viewer"
    assert lines[1].startswith("~ RoleBinding runai-faces/runai-viewer-ns: lacks User")
    assert all(line.startswith("- ") for line in lines[2:])
