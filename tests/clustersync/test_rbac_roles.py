"""What roles give in Kubernetes: complete, readable, and no verb too many."""

import pytest

from access.catalog import ACTIONS, RESOURCE_TYPES, ROLES, Role
from clustersync.rbac.roles import CLUSTER, EXECUTOR, PROJECTS, VIEWER, Right, g1_parts_of, parts_of, policy_rules
from clustersync.rbac.verbs import IN_CLUSTER, IN_PROJECTS
from tests.cast import role_named

# The rest of the catalog is of the control plane alone: no cluster learns of it.
NOTHING_THERE = """
access_rules apps branding-settings cluster compute-resources dashboards-analytics dashboards-consumption
dashboards-overview datavolumes datavolumes/sharedscopes environments events-history git-assets groups host-path-assets
network-topologies nfs-assets registries roles s3-assets secret-volume-assets security-settings service-account
settings templates tenant users workload-properties
"""
READING = {"get", "list", "watch"}
EVERY_ROLE = pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)


def rights(role: Role, *, in_projects: bool) -> set[Right]:
    return {right for part in parts_of(role) if part.in_projects == in_projects for right in part.rights}


def verbs(role: Role, resource: str) -> set[str]:
    return {right.verb for right in rights(role, in_projects=True) if right.resource == resource}


def test_it_says_something_of_every_permission() -> None:
    told = {line.split()[0] for line in (IN_CLUSTER + IN_PROJECTS).splitlines() if line and not line.startswith("#")}

    assert (told - {"permission"}) | set(NOTHING_THERE.split()) == set(RESOURCE_TYPES)
    assert (told & set(NOTHING_THERE.split())) == set()


@EVERY_ROLE
def test_no_role_gives_away_more_than_itself(role: Role) -> None:
    everything = rights(role, in_projects=True) | rights(role, in_projects=False)

    assert everything == {
        right for right in everything if right.verb in {*READING, "create", "update", "patch", "delete"}
    }
    assert not {right for right in everything if "*" in right.group + right.resource}
    assert not {right for right in everything if right.group in ("rbac.authorization.k8s.io", "certificates.k8s.io")}
    assert not {right for right in everything if right.resource.startswith(("serviceaccounts", "users", "groups"))}


@EVERY_ROLE
def test_cluster_wide_things_are_read_only(role: Role) -> None:
    assert {right.verb for right in rights(role, in_projects=False)} <= READING
    assert not {right for right in rights(role, in_projects=True) if right.resource in ("nodes", "priorityclasses")}


@EVERY_ROLE
def test_secrets_are_for_who_manages_credentials(role: Role) -> None:
    expected = {"create", "get", "update", "patch", "delete"} if role.allows("update", "credentials") else set()

    assert verbs(role, "secrets") == expected


@EVERY_ROLE
@pytest.mark.parametrize("resource", ["pods/exec", "pods/attach", "pods/portforward"])
def test_commands_are_for_who_updates_workloads(role: Role, resource: str) -> None:
    assert verbs(role, resource) == ({"create", "get"} if role.allows("update", "workloads") else set())


@EVERY_ROLE
def test_who_only_reads_here_only_reads_there(role: Role) -> None:
    if any(action != "read" for actions in role.permissions.values() for action in actions):
        return

    assert {right.verb for right in rights(role, in_projects=True)} <= READING
    assert not verbs(role, "pods/log")


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_gives_its_own_verbs(action: str) -> None:
    expected = {"create": "create", "read": "list", "update": "patch", "delete": "delete"}[action]

    assert Right("run.ai", "interactiveworkloads", expected) in PROJECTS["workspaces", action]
    assert all(action == "read" for _, action in CLUSTER)


def test_the_older_roles_are_given_by_what_they_hold() -> None:
    given = {name: g1_parts_of(role_named(name)) for name in ("L1 researcher", "Viewer", "Cloud operator")}

    assert given == {"L1 researcher": (VIEWER, EXECUTOR), "Viewer": (VIEWER,), "Cloud operator": ()}


def test_rules_are_few_and_in_one_order() -> None:
    some = frozenset(Right("", resource, verb) for resource in ("pods", "events") for verb in ("list", "get"))

    assert policy_rules(some) == [{"apiGroups": [""], "resources": ["events", "pods"], "verbs": ["get", "list"]}]
