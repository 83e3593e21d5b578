"""Which cluster has which of our keys: by its own discovery URL, or by its addresses."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Scope
from accounts.models import User
from clustersync.adapters.verifiers import verifiers
from clustersync.models import Cluster, KeyFetch
from common.actors import SYSTEM
from tests import cast
from tests.conftest import BrowserAs
from tokens.models import SigningKey
from tokens.models.keys import Algorithm
from tokens.ports.verifiers import MOST_NAMED, broken_by_an_emergency
from tokens.services.keys import rotate_at_once

GENERAL = f"/auth/realms/{settings.REALM}/protocol/openid-connect/certs"
KEYS = "/admin/tokens/signingkey/"

pytestmark = pytest.mark.usefixtures("keys")


def path(cluster: Cluster, rest: str = "certs") -> str:
    return f"/api/v1/clusters/{cluster.pk}/{rest}"


def test_a_clusters_discovery_leads_to_the_same_issuer_by_an_address_of_its_own(prod: Cluster) -> None:
    general = Client().get(f"/auth/realms/{settings.REALM}/.well-known/openid-configuration").json()

    own = Client().get(path(prod, ".well-known/openid-configuration"))

    assert own.json() == {**general, "jwks_uri": f"{settings.PUBLIC_URL}{path(prod)}"}
    assert own["Cache-Control"] == "public, max-age=300"


def test_it_publishes_the_same_keys(prod: Cluster) -> None:
    answer = Client().get(path(prod))

    assert answer.json() == Client().get(GENERAL).json()
    assert answer["Cache-Control"] == "public, max-age=300"


def test_it_notes_who_fetched_what(prod: Cluster, lab: Cluster) -> None:
    kids = [key["kid"] for key in Client().get(path(prod), REMOTE_ADDR="10.0.0.7").json()["keys"]]

    fetch = KeyFetch.objects.get()
    assert (fetch.cluster, fetch.kids, fetch.address, fetch.source) == (prod, kids, "10.0.0.7", "discovery url")


def test_it_knows_a_cluster_by_its_addresses_too(prod: Cluster, lab: Cluster) -> None:
    Cluster.objects.filter(pk=lab.pk).update(api_addresses=["10.0.0.0/24", "fd00::/8"])

    Client().get(GENERAL, REMOTE_ADDR="192.0.2.1")
    assert not KeyFetch.objects.exists()
    Client().get(GENERAL, REMOTE_ADDR="10.0.0.9")

    assert (KeyFetch.objects.get().cluster, KeyFetch.objects.get().source) == (lab, "address")


def test_it_writes_once_a_minute(prod: Cluster) -> None:
    Client().get(path(prod))
    first = KeyFetch.objects.get().at

    with time_machine.travel(first + timedelta(seconds=50)):
        Client().get(path(prod))
        assert KeyFetch.objects.get().at == first
    with time_machine.travel(first + timedelta(seconds=61)):
        Client().get(path(prod))
    assert KeyFetch.objects.get().at > first


def test_it_serves_keys_also_when_nothing_can_be_written(prod: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**facts: object) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(KeyFetch.objects, "update_or_create", fail)

    assert Client().get(path(prod)).status_code == 200


@pytest.mark.parametrize("rest", ["certs", ".well-known/openid-configuration"])
def test_it_knows_no_other_cluster(db: None, rest: str) -> None:
    answer = Client().get(f"/api/v1/clusters/{uuid4()}/{rest}")

    assert (answer.status_code, answer.json()["details"]) == (404, "not_found")


def told(browser: Client, name: str) -> str:
    page = browser.get(KEYS).content.decode()
    return page.partition('id="standing"')[2].partition(f">{name}<")[2].partition("</tr>")[0]


def test_the_keys_page_says_what_each_cluster_has(ada: User, prod: Cluster, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    assert "It asks us about each token" in told(browser, "prod")
    Cluster.objects.update(mode="oidc")
    assert "Not seen to fetch them yet" in told(browser, "prod")

    Client().get(path(prod))
    assert "It has the next key already" in told(browser, "prod")
    KeyFetch.objects.update(kids=list(SigningKey.objects.filter(state="active").values_list("kid", flat=True)))
    assert "will fetch the next key with the first token" in told(browser, "prod")
    KeyFetch.objects.update(kids=["older"])
    assert "older than a key that signs now" in told(browser, "prod")


def test_an_emergency_says_what_it_breaks(ada: User, prod: Cluster, browser_as: BrowserAs) -> None:
    Cluster.objects.update(mode="oidc")
    Client().get(path(prod))
    key = SigningKey.objects.filter(state="active").first()
    assert key
    chosen = {"action": "withdraw_at_once", "_selected_action": key.pk}

    now = browser_as(ada).post(KEYS, chosen).content.decode()
    KeyFetch.objects.update(at=timezone.now() - timedelta(seconds=331))
    later = browser_as(ada).post(KEYS, chosen).content.decode()

    assert "prod: refuses new tokens until" in now
    assert "prod: accepts new tokens at once" in later


@pytest.mark.parametrize(
    ("fetched", "refuses"),
    [(None, 270), (0, 270), (59, 270), (90, 240), (329, 1), (331, None)],
    ids=["never seen", "now", "not noted again", "a while ago", "almost", "long ago"],
)
def test_it_counts_a_fetch_within_the_minute_that_was_not_noted(
    prod: Cluster, fetched: int | None, refuses: int | None
) -> None:
    now = timezone.now()
    Cluster.objects.update(mode="oidc")
    if fetched is not None:
        KeyFetch.objects.create(cluster=prod, at=now - timedelta(seconds=fetched), source="address")

    until = verifiers()[0].refuses_until(now)

    assert until == (now + timedelta(seconds=refuses) if refuses else None)


def test_an_emergency_names_the_worst_of_many(tree: cast.Tree, prod: Cluster) -> None:
    Cluster.objects.update(mode="oidc")
    KeyFetch.objects.create(cluster=prod, at=timezone.now() - timedelta(hours=1), source="address")
    for number in range(MOST_NAMED):
        clustered(tree, f"gpu-{number}", mode="oidc")
    clustered(tree, "asks", mode="webhook")

    *first, more, asking = broken_by_an_emergency()

    assert len(first) == MOST_NAMED
    assert all("refuses new tokens until" in sentence for sentence in first)
    assert more.startswith("1 more clusters")
    assert asking.startswith("1 cluster asks us")


def test_the_command_says_what_it_means_for_each_cluster(prod: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    Cluster.objects.update(mode="oidc")
    SigningKey.objects.update(created_at=timezone.now() - timedelta(hours=24))

    call_command("rotatekeys")
    call_command("rotatekeys", "--emergency", "--yes")

    said = capsys.readouterr().out
    assert "- prod: Not seen to fetch them yet" in said
    assert "- prod: refuses new tokens until" in said


def test_a_fetch_never_misses_a_key_that_signs(prod: Cluster) -> None:
    """Another process made it a moment ago, and what is answered now is kept for minutes."""
    Client().get(GENERAL)

    new = rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)

    for address in (GENERAL, path(prod)):
        assert new.kid in {key["kid"] for key in Client().get(address).json()["keys"]}


def clustered(tree: cast.Tree, name: str, **fields: object) -> Cluster:
    scope = Scope.objects.create(
        id=str(uuid4()), type="cluster", name=name, parent=tree.tenant, path=f"{tree.tenant.path}/{name}"
    )
    return cast.cluster(scope, f"{name}-token", **fields)


def test_the_keys_page_asks_no_more_for_more_clusters(
    ada: User, tree: cast.Tree, prod: Cluster, browser_as: BrowserAs
) -> None:
    browser = browser_as(ada)
    with CaptureQueriesContext(connection) as few:
        browser.get(KEYS)
    for number in range(50):
        Client().get(path(clustered(tree, f"gpu-{number}", mode="oidc")))

    with CaptureQueriesContext(connection) as many:
        page = browser.get(KEYS)

    assert page.content.decode().count("It has the next key already") == 50
    assert len(many) == len(few)
