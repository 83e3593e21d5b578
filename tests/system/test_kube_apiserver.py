"""A real kube-apiserver, told exactly what we generate for a cluster, verifies our tokens."""

import json
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from accounts.models import Group, User
from clustersync import apiserver
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.system.kubernetes import NAMESPACES, REAL, APIServer, token_for

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]


def facts(cluster: Cluster, issuer: str, origin: str) -> apiserver.ClusterFacts:
    return apiserver.ClusterFacts(
        issuer=issuer,
        origin=origin,
        uuid=cluster.pk,
        name=cluster.scope.name,
        audiences=(cluster.audience,),
        username_claim=cluster.username_claim,
        username_prefix=cluster.username_prefix,
        groups_prefix=cluster.groups_prefix,
        client_id="runai-cli",
    )


@pytest.fixture
def by_webhook(kubernetes: APIServer, prod: Cluster, https: str, tmp_path: Path) -> APIServer:
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    config = json.loads(apiserver.webhook_kubeconfig(facts(prod, "", https), token=token))
    config["clusters"][0]["cluster"]["certificate-authority"] = str(tmp_path / "issuer" / "tls.crt")
    file = tmp_path / "webhook.json"
    file.write_text(json.dumps(config))
    flags = [
        flag.replace(apiserver.WEBHOOK_FILE, str(file)) for flag in apiserver.webhook_flags(facts(prod, "", https))
    ]
    kubernetes.start([flag.replace("cache-ttl=30s", "cache-ttl=1s") for flag in flags])
    return kubernetes


def test_it_knows_the_user_and_the_groups_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    token = token_for(bob, prod.audience)

    refused = by_webhook.ask(token, NAMESPACES)
    by_webhook.bind_group("runai:researchers", "cluster-admin")
    allowed = by_webhook.ask(token, NAMESPACES)

    assert refused.status_code == 403
    assert 'User "runai:bob@example.com" cannot list' in refused.json()["message"]
    assert allowed.status_code == 200


def test_it_refuses_a_disabled_user_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    token = token_for(bob, prod.audience)
    assert by_webhook.ask(token, NAMESPACES).status_code == 403

    User.objects.filter(pk=bob.pk).update(enabled=False)
    deadline = time.monotonic() + 20
    while by_webhook.ask(token, NAMESPACES).status_code == 403 and time.monotonic() < deadline:
        time.sleep(0.5)

    # kube-apiserver keeps a yes for 10 s above the webhook's own cache.
    assert by_webhook.ask(token, NAMESPACES).status_code == 401


def test_it_refuses_a_token_for_another_audience_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    assert by_webhook.ask(token_for(bob, ""), NAMESPACES).status_code == 401


def test_it_knows_the_user_and_the_groups_by_oidc(
    kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, https: str, tmp_path: Path
) -> None:
    flags = apiserver.oidc_flags(facts(prod, django_settings.ISSUER, https))
    kubernetes.start([*flags, f"--oidc-ca-file={tmp_path / 'issuer' / 'tls.crt'}"])
    token = token_for(bob, prod.audience)
    # Its first look at the issuer comes 10 s after the start.
    deadline = time.monotonic() + 30
    while kubernetes.ask(token, NAMESPACES).status_code == 401 and time.monotonic() < deadline:
        time.sleep(0.5)

    refused = kubernetes.ask(token, NAMESPACES)
    kubernetes.bind_group("runai:researchers", "cluster-admin")

    assert 'User "runai:bob@example.com" cannot list' in refused.json()["message"]
    assert kubernetes.ask(token, NAMESPACES).status_code == 200
    assert kubernetes.ask(token_for(bob, ""), NAMESPACES).status_code == 401
