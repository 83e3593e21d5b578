"""A thousand access rules in two hundred projects, and an API server with what they need there."""

from collections.abc import Iterator

import pytest

from access.catalog import ROLES
from clustersync.agent.plan import Wanted
from clustersync.agent_manifest import cluster_roles
from clustersync.rbac.desired import Desired, DesiredProject, RBACFacts, ReachingRule, desired
from clustersync.rbac.places import namespace_for
from clustersync.rbac.subjects import ClusterNaming
from tests.system.agents import RBAC
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, APIServer

CLUSTER = "c0000000-0000-4000-8000-000000000001"
PROJECTS = [
    DesiredProject(f"runai-p{number}", ("0", "1", CLUSTER, f"d{number % 10}", f"p{number}")) for number in range(200)
]
RULES = [
    ReachingRule(number, "user", f"user-{number}@example.com", [3, 5, 7, 8, 14][number // 200], f"p{number % 200}")
    for number in range(1000)
]
NOTHING = Wanted(CLUSTER, Desired())


def wanted(rules: list[ReachingRule] = RULES, projects: list[DesiredProject] = PROJECTS) -> Wanted:
    return Wanted(CLUSTER, desired(RBACFacts(CLUSTER, ROLES, rules, projects, ClusterNaming("runai:", "runai:"))))


def bindings(wanted: Wanted) -> int:
    return sum("roleRef" in one for one in wanted.desired.objects)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    started = APIServer(tmp_path_factory.mktemp("agent"))
    started.start([])
    for project in PROJECTS:
        made = started.ask(ADMIN_TOKEN, NAMESPACES, namespace_for(project.namespace, project.id))
        assert made.status_code == 201
    for role in cluster_roles(CLUSTER, g1=False):
        assert started.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles", role).status_code == 201
    yield started
    started.stop()
