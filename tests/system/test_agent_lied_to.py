"""The agent as it is installed, and a server that lies to it: what a stolen identity server is worth in a cluster."""

from collections.abc import Iterator
from typing import Any

import pytest

from clustersync.agent_manifest import Agent, manifests
from clustersync.rbac.desired import key_of
from clustersync.rbac.places import namespace_for
from clustersync.yaml_for_go import as_documents
from tests.clustersync import hostile
from tests.clustersync.liar import Liar, lying
from tests.clustersync.wanted import program
from tests.system.agents import HAS_POLICIES, give, install, kubernetes, run
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer

pytestmark = [*REAL, pytest.mark.timeout(300)]

LIES = list(hostile.lies())
AGENT = manifests(Agent(program(), namespaces=None if HAS_POLICIES else ["runai-faces", "runai-cars"]))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    """Where each namespace that a lie names is there, with the label of a project."""
    started = APIServer(tmp_path_factory.mktemp("lying"))
    started.start([])
    # Here the agent runs outside of the cluster, and has no namespace of its own.
    others = [name for name in hostile.NAMESPACES if isinstance(name, str) and name != hostile.OWN_NAMESPACE]
    started.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": hostile.OWN_NAMESPACE}})
    for project in hostile.PROJECTS:
        started.ask(ADMIN_TOKEN, NAMESPACES, namespace_for(project.namespace, project.id))
    for name in others:
        started.ask(ADMIN_TOKEN, NAMESPACES, namespace_for(name, hostile.FACES))
    install(started, as_documents(AGENT))
    give(started, "whatever the liar takes")
    yield started
    started.stop()


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as found:
        yield found


def held(server: APIServer) -> dict[Any, Any]:
    """All that decides about rights there, and the namespaces."""
    said = {"rules", "roleRef", "subjects", "aggregationRule"}
    return {key_of(one): {part: one[part] for part in said & set(one)} for one in kubernetes(server).live()}


def test_it_gets_nothing_but_what_honest_bindings_give(server: APIServer, liar: Liar) -> None:
    before = held(server)
    liar.say(*(lie.told for lie in LIES), *hostile.honest())

    done = run(server, AGENT, url=liar.address)

    honest = {key_of(one): one for one in hostile.honest() if "roleRef" in one}
    after = held(server)
    assert done.returncode == 1
    assert {key: after[key] for key in after if after[key] != before.get(key)}.keys() == honest.keys()
    assert all(after[key]["subjects"] == one["subjects"] for key, one in honest.items())
    assert before.keys() <= after.keys()


def test_it_is_told_and_the_log_says_what_was_refused(server: APIServer, liar: Liar) -> None:
    liar.say(*(lie.told for lie in LIES))

    done = run(server, AGENT, url=liar.address)

    (report,) = liar.told
    assert report["failed"] >= len(LIES)
    for said in (
        "names system:authenticated, whom Kubernetes keeps",
        "is in a namespace that is not for projects",
        "is of cluster-admin, which is no cluster role",
        "gives other rights than this version's",
    ):
        assert said in done.stderr
        assert any(said in line for line in report["problems"])
