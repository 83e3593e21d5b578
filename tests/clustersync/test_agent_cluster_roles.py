"""The agent reads cluster roles and never writes one; who is bound to one knows whose it is."""

from dataclasses import replace
from typing import Any

import pytest

from clustersync.agent.plan import Wanted, plan
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.rbac.desired import ObjectKey
from tests.clustersync.held import Held, foreign, prepared
from tests.clustersync.wanted import UUID, VIEWER, of, rule

ROLE = ObjectKey("ClusterRole", "", "runai-viewer-ns")
BINDING = ObjectKey("RoleBinding", "runai-faces", "runai-viewer-ns", "faces")
WANTED = Wanted(UUID, of(rule("faces", role=VIEWER, id=1)))
EVERYTHING = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}


def with_role(**changed: Any) -> Held:
    """A cluster that was as it should be, until somebody changed the role."""
    cluster = prepared()
    reconcile(WANTED, cluster)
    cluster.hold({**cluster[ROLE], **changed})
    cluster.done.clear()
    return cluster


def passed(cluster: Held) -> ReconcileResult:
    before = {address: one for address, one in cluster.objects.items() if address[0] == "ClusterRole"}
    outcome = reconcile(WANTED, cluster)
    after = {address: one for address, one in cluster.objects.items() if address[0] == "ClusterRole"}
    assert after == before
    return outcome


@pytest.mark.parametrize(
    "changed", [{"rules": [EVERYTHING]}, {"rules": []}, {"aggregationRule": {"clusterRoleSelectors": []}}]
)
def test_it_says_how_one_differs_from_its_versions_table_and_leaves_it(changed: dict[str, Any]) -> None:
    outcome = passed(with_role(**changed))

    phase, message = outcome.rules[1]
    assert phase == "NotReady"
    assert "lacks" in message or "besides" in message or "aggregation rule" in message
    assert "apply that of this version again" in message


def test_it_says_which_one_is_missing_and_binds_nobody_to_it() -> None:
    outcome = passed(Held())

    assert outcome.rules[1][0] == "NotReady" and "is missing. Cluster roles come with" in outcome.rules[1][1]
    assert outcome.applied == 0


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "helm"}])
def test_it_binds_nobody_to_one_that_somebody_else_made_and_takes_back_what_was_bound(labels: dict[str, str]) -> None:
    cluster = with_role(metadata={"name": ROLE.name, "labels": labels}, rules=[EVERYTHING])

    outcome = passed(cluster)

    assert cluster.done == ["delete RoleBinding runai-viewer-ns"]
    assert BINDING.address not in cluster.objects
    assert "was made by somebody else" in outcome.rules[1][1]


def test_it_leaves_those_of_older_versions_that_nothing_needs() -> None:
    metadata = {**prepared()[ROLE]["metadata"], "name": "runai-older"}
    cluster = prepared({**foreign("ClusterRole", "runai-older"), "metadata": metadata})

    assert passed(cluster).pruned == 0


def test_it_says_that_the_agent_of_an_older_version_may_still_write_them() -> None:
    cluster = prepared(foreign("ClusterRoleBinding", "runai-identity-agent"))

    outcome = passed(cluster)

    (said,) = outcome.problems
    assert "kubectl delete clusterrolebinding/runai-identity-agent" in said
    assert outcome.rules == {1: ("Ready", "")}
    assert ("ClusterRoleBinding", "", "runai-identity-agent") in cluster.objects


def test_a_plan_creates_and_changes_none() -> None:
    for cluster in (Held(), with_role(rules=[EVERYTHING])):
        would = plan(WANTED, cluster.live())

        assert not [key for key in (*would.create, *would.prune) if key.kind == "ClusterRole"]
        assert not [change for change in would.change if change.key.kind == "ClusterRole"]
        assert any(conflict.key == ROLE for conflict in would.conflicts)


@pytest.mark.parametrize("there", [(), ("ValidatingAdmissionPolicy",), ("ValidatingAdmissionPolicyBinding",)])
def test_it_says_that_the_policy_of_its_manifest_is_missing(there: tuple[str, ...]) -> None:
    wanted = replace(WANTED, policy="identity-agent-bindings")
    cluster = prepared(*({"kind": kind, "metadata": {"name": wanted.policy}} for kind in there))

    outcome = reconcile(wanted, cluster)

    assert len(outcome.failed) == 2 - len(there)
    assert all("that with ?admissionPolicy=false" in why for why in outcome.failed.values())
    assert outcome.rules == {1: ("Ready", "")}


def test_it_says_nothing_of_a_policy_that_is_there_or_that_its_manifest_has_not() -> None:
    there = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    cluster = prepared(*({"kind": kind, "metadata": {"name": "identity-agent-bindings"}} for kind in there))

    assert reconcile(replace(WANTED, policy="identity-agent-bindings"), cluster).failed == {}
    assert reconcile(WANTED, prepared()).failed == {}
