import json
import re
from html import unescape

import pytest
from django.test import Client

from access.models import Scope
from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from common.hashes import sha256_of
from tests import cast
from tests.conftest import BrowserAs

CLUSTERS = "/admin/clustersync/cluster/"
NEW = {
    "name": "gpu-1",
    "mode": "webhook",
    "webhook_cache_seconds": "30",
    "username_claim": "preferred_username",
    "username_prefix": "runai:",
    "groups_prefix": "runai:",
    "rbac_names": "roles",
}


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def kubeconfig(page: str) -> dict[str, object]:
    found = re.search(r'<pre [^>]*id="webhook-file">(.+?)</pre>', page, re.DOTALL)
    assert found, page
    read: dict[str, object] = json.loads(unescape(found[1]))
    return read


def token_in(page: str) -> str:
    users = kubeconfig(page)["users"]
    assert isinstance(users, list)
    return str(users[0]["user"]["token"])


def test_it_registers_a_cluster_and_shows_its_webhook_file_with_the_token_once(admin: Client) -> None:
    answer = admin.post(f"{CLUSTERS}add/", NEW)

    cluster = Cluster.objects.get(slug="gpu-1")
    assert sha256_of(token_in(answer.content.decode())) == cluster.credentials.get().secret_hash
    assert "no-store" in answer["Cache-Control"]
    assert "shown once" in token_in(admin.get(f"{CLUSTERS}{cluster.pk}/connect/").content.decode())


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "GPU 1", "lower-case letters"),
        ("name", "prod", "exists here already"),
        ("username_prefix", "-", "begins with a letter or digit"),
        ("groups_prefix", "system:", "which Kubernetes keeps"),
        ("api_url", "http://gpu-1:6443", "https://gpu-1.example.com:6443"),
        ("api_ca", "-----BEGIN RSA PRIVATE KEY-----", "contains a private key"),
        ("api_ca", "no certificate", "Paste PEM certificates"),
        ("webhook_cache_seconds", "0", "greater than or equal to 1"),
        ("token_seconds", "59", "greater than or equal to 60"),
        ("extra_groups", "system:masters", "which Kubernetes keeps"),
        ("api_addresses", "everywhere", "10.0.0.0/24"),
    ],
)
def test_it_shows_a_refusal_in_the_form(admin: Client, prod: Cluster, field: str, typed: str, told: str) -> None:
    page = admin.post(f"{CLUSTERS}add/", {**NEW, field: typed}).content.decode()

    assert told in page
    assert list(Cluster.objects.all()) == [prod]
    assert Scope.objects.filter(type="cluster").count() == 1


def test_it_changes_what_can_be_changed(admin: Client, prod: Cluster) -> None:
    changed = {**NEW, "username_prefix": "people:"}

    admin.post(f"{CLUSTERS}{prod.pk}/change/", changed)

    prod.refresh_from_db()
    assert (prod.username_prefix, prod.enabled, prod.scope.name) == ("people:", False, "prod")
    assert Event.objects.get(action="cluster:update").metadata == {"enabled": False, "username_prefix": "people:"}


def test_it_keeps_lists_that_were_typed_as_lines(admin: Client, prod: Cluster) -> None:
    typed = {"extra_groups": "team a\r\n\r\nteam b", "api_addresses": "10.0.0.0/24\n10.1.0.1"}

    admin.post(f"{CLUSTERS}{prod.pk}/change/", {**NEW, **typed})

    prod.refresh_from_db()
    assert (prod.extra_groups, prod.api_addresses) == (["team a", "team b"], ["10.0.0.0/24", "10.1.0.1"])
    assert "team a\nteam b" in admin.get(f"{CLUSTERS}{prod.pk}/change/").content.decode()


def test_it_shows_an_agent_token_once_after_asking(admin: Client, prod: Cluster) -> None:
    chosen = {"action": "make_a_new_agent_token", "_selected_action": prod.pk, "confirmed": "yes"}

    page = admin.post(CLUSTERS, chosen).content.decode()

    shown = re.search(r'<output class="revealed"[^>]*>(.+?)</output>', page)
    assert shown and sha256_of(shown[1]) == prod.credentials.get(kind="agent").secret_hash


def test_it_makes_a_new_webhook_token_after_asking(admin: Client, prod: Cluster) -> None:
    chosen = {"action": "make_a_new_webhook_token", "_selected_action": prod.pk}
    asked = admin.post(CLUSTERS, chosen).content.decode()
    assert "stays good for one hour" in asked

    page = admin.post(CLUSTERS, {**chosen, "confirmed": "yes"}).content.decode()

    new, old = prod.credentials.live()
    assert sha256_of(token_in(page)) == new.secret_hash
    assert (new.ends_at, old.ends_at is None) == (None, False)


def test_it_ends_replaced_tokens_after_asking(admin: Client, prod: Cluster) -> None:
    for kind in CredentialKind:
        for _ in range(3):
            new_credential(actor=SYSTEM, cluster=prod, kind=kind)
    newest = {prod.credentials.live().filter(kind=kind).first() for kind in CredentialKind}
    chosen = {"action": "end_replaced_tokens", "_selected_action": prod.pk}

    asked = admin.post(CLUSTERS, chosen).content.decode()
    before = prod.credentials.live().count()
    admin.post(CLUSTERS, {**chosen, "confirmed": "yes"})

    assert "is turned away until it is" in asked
    assert before > len(newest)
    assert {*prod.credentials.live()} == newest


def test_it_leaves_a_cluster_without_replaced_tokens_alone(admin: Client, prod: Cluster) -> None:
    before = {*prod.credentials.live()}

    admin.post(CLUSTERS, {"action": "end_replaced_tokens", "_selected_action": prod.pk, "confirmed": "yes"})

    assert before and {*prod.credentials.live()} == before


def test_it_shows_both_ways_to_connect(admin: Client, prod: Cluster) -> None:
    page = unescape(admin.get(f"{CLUSTERS}{prod.pk}/connect/").content.decode())

    assert f"--oidc-client-id={prod.audience}" in page
    assert "--authentication-token-webhook-version=v1" in page
    assert "Set PUBLIC_URL to the https address first" in page


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "RKE2", "Talos", "OpenShift", "GKE", "EKS", "AKS"])
def test_it_shows_the_lines_for_each_distribution(admin: Client, prod: Cluster, distribution: str) -> None:
    Cluster.objects.update(mode="oidc")

    page = unescape(admin.get(f"{CLUSTERS}{prod.pk}/connect/").content.decode())

    assert re.search(rf"<label [^>]*>{distribution}</label>", page)
    assert "apiVersion: apiserver.config.k8s.io/v1" in page


def test_it_refuses_to_remove_a_cluster_with_departments(admin: Client, prod: Cluster) -> None:
    page = admin.post(f"{CLUSTERS}{prod.pk}/delete/", {"post": "yes"}, follow=True).content.decode()

    assert "still has something below it" in page
    assert Cluster.objects.filter(pk=prod.pk).exists()


def test_it_removes_an_empty_one(admin: Client, prod: Cluster) -> None:
    admin.post(f"{CLUSTERS}add/", NEW)
    made = Cluster.objects.get(slug="gpu-1")

    admin.post(f"{CLUSTERS}{made.pk}/delete/", {"post": "yes"})

    assert not Cluster.objects.filter(pk=made.pk).exists()
    assert not Scope.objects.filter(pk=made.pk).exists()


def test_it_shows_a_cluster_administrator_the_own_cluster_only(
    admin: Client, tree: cast.Tree, prod: Cluster, charlie: User, browser_as: BrowserAs
) -> None:
    cast.rule("user", charlie.email, "Cloud operator", tree.prod)
    admin.post(f"{CLUSTERS}add/", NEW)
    browser = browser_as(charlie)

    page = browser.get(CLUSTERS).content.decode()

    assert prod.audience in page
    assert "gpu-1" not in page
    assert browser.get(f"{CLUSTERS}{Cluster.objects.get(slug='gpu-1').pk}/connect/").status_code == 404


@pytest.mark.parametrize("page", ["", "add/", "c0000000-0000-4000-8000-000000000001/connect/"])
def test_it_refuses_who_may_not(charlie: User, prod: Cluster, browser_as: BrowserAs, page: str) -> None:
    answer = browser_as(charlie).post(f"{CLUSTERS}{page}", NEW)

    assert answer.status_code in (302, 403, 404)
    assert "runai-prod" not in answer.content.decode()
    assert Cluster.objects.count() == 1
