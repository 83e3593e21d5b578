"""A department administrator tries to get at what is not theirs by the name of a project, with their own token."""

import time
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from access.models import Scope, ScopeType
from access.namespaces import PREFIX, RESERVED
from accounts.models import User
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, CredentialKind, RuleStatus, SyncReport
from clustersync.rbac.places import namespace_for
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.conftest import APIAs
from tests.system.agents import HAS_POLICIES, RBAC, TAKING_EFFECT, give, install, kubeconfig, kubectl, run
from tests.system.conftest import Start
from tests.system.kubernetes import ADMIN_TOKEN, NAMESPACES, REAL, APIServer, known, token_for

pytestmark = [*REAL, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SECRET: dict[str, Any] = {"metadata": {"name": "theirs"}, "stringData": {"password": "not for vera"}}
AGENTS = ("identity-agent", "runai-identity-agent")


@dataclass
class Attempt:
    """Vera's, in the cluster prod, which knows her by her token and has the agent that ada installs."""

    server: APIServer
    vera: APIClient
    ada: APIClient
    token: str
    agent_token: str

    def make_project(self, name: str, department: Scope) -> Any:
        return self.vera.post("/api/v1/org-unit/projects", {"name": name, "parentId": department.pk}, format="json")

    def sync(self) -> None:
        """What ada's agent does, in the cluster and beside the server, with the manifest of today."""
        prod = Cluster.objects.get(slug="prod")
        path = f"/api/v1/clusters/{prod.pk}/agent?admissionPolicy={str(HAS_POLICIES).lower()}"
        text = self.ada.get(path).content.decode()
        install(self.server, text)
        give(self.server, self.agent_token)
        done = run(self.server, list(yaml.safe_load_all(text)))
        assert "Traceback" not in done.stderr and done.returncode in (0, 1), done.stderr
        reached = ["--cluster", "prod=it", "--kubeconfig", str(kubeconfig(self.server, ADMIN_TOKEN))]
        with suppress(CommandError):
            call_command("syncclusters", "--once", *reached, stdout=StringIO())
        time.sleep(TAKING_EFFECT)

    def is_forbidden(self, namespace: str) -> bool:
        """Whatever vera tries there with her token is refused."""
        at = f"{NAMESPACES}/{namespace}"
        reading = ("pods", "configmaps", "persistentvolumeclaims", "secrets/theirs", "pods/x/log", "serviceaccounts")
        tried = [
            *(self.server.ask(self.token, f"{at}/{what}") for what in reading),
            self.server.ask(self.token, f"{at}/pods", {"metadata": {"name": "x"}, "spec": {"containers": []}}),
            *(self.server.ask(self.token, f"{at}/serviceaccounts/{name}/token", {"spec": {}}) for name in AGENTS),
        ]
        return {answer.status_code for answer in tried} == {403}

    def is_kept_out_of(self, namespace: str) -> bool:
        """So is she, and nobody else is bound there either."""
        bound = self.server.ask(ADMIN_TOKEN, f"{RBAC}/namespaces/{namespace}/rolebindings").json()["items"]
        ours = [one for one in bound if "runai-identity/cluster" in one["metadata"].get("labels", {})]
        return self.is_forbidden(namespace) and not ours

    def may_work_in(self, namespace: str) -> bool:
        return self.server.ask(self.token, f"{NAMESPACES}/{namespace}/pods").status_code == 200


@pytest.fixture
def attempt(start: Start, kubernetes: APIServer, prod: Cluster, ada: User, vera: User, api_as: APIAs) -> Attempt:
    Cluster.objects.update(webhook_cache_seconds=1)
    cluster = Cluster.objects.get(pk=prod.pk)
    start(
        facts_of(cluster),
        AuthenticationForm.FLAGS,
        token=new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK),
    )
    for namespace in (*RESERVED, "runai-payments", "identity-agent"):
        kubernetes.ask(ADMIN_TOKEN, NAMESPACES, {"metadata": {"name": namespace}})
        kubernetes.ask(ADMIN_TOKEN, f"{NAMESPACES}/{namespace}/secrets", SECRET)
    for project in Scope.objects.filter(type=ScopeType.PROJECT):
        kubernetes.ask(ADMIN_TOKEN, NAMESPACES, namespace_for(project.namespace, project.pk))
    token = token_for(vera, cluster.audience)
    known(kubernetes, token)
    agent_token = new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.AGENT)
    return Attempt(kubernetes, api_as(vera), api_as(ada), token, agent_token)


def test_she_works_where_she_may(attempt: Attempt) -> None:
    """Without which being kept out would say nothing."""
    attempt.sync()

    assert attempt.may_work_in("runai-faces")
    assert attempt.is_forbidden("runai-dialects")


def test_by_a_name_whose_namespace_is_somebody_elses(attempt: Attempt, tree: cast.Tree) -> None:
    for namespace in RESERVED:
        refused = attempt.make_project(namespace.removeprefix(PREFIX), tree.vision)
        assert (refused.status_code, refused.json()["details"]) == (400, "name_reserved")
        # As it may be there from before names were reserved.
        cast.node(ScopeType.PROJECT, str(uuid4()), namespace.removeprefix(PREFIX), tree.vision)
    attempt.sync()

    assert attempt.may_work_in("runai-faces")
    assert [name for name in (*RESERVED, "identity-agent", "kube-system") if not attempt.is_kept_out_of(name)] == []


def test_by_the_name_of_a_namespace_that_was_there_before(attempt: Attempt, tree: cast.Tree) -> None:
    made = attempt.make_project("payments", tree.vision)
    assert made.status_code == 201
    attempt.sync()

    line = f"kubectl label namespace runai-payments runai-identity/project={made.json()['id']}"
    assert attempt.is_kept_out_of("runai-payments")
    assert RuleStatus.objects.get(rule__subject_id="vera@example.com").message.endswith(line)
    assert any(line in problem for problem in SyncReport.objects.get().problems)

    kubectl(attempt.server, *line.split()[1:])  # as an operator does who knows that it is hers
    attempt.sync()
    assert attempt.may_work_in("runai-payments")


def test_by_the_name_of_a_project_that_was_deleted(attempt: Attempt, tree: cast.Tree) -> None:
    secret = f"{NAMESPACES}/runai-dialects/secrets"
    attempt.server.ask(ADMIN_TOKEN, secret, SECRET)
    attempt.sync()
    assert attempt.ada.delete(f"/api/v1/org-unit/projects/{tree.dialects.pk}").status_code == 204

    assert attempt.make_project("dialects", tree.vision).status_code == 201
    attempt.sync()

    assert attempt.is_kept_out_of("runai-dialects")
    assert "is that of another project" in RuleStatus.objects.get(rule__subject_id="vera@example.com").message
