"""The rights that the agent's manifest gives are those that it needs, at a real API server."""

import time

import pytest

from clustersync.agent.problem_log import ProblemLog
from clustersync.agent.reconcile import reconcile
from clustersync.agent_manifest.rights import in_cluster, in_projects
from clustersync.rbac.roles import every_part
from tests.system import thousand
from tests.system.agents import RBAC, kubernetes
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer, since
from tests.system.thousand import NOTHING, PROJECTS, RULES, bindings, wanted

pytestmark = [*REAL, pytest.mark.timeout(300)]

server = thousand.server
# Of its service account, here in every namespace. In those of projects alone: test_agent_stolen.py.
RIGHTS = [*in_cluster(every_part().values()), *in_projects(every_part().values())]


def test_the_rights_in_its_manifest_are_enough_and_lacking_them_is_said(server: APIServer) -> None:
    limited = kubernetes(server, "agent-of-this-test")
    reconcile(NOTHING, kubernetes(server))
    allow(server, [])
    refused = reconcile(wanted(), limited)
    allow(server, RIGHTS)

    outcome = reconcile(wanted(), limited)

    assert refused.rules[1][0] == "NotReady" and "may not list clusterroles" in refused.rules[1][1]
    assert (outcome.failed, outcome.applied) == ({}, bindings(wanted()))


# To apply what is not there yet, 1.20 asks for the right to patch alone.
@pytest.mark.parametrize("lacking", [pytest.param("create", marks=since(1, 36)), "patch", "delete", "bind"])
def test_it_names_the_right_that_it_lacks(server: APIServer, lacking: str) -> None:
    few = wanted(RULES[:1])
    admin, limited = kubernetes(server), kubernetes(server, "agent-of-this-test")
    reconcile(few if lacking == "delete" else NOTHING, admin)
    fewer = [{**one, "verbs": [verb for verb in one["verbs"] if verb != lacking]} for one in RIGHTS]
    allow(server, [one for one in fewer if one["verbs"]])

    outcome = reconcile(NOTHING if lacking == "delete" else few, limited)

    said = [line for line in outcome.problems if f"may not {lacking} " in line]
    assert said and all("clusterrole" in line or "rolebindings" in line for line in said)
    assert lacking == "delete" or outcome.rules[0][0] == "NotReady"


def allow(server: APIServer, rules: list[dict[str, list[str]]]) -> None:
    """Let the agent of this test do this, and no more."""
    named = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "limited"}}
    role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "limited"}
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "agents-of-this-test"}
    for kind, more in (
        ("ClusterRole", {"rules": rules}),
        ("ClusterRoleBinding", {"roleRef": role_ref, "subjects": [group]}),
    ):
        path = f"{RBAC}/{kind.lower()}s"
        made = server.ask(ADMIN_TOKEN, path, {**named, "kind": kind, **more})
        if made.status_code == 409:
            made = server.ask(ADMIN_TOKEN, f"{path}/limited", {**named, "kind": kind, **more}, method="PUT")
        assert made.status_code in (200, 201), made.text
    time.sleep(1)  # its authorizer watches


@pytest.mark.parametrize("lacking", ["list", "create"])
def test_it_names_what_it_lacks_for_namespaces(server: APIServer, lacking: str) -> None:
    project = PROJECTS[0]._replace(namespace=f"runai-no-{lacking}")
    without = {"apiGroups": [""], "resources": ["namespaces"], "verbs": [{"list": "create", "create": "list"}[lacking]]}
    allow(server, [*(one for one in RIGHTS if one["resources"] != ["namespaces"]), without])

    outcome = reconcile(wanted(RULES[:1], [project]), kubernetes(server, "agent-of-this-test"))

    assert outcome.rules[0][0] == "NotReady"
    assert f"may not {lacking} namespaces. Apply the agent's manifest again" in outcome.rules[0][1]


def test_it_leaves_an_event_where_it_may_not_bind_and_needs_no_other_right(server: APIServer) -> None:
    project = PROJECTS[0]._replace(namespace="runai-was-there-before")
    made = server.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": project.namespace}})
    assert made.status_code in (201, 409)
    allow(server, RIGHTS)
    limited = kubernetes(server, "agent-of-this-test")
    (key, why), *_ = ProblemLog().events(reconcile(wanted(RULES[:1], [project]), limited))

    limited.tell(key, why)
    limited.tell(key._replace(namespace="runai-not-there"), why)  # which troubles nobody

    (event,) = server.ask(ADMIN_TOKEN, f"{NAMESPACES}/{project.namespace}/events").json()["items"]
    assert (event["type"], event["reason"], event["involvedObject"]["name"]) == ("Warning", "NotBound", key.name)
    assert event["message"] == why and "kubectl label namespace" in why
