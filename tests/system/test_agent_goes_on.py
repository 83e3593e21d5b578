"""One object that the API server can't take keeps nothing else from being given, or from being taken away."""

import time
from collections.abc import Iterator

import pytest

from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.rbac.desired import GROUP, ReachingRule, key_of
from tests.system import thousand
from tests.system.agents import RBAC, TAKING_EFFECT, kubernetes
from tests.system.kubernetes import ADMIN_TOKEN, REAL, APIServer
from tests.system.thousand import PROJECTS, RULES, wanted

pytestmark = [*REAL, pytest.mark.timeout(300)]

server = thousand.server
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
MOST_BYTES = 3 * 1024 * 1024  # of a request, by kube-apiserver
NEAR = [rule for rule in RULES if rule.scope_id in ("p1", "p2", "p3")]
LEFT = [rule for rule in NEAR if rule.scope_id != "p2"]
NEW = ReachingRule(2000, "user", "new@example.com", 6, "p1")
OF_NEW = ("RoleBinding", "runai-p1", "runai-ml-engineer-ns")


@pytest.fixture(autouse=True)
def given(server: APIServer) -> None:
    before = reconcile(wanted(NEAR, PROJECTS[:4]), kubernetes(server))
    assert before.failed == {} and bound_in_p2(server) > 0


@pytest.fixture
def broken_webhook(server: APIServer, given: None) -> Iterator[None]:
    """Somebody's, asked about what is written in the namespace of p1. Nobody answers it."""
    asked = {"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["rolebindings"], "operations": ["CREATE"]}
    hook = {
        "name": "broken.example.com",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [asked],
        "namespaceSelector": {"matchLabels": {"runai-identity/project": "p1"}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
    }
    made = server.ask(ADMIN_TOKEN, HOOKS, {"metadata": {"name": "broken"}, "webhooks": [hook]})
    assert made.status_code == 201, made.text
    time.sleep(TAKING_EFFECT)
    yield
    server.ask(ADMIN_TOKEN, f"{HOOKS}/broken", method="DELETE")
    time.sleep(TAKING_EFFECT)


def taken_from_p2(server: APIServer, then: Wanted) -> ReconcileResult:
    """What a pass says in which the rules of p2 are gone and something else is new. Nothing is left in p2."""
    outcome = reconcile(then, kubernetes(server))

    assert bound_in_p2(server) == 0 and outcome.left == 0
    return outcome


def bound_in_p2(server: APIServer) -> int:
    return len(server.ask(ADMIN_TOKEN, f"{RBAC}/namespaces/runai-p2/rolebindings").json()["items"])


def test_with_a_webhook_that_fails_for_one_namespace(server: APIServer, broken_webhook: None) -> None:
    outcome = taken_from_p2(server, wanted([*LEFT, NEW], PROJECTS[:4]))

    assert outcome.rules[NEW.id][0] == "NotReady" and "failed calling webhook" in outcome.rules[NEW.id][1]
    assert {key.namespace for key in outcome.failed} == {"runai-p1"}


def test_with_a_binding_that_is_too_large(server: APIServer) -> None:
    then = wanted([*LEFT, NEW], PROJECTS[:4])
    large = next(one for one in then.desired.objects if key_of(one).address == OF_NEW)
    named = {"apiGroup": GROUP, "kind": "User"}
    large["subjects"].extend({**named, "name": f"runai:{number:0200}"} for number in range(MOST_BYTES // 200))

    outcome = taken_from_p2(server, then)

    assert outcome.rules[NEW.id][0] == "NotReady" and "too large" in outcome.rules[NEW.id][1]
    assert {key.address for key in outcome.failed} == {OF_NEW}
