"""What the agent's manifests let it do in a cluster. A real API server: tests/system/test_agent_stolen.py."""

from itertools import chain, product
from typing import Any

import pytest

from access.catalog import ROLES
from clustersync.agent_manifest import Agent, cluster_roles, manifests
from clustersync.rbac.desired import MOST_SHARDS, Manifest, key_of
from tests.clustersync.wanted import UUID, of, program, rule

NAMESPACES = ("runai-cars", "runai-faces")
FORMS = [Agent(program(), g1=g1, namespaces=named) for g1, named in product((False, True), (None, NAMESPACES))]
EVERY_FORM = pytest.mark.parametrize(
    "agent", FORMS, ids=["by policy", "by list", "by policy, older names", "by list, older names"]
)
RBAC = {"clusterroles", "clusterrolebindings", "rolebindings"}
READ = {"get", "list", "watch"}


def of_kind(agent: Agent, kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests(agent) if manifest["kind"] == kind]


def own_roles(agent: Agent) -> dict[str, list[dict[str, Any]]]:
    """The rights of the service account itself, beside the cluster roles that it binds."""
    roles = {role["metadata"]["name"]: role["rules"] for role in of_kind(agent, "ClusterRole")}
    return {name: rules for name, rules in roles.items() if name.startswith("identity-agent")}


def shipped(agent: Agent) -> dict[str, Manifest]:
    roles = of_kind(agent, "ClusterRole")
    return {role["metadata"]["name"]: role for role in roles if role["metadata"]["name"].startswith("runai-")}


@EVERY_FORM
def test_it_writes_no_cluster_role_and_no_right_but_bindings(agent: Agent) -> None:
    for one in chain.from_iterable(own_roles(agent).values()):
        assert not {"escalate", "impersonate", "*"} & {*one["verbs"], *one["resources"], *one["apiGroups"]}
        if "clusterroles" in one["resources"]:
            assert set(one["verbs"]) <= READ or (one["verbs"] == ["bind"] and one["resourceNames"])
        if "namespaces" in one["resources"]:
            assert set(one["verbs"]) == {"list", "create"}
        if "events" in one["resources"]:
            assert (one["resources"], one["verbs"]) == (["events"], ["create"])
        if set(one["resources"]) <= {"validatingadmissionpolicies", "validatingadmissionpolicybindings"}:
            assert (one["verbs"], one["resourceNames"]) == (["get"], ["identity-agent-bindings"])
        else:
            assert set(one["resources"]) <= {*RBAC, "namespaces", "events"}


@EVERY_FORM
def test_it_binds_the_cluster_roles_of_the_manifest_and_no_others(agent: Agent) -> None:
    for name, rules in own_roles(agent).items():
        (binding,) = [one for one in rules if one["verbs"] == ["bind"]]
        in_projects = name == "identity-agent-in-projects"

        assert all(role.endswith(("-ns", "executor")) == in_projects for role in binding["resourceNames"])
        assert set(binding["resourceNames"]) <= set(shipped(agent))


@EVERY_FORM
def test_every_write_is_of_a_name_that_a_binding_of_ours_may_have(agent: Agent) -> None:
    for rules in own_roles(agent).values():
        (writing,) = [one for one in rules if "patch" in one["verbs"]]
        roles = {name.rstrip("0123456789").rstrip("-") for name in writing["resourceNames"]}

        assert roles <= set(shipped(agent))
        assert len(writing["resourceNames"]) == len(roles) * MOST_SHARDS
        assert set(writing["verbs"]) == {"create", "patch"}


@EVERY_FORM
def test_it_may_take_away_in_the_whole_cluster_what_was_bound_under_either_naming(agent: Agent) -> None:
    """Also where it may bind nothing (any more)."""
    rules = [rule("faces", role=role, id=role) for role in ROLES]
    bindings = [one for g1 in (False, True) for one in of(*rules, g1=g1).objects if "roleRef" in one]

    (deleting,) = [one for one in own_roles(agent)["identity-agent"] if "delete" in one["verbs"]]

    assert deleting["verbs"] == ["delete"] and set(deleting["resources"]) == {"clusterrolebindings", "rolebindings"}
    assert {one["metadata"]["name"] for one in bindings} <= set(deleting["resourceNames"])
    assert not any("delete" in one["verbs"] for one in own_roles(agent)["identity-agent-in-projects"])


@EVERY_FORM
def test_without_a_policy_its_rights_in_projects_are_given_in_each_namespace(agent: Agent) -> None:
    wide = [one["roleRef"]["name"] for one in of_kind(agent, "ClusterRoleBinding")]
    narrow = [one["metadata"]["namespace"] for one in of_kind(agent, "RoleBinding")]
    policies = {one["metadata"]["name"] for one in of_kind(agent, "ValidatingAdmissionPolicyBinding")}

    told = [one["name"] for one in manifests(agent)[-1]["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert ("ADMISSION_POLICY" in told) == bool(policies)
    if agent.namespaces is None:
        assert (wide, narrow) == (["identity-agent", "identity-agent-in-projects"], [])
        assert policies == {"identity-agent-bindings", "identity-agent-namespaces"}
    else:
        assert (wide, narrow, policies) == (["identity-agent"], list(NAMESPACES), set())


@pytest.mark.parametrize("g1", [False, True])
def test_it_ships_every_cluster_role_that_any_rule_needs(g1: bool) -> None:
    wanted = of(*(rule("faces", role=role, id=role) for role in ROLES), g1=g1)
    needed = {key_of(one): one for one in wanted.objects if one["kind"] == "ClusterRole"}
    ships = {key_of(one): one for one in cluster_roles(UUID, g1=g1)}

    assert needed.items() <= ships.items()


@EVERY_FORM
def test_no_namespace_of_its_own_is_one_that_a_project_may_have(agent: Agent) -> None:
    named = {one["metadata"]["name"] for one in of_kind(agent, "Namespace")}
    used = {one["metadata"].get("namespace") for one in manifests(agent)} - {None, *NAMESPACES}

    assert used == named == {"identity-agent"}
    assert not any(name.startswith("runai-") for name in named)


@EVERY_FORM
def test_what_limits_it_is_applied_before_what_it_may(agent: Agent) -> None:
    kinds = [one["kind"] for one in manifests(agent)]
    first = min(kinds.index(kind) for kind in ("ClusterRoleBinding", "RoleBinding") if kind in kinds)

    assert all(at < first for at, kind in enumerate(kinds) if kind.startswith("ValidatingAdmissionPolicy"))
    assert kinds[-1] == "Deployment"
