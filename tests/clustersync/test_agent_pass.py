"""One pass of the agent, on a cluster in memory. A real API server: tests/system/test_agent.py."""

from dataclasses import replace

from clustersync.agent.reconcile import Wanted, plan, reconcile, steps_in_words
from clustersync.rbac.desired import Desired, Key
from tests.clustersync.held import Held, foreign
from tests.clustersync.wanted import RESEARCHER, UUID, VIEWER, of, rule

ROLE = Key("ClusterRole", "", "runai-viewer-ns")
BINDING = Key("RoleBinding", "runai-faces", "runai-viewer-ns")
ONE = of(rule("faces", role=VIEWER, id=1))
BOTH = of(rule("faces", role=VIEWER, id=1), rule("dialects", "user ann@example.com", RESEARCHER, id=2))


def wanted(desired: Desired = ONE) -> Wanted:
    return Wanted(UUID, desired)


def synced(desired: Desired = ONE) -> Held:
    cluster = Held()
    reconcile(wanted(desired), cluster)
    cluster.done.clear()
    return cluster


def test_it_makes_roles_before_the_bindings_that_name_them() -> None:
    cluster = Held()

    outcome = reconcile(wanted(), cluster)

    kinds = [line.split()[1] for line in cluster.done]
    assert kinds == sorted(kinds)
    assert (outcome.applied, outcome.failed, outcome.rules) == (len(ONE.objects), {}, {1: ("Ready", "")})


def test_it_writes_nothing_where_nothing_changed() -> None:
    cluster = synced()

    outcome = reconcile(wanted(), cluster)

    assert cluster.done == []
    assert (outcome.applied, outcome.unchanged) == (0, len(ONE.objects))


def test_it_prunes_what_only_a_revoked_rule_asked_for() -> None:
    cluster = synced(BOTH)

    outcome = reconcile(wanted(), cluster)

    assert all(line.startswith("delete ") and "l1-researcher" in line for line in cluster.done)
    assert outcome.pruned == len(cluster.done) == len(BOTH.objects) - len(ONE.objects)
    assert set(cluster.objects) == set(synced().objects)


def test_it_leaves_what_others_made_and_says_what_is_in_the_way() -> None:
    theirs = foreign("ClusterRole", ROLE.name, rules=[]), foreign("ClusterRole", f"{ROLE.name}-mine", rules=[])
    cluster = Held(*theirs)

    outcome = reconcile(wanted(), cluster)

    phase, message = outcome.rules[1]
    assert phase == "NotReady" and "made by somebody else" in message
    assert [cluster[ROLE], cluster[Key("ClusterRole", "", f"{ROLE.name}-mine")]] == list(theirs)


def test_it_leaves_what_another_registration_of_the_cluster_made() -> None:
    cluster = synced()
    before = dict(cluster.objects)

    outcome = reconcile(Wanted("c0000000-0000-4000-8000-000000000009", Desired()), cluster)

    assert (cluster.objects, outcome.pruned) == (before, 0)


def test_it_calls_drift_what_differs_from_what_it_applied() -> None:
    cluster = synced()
    cluster.objects[BINDING] = {**cluster[BINDING], "subjects": []}

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
    cluster.objects[BINDING] = {**cluster[BINDING], "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}}

    outcome = reconcile(wanted(), cluster)

    assert cluster.done == ["delete RoleBinding runai-viewer-ns", "force RoleBinding runai-viewer-ns"]
    assert "is bound to ClusterRole cluster-admin" in outcome.drift[0]


def test_it_makes_a_role_anew_that_others_aggregate_into() -> None:
    cluster = synced()
    cluster.objects[ROLE] = {**cluster[ROLE], "aggregationRule": {"clusterRoleSelectors": []}}

    reconcile(wanted(), cluster)

    assert cluster.done == ["delete ClusterRole runai-viewer-ns", "force ClusterRole runai-viewer-ns"]


def test_it_goes_on_where_one_object_is_refused() -> None:
    outcome = reconcile(wanted(BOTH), Held(refused=["apply runai-l1-researcher-ns"]))

    assert outcome.rules == {1: ("Ready", ""), 2: ("NotReady", "You may not apply. (and 1 more)")}
    assert outcome.applied == len(BOTH.objects) - 2


def test_it_says_once_what_is_wrong_with_many() -> None:
    outcome = reconcile(wanted(BOTH), Held(refused=["apply"]))

    assert outcome.problems == [
        f"ClusterRole runai-l1-researcher (and {len(BOTH.objects) - 1} more): You may not apply."
    ]


def test_it_reports_every_rule_where_it_may_not_even_look() -> None:
    outcome = reconcile(wanted(BOTH), Held(refused=["list"]))

    assert set(outcome.rules.values()) == {("NotReady", "You may not list.")}


def test_it_reports_what_can_not_be_said_in_that_cluster() -> None:
    outcome = reconcile(wanted(replace(ONE, problems={7: "no such name"}, notes={1: "a remark"})), Held())

    assert outcome.rules == {1: ("Ready", "a remark"), 7: ("NotReady", "no such name")}


def test_it_counts_what_could_not_be_pruned() -> None:
    cluster = synced(BOTH)
    cluster.refused = frozenset({"delete"})

    outcome = reconcile(wanted(), cluster)

    assert outcome.pruned == 0
    assert outcome.left == len(outcome.failed) == len(BOTH.objects) - len(ONE.objects)
    assert outcome.rules == {1: ("Ready", "")}


def test_a_plan_is_a_line_for_each_object() -> None:
    cluster = synced(BOTH)
    cluster.objects[BINDING] = {**cluster[BINDING], "subjects": []}
    del cluster.objects[ROLE]

    lines = steps_in_words(plan(wanted(), cluster.live()))

    assert lines[0] == "+ ClusterRole runai-viewer-ns"
    assert lines[1].startswith("~ RoleBinding runai-faces/runai-viewer-ns: lacks User")
    assert all(line.startswith("- ") for line in lines[2:])
