"""The tabs of a cluster and of a provider show nobody what their own access rule does not let them read."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

import audit.services as audit
from access.catalog import ROLES, Role
from access.models import ScopeType
from accounts.models import User
from clustersync.models import Cluster, ClusterCredential, CredentialKind, Reason, WebhookRefusal
from clustersync.services.reports import AgentReport, keep_report
from common.dossier import DETAILS, DossierAdmin
from sso.models import Attempt, Identity, IdentityProvider
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

PLACES = ("tenant", "prod", "lab", "vision")
# What a tab shows of a cluster, and the permission that it takes there.
OF_A_CLUSTER = {
    "ruled-in": ("read", "access_rules"),
    "agent-of": ("read", "access_rules"),
    "maker-for": ("read", "cluster"),
    "10.9.8.": ("read", "cluster"),
    "actor-at": ("read", "events-history"),
}
ADDRESS = {"prod": 1, "lab": 2}
OF_A_PROVIDER = ("jane@acme.test", "tried@acme.test", "actor-at-acme", "acme.test</textarea>")


@pytest.fixture
def clusters(prod: Cluster, tree: cast.Tree) -> dict[str, Cluster]:
    place = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "lab", tree.tenant)
    both = {"prod": prod, "lab": cast.cluster(place, "lab-webhook-token")}
    for name, cluster in both.items():
        cast.rule("user", f"ruled-in-{name}@example.com", "Viewer", cluster.scope)
        ClusterCredential.objects.create(
            cluster=cluster, kind=CredentialKind.AGENT, secret_hash=name, created_by=f"maker-for-{name}"
        )
        WebhookRefusal.objects.create(
            cluster=cluster, reason=Reason.UNKNOWN, at=timezone.now(), address=f"10.9.8.{ADDRESS[name]}"
        )
        keep_report(cluster, AgentReport(seconds=1, problems=[f"agent-of-{name}"]))
        audit.record("cluster:update", actor=cast.person(f"actor-at-{name}"), target=cluster)
    return both


@pytest.fixture
def provider(tree: cast.Tree) -> IdentityProvider:
    acme = connect(IdP(), alias="acme", enabled=False, email_domains=["acme.test"])
    facts = {"provider": acme, "email": "jane@acme.test"}
    Identity.objects.create(**facts, issuer="i", subject="s", last_seen_at=timezone.now())
    Attempt.objects.create(provider=acme, reference="4F7K-92QD", at=timezone.now(), email="tried@acme.test")
    audit.record("identity_provider:update", actor=cast.person("actor-at-acme"), target=acme)
    return acme


def tabs_of(model: type) -> Iterator[str]:
    page = admin.site._registry[model]
    assert isinstance(page, DossierAdmin)
    yield "change"
    yield from (tab.name for tab in page.tabs() if tab.name != DETAILS)


def seen(browser: Client, model: type, pk: object) -> str:
    """Return all that this browser is shown of one object, on all tabs."""
    options = model._meta  # type: ignore[attr-defined]
    base = f"/admin/{options.app_label}/{options.model_name}/{pk}"
    answers = [browser.get(f"{base}/{tab}/") for tab in tabs_of(model)]
    assert {answer.status_code for answer in answers} <= {200, 302, 403, 404}
    return "".join(answer.content.decode() for answer in answers if answer.status_code == 200)


def is_shown(canary: str, cluster: str, text: str) -> bool:
    return f"{canary}-{cluster}" in text or f"{canary}{ADDRESS[cluster]}<" in text


@pytest.fixture
def world(clusters: dict[str, Cluster], provider: IdentityProvider, ada: User) -> tuple[dict[str, Cluster], object]:
    return clusters, provider.pk


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
def test_the_tabs_show_what_the_rule_lets_its_subject_read(
    role: Role, place: str, world: tuple[dict[str, Cluster], object], tree: cast.Tree, browser_as: BrowserAs
) -> None:
    clusters, provider = world
    scope = clusters["lab"].scope if place == "lab" else getattr(tree, place)
    reader = cast.person("reader")
    cast.rule("user", reader.email, role.name, scope)
    browser = browser_as(reader)

    for name, cluster in clusters.items():
        text = seen(browser, Cluster, cluster.pk)
        for canary, (action, resource) in OF_A_CLUSTER.items():
            may = place in ("tenant", name) and role.allows(action, resource, scope.type)
            assert may or not is_shown(canary, name, text), (canary, name)
    text = seen(browser, IdentityProvider, provider)
    may = role.allows("update", "security-settings", scope.type)
    assert all(may or canary not in text for canary in OF_A_PROVIDER)


def test_who_may_read_everything_is_shown_all_of_it(
    clusters: dict[str, Cluster], provider: IdentityProvider, ada: User, browser_as: BrowserAs
) -> None:
    browser = browser_as(ada)

    for name, cluster in clusters.items():
        text = seen(browser, Cluster, cluster.pk)
        assert all(is_shown(canary, name, text) for canary in OF_A_CLUSTER), name
        assert not any(is_shown(canary, other, text) for canary in OF_A_CLUSTER for other in clusters if other != name)
    assert all(canary in seen(browser, IdentityProvider, provider.pk) for canary in OF_A_PROVIDER)
