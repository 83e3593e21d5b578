"""A cluster's credentials: shown once, replaced with an overlap, ended."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.clustersync.conftest import post_review, review_body
from tests.conftest import APIAs

BODY = review_body("x")


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def path(cluster: Cluster, rest: str = "webhook-token") -> str:
    return f"/api/v1/clusters/{cluster.pk}/{rest}"


def works(cluster: Cluster, credential: str) -> bool:
    return bool(post_review(cluster, credential, BODY).status_code == 200)


def test_it_gives_a_new_one_beside_the_old_one(admin: APIClient, prod: Cluster) -> None:
    answer = admin.post(path(prod))

    assert answer["Cache-Control"] == "no-store"
    assert works(prod, answer.json()["webhookToken"])
    assert works(prod, cast.PROD_WEBHOOK_TOKEN)


def test_it_refuses_the_old_one_after_the_overlap(admin: APIClient, prod: Cluster) -> None:
    new = admin.post(path(prod, "webhook-token?overlapSeconds=600")).json()["webhookToken"]

    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        assert works(prod, new)
        assert not works(prod, cast.PROD_WEBHOOK_TOKEN)


def test_it_replaces_at_once_when_told_so(admin: APIClient, prod: Cluster) -> None:
    admin.post(path(prod, "webhook-token?overlapSeconds=0"))

    assert not works(prod, cast.PROD_WEBHOOK_TOKEN)


def test_it_never_prolongs_an_overlap(admin: APIClient, prod: Cluster) -> None:
    admin.post(path(prod, "webhook-token?overlapSeconds=600"))
    admin.post(path(prod, "webhook-token?overlapSeconds=7200"))

    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        assert not works(prod, cast.PROD_WEBHOOK_TOKEN)


@pytest.mark.parametrize("seconds", ["-1", "604801", "soon", "", "1.5"])
def test_it_refuses_another_overlap(admin: APIClient, prod: Cluster, seconds: str) -> None:
    assert admin.post(path(prod, f"webhook-token?overlapSeconds={seconds}")).status_code == 400


def test_it_gives_the_agent_another_that_reviews_nothing(admin: APIClient, prod: Cluster) -> None:
    agent = admin.post(path(prod, "agent-token")).json()["agentToken"]

    assert not works(prod, agent)
    assert works(prod, cast.PROD_WEBHOOK_TOKEN)


def test_it_lists_the_live_ones_without_their_secret(admin: APIClient, prod: Cluster) -> None:
    new = admin.post(path(prod)).json()["webhookToken"]
    works(prod, new)

    listed = admin.get(path(prod, "credentials")).json()

    assert [(row["kind"], row["endsAt"] is None, row["lastUsedAt"] is None) for row in listed] == [
        ("webhook", True, False),
        ("webhook", False, True),
    ]
    assert new not in str(listed)


def test_it_ends_one(admin: APIClient, prod: Cluster) -> None:
    one = prod.credentials.get()

    assert admin.delete(path(prod, f"credentials/{one.pk}")).status_code == 204

    assert not works(prod, cast.PROD_WEBHOOK_TOKEN)
    assert admin.delete(path(prod, f"credentials/{one.pk}")).status_code == 409
    assert Event.objects.filter(action="cluster:webhook-credential:end", subject="ada@example.com").count() == 1


def test_it_finds_no_credential_of_another_cluster(admin: APIClient, prod: Cluster, lab: Cluster) -> None:
    assert admin.delete(path(prod, f"credentials/{lab.credentials.get().pk}")).status_code == 404
    assert works(lab, "lab-webhook-token")


@pytest.mark.parametrize(
    ("method", "rest"),
    [("post", "webhook-token"), ("post", "agent-token"), ("get", "credentials"), ("delete", "credentials/1")],
)
def test_it_refuses_who_may_not(prod: Cluster, charlie: User, api_as: APIAs, method: str, rest: str) -> None:
    assert getattr(api_as(charlie), method)(path(prod, rest)).status_code == 403


@pytest.mark.parametrize("kind", ["webhook", "agent"])
def test_the_answer_says_until_when_the_one_before_is_good(admin: APIClient, prod: Cluster, kind: str) -> None:
    first = admin.post(path(prod, f"{kind}-token")).json()["overlapEndsAt"]
    second = admin.post(path(prod, f"{kind}-token?overlapSeconds=600")).json()["overlapEndsAt"]
    at_once = admin.post(path(prod, f"{kind}-token?overlapSeconds=0")).json()["overlapEndsAt"]

    assert (first is None) == (kind == "agent")  # it has a webhook token from the beginning
    live = {one["endsAt"] for one in admin.get(path(prod, "credentials")).json() if one["kind"] == kind}
    assert timedelta(seconds=590) < datetime.fromisoformat(second) - timezone.now() <= timedelta(seconds=600)
    assert (at_once, live) == (None, {None})
