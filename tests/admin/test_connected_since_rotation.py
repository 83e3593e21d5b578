"""The steps of connecting a cluster after its webhook token was replaced: they tell of the present token."""

from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from clustersync.models import Cluster, ClusterCredential, CredentialKind, KeyFetch, Reason, WebhookRefusal
from clustersync.models.clusters import Mode
from clustersync.services.credentials import new_credential
from clustersync.services.progress import progress_of
from common.actors import SYSTEM
from tests.admin.test_connecting_a_cluster import path
from tests.conftest import BrowserAs

STEPS = ("old used", "new token", "new used", "ended refused", "unknown refused")
BEGUN = [(), ("old used", "new token")]
HISTORIES = [(*begun, *steps) for begun in BEGUN for length in range(3) for steps in product(STEPS, repeat=length)]


def play(cluster: Cluster, steps: tuple[str, ...]) -> None:
    """Let the steps happen one hour after the other, the last an hour ago."""
    for number, step in enumerate(steps):
        at = timezone.now() - timedelta(hours=len(steps) - number)
        tokens = cluster.credentials.filter(kind=CredentialKind.WEBHOOK)
        if step == "new token":
            new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK)
            ClusterCredential.objects.filter(pk=tokens.latest("pk").pk).update(created_at=at)
        elif step.endswith("refused"):
            reason = Reason.ENDED if step == "ended refused" else Reason.UNKNOWN
            WebhookRefusal.objects.update_or_create(cluster=cluster, reason=reason, defaults={"at": at})
        else:
            used = tokens.earliest("pk") if step == "old used" else tokens.latest("pk")
            ClusterCredential.objects.filter(pk=used.pk).update(last_used_at=at)


def expected(steps: tuple[str, ...]) -> tuple[bool, bool]:
    """Return whether its API server was told, and whether it works, by the steps alone."""
    present = [*steps]
    while "new token" in present:
        del present[: present.index("new token") + 1]
    rotated = len(present) < len(steps)
    good = ("new used",) if rotated else ("old used", "new used")
    uses = [number for number, step in enumerate(present) if step in good]
    since = present[uses[-1] + 1 :] if uses else present
    refused = [step for step in since if step.endswith("refused")]
    older = not uses and bool({"old used", "new used"} & {*steps})
    told = bool(uses or refused) and not older and refused[-1:] != ["ended refused"]
    return told, bool(uses) and not refused


@pytest.fixture
def fresh(prod: Cluster) -> Cluster:
    Cluster.objects.update(mode=Mode.WEBHOOK)
    ClusterCredential.objects.update(created_at=timezone.now() - timedelta(days=1))
    prod.refresh_from_db()
    return prod


@pytest.mark.parametrize("steps", HISTORIES, ids=", ".join)
def test_the_steps_tell_of_the_present_token(fresh: Cluster, steps: tuple[str, ...]) -> None:
    play(fresh, steps)

    progress = progress_of(fresh)

    assert (progress.configured, progress.works) == expected(steps)


@pytest.mark.parametrize("last", ["new token", "ended refused"])
def test_the_page_says_that_the_new_token_is_to_be_given(
    fresh: Cluster, ada: User, browser_as: BrowserAs, last: str
) -> None:
    Cluster.objects.update(mode=Mode.BOTH)
    KeyFetch.objects.create(cluster=fresh, at=timezone.now(), source="discovery url")
    play(fresh, ("old used", "new token", last))

    page: Client = browser_as(ada)
    shown = page.get(path(fresh, "progress")).content.decode()

    assert "It works, so there is nothing to find." not in shown and "0 of 5 steps done" in shown
    assert "Not seen with the present webhook token yet. It asked with one from before" in shown
    assert ("that has ended. Give it the new one" in shown) == (last == "ended refused")
