"""What an agent fetches and reports over HTTP, with its credential; and what becomes of it in the API."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from access.models import AccessRule
from access.services import revoke_access
from accounts.models import Group, User
from audit.models import Event
from clustersync.agent.loop import once
from clustersync.agent.names import names_by
from clustersync.agent.received import received
from clustersync.agent.source import ControlPlane, Unanswered
from clustersync.models import Cluster, CredentialKind, RuleStatus, SyncReport
from clustersync.services import reports
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.held import prepared
from tests.conftest import APIAs, BrowserAs

REPORT: dict[str, Any] = {"seconds": 1.5, "applied": 2, "unchanged": 0, "pruned": 0, "failed": 0, "rules": []}


def put(cluster: Cluster, token: str, body: object) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/clusters/{cluster.pk}/rbac/status"
    return Client().put(path, body, content_type="application/json", headers=headers)


@pytest.fixture
def token(prod: Cluster) -> str:
    return new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT)


def fate(rule: AccessRule, phase: str = "Ready", message: str = "") -> dict[str, Any]:
    return {**REPORT, "rules": [{"phase": phase, "message": message, "ruleIds": [rule.pk]}]}


@pytest.fixture
def rule(researchers: Group) -> AccessRule:
    return AccessRule.objects.get(subject_id="researchers")


def test_it_keeps_what_became_of_each_rule(prod: Cluster, token: str, rule: AccessRule) -> None:
    assert put(prod, token, fate(rule, "NotReady", "the namespace is missing")).status_code == 204

    status = RuleStatus.objects.get()
    assert (status.rule, status.phase, status.message) == (rule, "NotReady", "the namespace is missing")
    assert SyncReport.objects.get(cluster=prod).applied == 2
    assert Event.objects.filter(action="cluster:rbac:sync", cluster_id=prod.pk).count() == 1


def test_it_may_speak_of_more_rules_than_a_statement_takes_parameters(
    prod: Cluster, token: str, rule: AccessRule
) -> None:
    body = {**REPORT, "rules": [{"phase": "Ready", "ruleIds": list(range(rule.pk, rule.pk + 70_000))}]}

    assert put(prod, token, body).status_code == 204
    assert RuleStatus.objects.get().rule == rule


def test_it_forgets_more_rules_than_it_does_at_once(
    prod: Cluster, token: str, rule: AccessRule, tree: cast.Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "BATCH", 3)
    rules = [cast.rule("user", f"{number}@example.com", "Viewer", tree.faces) for number in range(10)]
    told = [{"phase": "Ready", "ruleIds": [one.pk for one in [rule, *rules]]}]
    put(prod, token, {**REPORT, "rules": told})
    assert RuleStatus.objects.count() == 11

    put(prod, token, fate(rule))

    assert RuleStatus.objects.get().rule == rule


def test_it_shows_it_with_the_rule(prod: Cluster, token: str, rule: AccessRule, ada: User, api_as: APIAs) -> None:
    put(prod, token, fate(rule))

    shown = api_as(ada).get(f"/api/v1/authorization/access-rules/{rule.pk}").json()["status"]

    assert (shown["phase"], prod.pk in shown["details"]) == ("Ready", True)


def test_a_revoked_rule_is_deleting_until_nothing_of_it_is_left(prod: Cluster, token: str, rule: AccessRule) -> None:
    put(prod, token, fate(rule))
    revoke_access(actor=SYSTEM, rule=rule)

    for more in ({"failed": 1}, {"failed": 2, "left": 1}):
        put(prod, token, {**REPORT, **more})
        assert RuleStatus.objects.filter(rule=rule).exists()
    put(prod, token, {**REPORT, "failed": 1, "left": 0})
    assert not RuleStatus.objects.filter(rule=rule).exists()


def test_it_records_no_event_for_a_pass_that_did_nothing(prod: Cluster, token: str, rule: AccessRule) -> None:
    put(prod, token, {**fate(rule), "applied": 0})

    assert not Event.objects.filter(action="cluster:rbac:sync").exists()


def test_it_keeps_no_status_of_rules_that_do_not_reach_the_cluster(
    prod: Cluster, lab: Cluster, token: str, charlie: User
) -> None:
    elsewhere = cast.rule("user", charlie.email, "Viewer", lab.scope)

    assert put(prod, token, fate(elsewhere)).status_code == 204

    assert not RuleStatus.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**REPORT, "rules": [{"phase": "Deleting", "ruleIds": [1]}]},
        {**REPORT, "applied": -1},
        {**REPORT, "rules": 1},
    ],
)
def test_it_refuses_a_report_of_another_shape(prod: Cluster, token: str, body: object) -> None:
    assert put(prod, token, body).status_code == 400
    assert not SyncReport.objects.exists()


def test_it_takes_reports_from_that_clusters_agent_alone(prod: Cluster, lab: Cluster, token: str) -> None:
    for other in ("", "wrong", cast.PROD_WEBHOOK_TOKEN):
        assert put(prod, other, REPORT).status_code == 401
    assert put(lab, token, REPORT).status_code == 401


def source(live_server: LiveServer, cluster: Cluster, token: str, folder: Path) -> ControlPlane:
    file = folder / "token"
    file.write_text(f"{token}\n")
    read = partial(received, cluster=cluster.uuid, names=names_by(cluster.username_prefix, cluster.groups_prefix))
    return ControlPlane(live_server.url, cluster.uuid, file, read=read)


@pytest.mark.django_db(transaction=True)
def test_an_agent_applies_what_it_fetched_and_reports_it(
    live_server: LiveServer, prod: Cluster, token: str, rule: AccessRule, tmp_path: Path
) -> None:
    cluster, server = prepared(), source(live_server, prod, token, tmp_path)

    once(server, cluster, agent="test")

    assert "apply RoleBinding runai-l1-researcher-ns" in cluster.done
    assert RuleStatus.objects.get(rule=rule).phase == "Ready"
    assert server.wanted() is server.wanted()  # not modified: nothing was sent again


@pytest.mark.django_db(transaction=True)
def test_an_agent_reports_what_it_may_not_do(
    live_server: LiveServer, prod: Cluster, token: str, rule: AccessRule, tmp_path: Path
) -> None:
    cluster = prepared()
    cluster.refused = frozenset({"apply runai-l1-researcher-ns"})

    once(source(live_server, prod, token, tmp_path), cluster, agent="test")

    status = RuleStatus.objects.get(rule=rule)
    assert status.phase == "NotReady" and "You may not apply." in status.message
    assert "You may not apply." in SyncReport.objects.get().problems[0]


@pytest.fixture
def lied_to(live_server: LiveServer, prod: Cluster, token: str, rule: AccessRule, tmp_path: Path) -> str:
    """Whoever has the server names people as the cluster does not know them; answers what the agent says of that."""
    agent = source(live_server, prod, token, tmp_path)
    Cluster.objects.update(groups_prefix="system-like:")
    once(agent, prepared(), agent="test")
    return "names Group system-like:researchers without the prefix runai:"


@pytest.mark.django_db(transaction=True)
def test_an_agent_says_whom_it_refused_to_bind(
    lied_to: str, rule: AccessRule, caplog: pytest.LogCaptureFixture
) -> None:
    assert any(lied_to in message for message in (record.getMessage() for record in caplog.get_records("setup")))
    assert any(lied_to in line for line in SyncReport.objects.get().problems)
    assert lied_to in RuleStatus.objects.get(rule=rule).message


@pytest.mark.django_db(transaction=True)
def test_the_clusters_page_shows_what_an_agent_refused(
    lied_to: str, prod: Cluster, ada: User, browser_as: BrowserAs
) -> None:
    page = browser_as(ada).get(f"/admin/clustersync/cluster/{prod.pk}/agent/").content.decode()

    assert lied_to in page


@pytest.mark.django_db(transaction=True)
def test_an_agent_says_that_its_credential_was_refused(live_server: LiveServer, prod: Cluster, tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match="make a new one") as refusal:
        source(live_server, prod, "wrong-credential", tmp_path).wanted()

    assert "wrong-credential" not in str(refusal.value)


@pytest.mark.parametrize("asked", ["", "&admissionPolicy=false"])
def test_its_manifest_has_what_it_needs_and_holds_no_secret(
    prod: Cluster, token: str, ada: User, api_as: APIAs, asked: str
) -> None:
    answer = api_as(ada).get(f"/api/v1/clusters/{prod.pk}/agent?image=registry.example.com/runai-identity:1{asked}")

    documents = list(yaml.safe_load_all(answer.content))
    kinds = [one["kind"] for one in documents]
    assert kinds[-1] == "Deployment" and "Secret" not in kinds
    (container,) = documents[-1]["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}
    assert (told["USERNAME_PREFIX"], told["GROUPS_PREFIX"]) == (prod.username_prefix, prod.groups_prefix)
    bound = [one["metadata"].get("namespace") for one in documents if one["kind"] == "RoleBinding"]
    assert bound == (["runai-dialects", "runai-faces"] if asked else [])
    assert token not in answer.content.decode()


def test_its_manifest_says_so_where_names_have_no_prefix(prod: Cluster, ada: User, api_as: APIAs) -> None:
    Cluster.objects.update(legacy_flags=True)

    documents = list(yaml.safe_load_all(api_as(ada).get(f"/api/v1/clusters/{prod.pk}/agent").content))

    (container,) = documents[-1]["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one["value"] for one in container["env"]}
    assert (told["USERNAME_PREFIX"], told["GROUPS_PREFIX"]) == ("-", "-")


def test_the_cluster_roles_are_to_be_had_apart(prod: Cluster, ada: User, api_as: APIAs) -> None:
    alone = list(yaml.safe_load_all(api_as(ada).get(f"/api/v1/clusters/{prod.pk}/rbac/cluster-roles").content))
    whole = list(yaml.safe_load_all(api_as(ada).get(f"/api/v1/clusters/{prod.pk}/agent").content))

    assert {one["kind"] for one in alone} == {"ClusterRole"}
    assert [one for one in whole if one in alone] == alone


def test_who_may_not_see_the_cluster_gets_no_deployment(prod: Cluster, charlie: User, api_as: APIAs) -> None:
    for path in ("agent", "agent?admissionPolicy=false", "rbac/cluster-roles"):
        assert api_as(charlie).get(f"/api/v1/clusters/{prod.pk}/{path}").status_code == 403
