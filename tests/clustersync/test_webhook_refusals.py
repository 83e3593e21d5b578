"""Refused webhook calls are on the cluster's page, and cost a row for each reason at most."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster, ClusterCredential, CredentialKind, Reason, SyncReport, WebhookRefusal
from clustersync.services.credentials import end_credential, new_credential
from clustersync.services.doctor import diagnose
from clustersync.services.reports import AgentReport, keep_report
from common.actors import SYSTEM
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "x"}}


def ask(cluster: Cluster, header: str | None, *, uuid: str = "") -> int:
    headers = {} if header is None else {"Authorization": header}
    path = f"/api/v1/clusters/{uuid or cluster.pk}/tokenreview"
    return Client().post(path, REVIEW, content_type="application/json", headers=headers).status_code


def header_for(reason: Reason, prod: Cluster, lab: Cluster) -> str | None:
    if reason == Reason.NO_HEADER:
        return None
    if reason == Reason.UNKNOWN:
        return "Bearer of-nobody"
    of, kind = (
        (lab if reason == Reason.OTHER_CLUSTER else prod),
        CredentialKind.AGENT if reason == Reason.AGENT else CredentialKind.WEBHOOK,
    )
    token = new_credential(actor=SYSTEM, cluster=of, kind=kind)
    if reason == Reason.ENDED:
        for credential in ClusterCredential.objects.live().filter(cluster=of, kind=kind):
            end_credential(actor=SYSTEM, credential=credential)
    return f"Bearer {token}"


@pytest.mark.parametrize("reason", Reason)
def test_the_page_says_when_from_where_and_why(
    reason: Reason, prod: Cluster, lab: Cluster, ada: User, browser_as: BrowserAs
) -> None:
    header = header_for(reason, prod, lab)

    assert ask(prod, header) == 401

    page = browser_as(ada).get(f"/admin/clustersync/cluster/{prod.pk}/refused/").content.decode()
    assert "127.0.0.1" in page
    assert reason.label.split(".")[0].split("'")[0] in page
    assert header is None or header.split()[1] not in page
    (row,) = WebhookRefusal.objects.all()
    assert (row.cluster, row.reason) == (prod, reason)


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer a b", ""])
def test_what_is_no_bearer_token_is_none(header: str, prod: Cluster) -> None:
    assert ask(prod, header) == 401
    assert WebhookRefusal.objects.get().reason == Reason.NO_HEADER


def test_strangers_fill_nothing(prod: Cluster) -> None:
    for number in range(20):
        ask(prod, f"Bearer {number}")
        ask(prod, f"Bearer {number}", uuid="c0000000-0000-4000-8000-000000000009")
    first = WebhookRefusal.objects.get()

    ask(prod, "Bearer again")
    assert WebhookRefusal.objects.get().at == first.at
    WebhookRefusal.objects.update(at=timezone.now() - timedelta(minutes=2))
    ask(prod, "Bearer again")

    assert WebhookRefusal.objects.get().at > first.at
    assert not Event.objects.filter(action__contains="webhook").exists()


def test_what_is_answered_and_what_is_old_is_not_there(prod: Cluster, ada: User, browser_as: BrowserAs) -> None:
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    assert ask(prod, f"Bearer {token}") == 200
    assert not WebhookRefusal.objects.exists()
    WebhookRefusal.objects.create(cluster=prod, reason=Reason.UNKNOWN, at=timezone.now() - timedelta(days=8))

    page = browser_as(ada).get(f"/admin/clustersync/cluster/{prod.pk}/refused/").content.decode()

    assert "No call of the token review webhook was refused" in page


def doctor_says(prod: Cluster, token: str) -> str:
    pasted = f"""
apiVersion: v1
kind: Config
clusters: [{{name: us, cluster: {{server: "https://id.example.com/api/v1/clusters/{prod.pk}/tokenreview"}}}}]
users: [{{name: it, user: {{token: "{token}"}}}}]
contexts: [{{name: it, context: {{cluster: us, user: it}}}}]
current-context: it
"""
    found = diagnose(actor=SYSTEM, cluster=prod, pasted=pasted)
    assert len(token) < 20 or token not in repr(found)
    return next(one.answer for one in found.outcomes if one.rule == "webhook-token")


def test_the_doctor_calls_a_token_ok_that_it_knows_by_its_digest(prod: Cluster, lab: Cluster) -> None:
    good = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)

    assert doctor_says(prod, good) == "ok"
    for reason in (Reason.UNKNOWN, Reason.OTHER_CLUSTER, Reason.AGENT, Reason.ENDED):
        header = header_for(reason, prod, lab) or ""
        token = header.split()[1].ljust(40, "x") if reason == Reason.UNKNOWN else header.split()[1]
        assert doctor_says(prod, token) == "error", reason


def test_without_the_token_it_is_ok_only_while_one_is_seen_to_work(prod: Cluster) -> None:
    good = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    assert doctor_says(prod, "…") == "not checked"

    ask(prod, f"Bearer {good}")
    assert doctor_says(prod, "…") == "ok"
    ask(prod, "Bearer wrong")
    assert doctor_says(prod, "…") == "not checked"

    WebhookRefusal.objects.all().delete()
    ClusterCredential.objects.update(last_used_at=timezone.now() - timedelta(hours=2))
    assert doctor_says(prod, "…") == "not checked"


def test_a_stolen_agent_token_fills_no_trail(prod: Cluster, lab: Cluster) -> None:
    for number in range(40):
        keep_report(prod, AgentReport(seconds=1, applied=number + 1, failed=number % 2))
    keep_report(lab, AgentReport(seconds=1, applied=1))

    entries = Event.objects.filter(action="cluster:rbac:sync")
    assert entries.filter(cluster_id=prod.pk).count() == 10  # five of each kind an hour
    assert sum(entry.repeated for entry in entries.filter(cluster_id=prod.pk)) == 30
    assert entries.filter(cluster_id=lab.pk).count() == 1
    assert SyncReport.objects.get(cluster=prod).applied == 40
