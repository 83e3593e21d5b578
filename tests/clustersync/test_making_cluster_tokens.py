"""What is refused when somebody wants an opaque token, and how long one can live."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.models import AccessRule
from accounts.models import Session, User
from clustersync.models import Cluster, ClusterToken, Mode
from clustersync.services.tokens import MOST
from tests.clustersync.conftest import Review, TokenFor
from tests.clustersync.opaque import made, make, showing
from tokens.models import Grant

DAY = 24 * 3600


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["details"]


@pytest.fixture
def token(token_for: TokenFor, alice: User) -> str:
    return token_for(alice)


def seconds_left() -> float:
    return (ClusterToken.objects.get().expires_at - timezone.now()).total_seconds()


def test_it_lives_for_a_day_unless_one_says_otherwise(token: str, prod: Cluster) -> None:
    made(showing(token), prod)

    assert seconds_left() == pytest.approx(DAY, abs=60)


def test_it_lives_for_30_days_at_most(token: str, prod: Cluster) -> None:
    made(showing(token), prod, expiresInSeconds=30 * DAY)
    over = make(showing(token), prod, expiresInSeconds=30 * DAY + 1)

    assert seconds_left() == pytest.approx(30 * DAY, abs=60)
    assert over.status_code == 400


def test_a_longer_one_than_a_day_takes_a_fresh_sign_in(token: str, prod: Cluster) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        longer = make(showing(token), prod, expiresInSeconds=DAY + 1)
        a_day = make(showing(token), prod, expiresInSeconds=DAY)

    assert refused(longer) == (403, "sign_in_again")
    assert "15 minutes" in longer.json()["message"]
    assert a_day.status_code == 201


def test_it_ends_when_the_directory_said_that_the_session_does(token: str, prod: Cluster) -> None:
    Session.objects.update(not_after=timezone.now() + timedelta(hours=2))

    made(showing(token), prod)

    assert seconds_left() == pytest.approx(2 * 3600, abs=60)


def test_it_says_that_a_cluster_which_verifies_by_itself_can_not_take_it(token: str, prod: Cluster) -> None:
    Cluster.objects.update(mode=Mode.OIDC)

    answer = make(showing(token), prod)

    assert refused(answer) == (409, "cluster_asks_nobody")
    assert "prod verifies tokens by itself" in answer.json()["message"]


def test_a_cluster_that_does_both_takes_it(token: str, prod: Cluster, review: Review) -> None:
    Cluster.objects.update(mode=Mode.BOTH)

    assert review(made(showing(token), prod)["token"])["authenticated"] is True


def test_one_made_before_sleeps_while_the_cluster_verifies_by_itself(token: str, prod: Cluster, review: Review) -> None:
    opaque = made(showing(token), prod)["token"]

    Cluster.objects.update(mode=Mode.OIDC)
    asleep = review(opaque)
    Cluster.objects.update(mode=Mode.WEBHOOK)

    assert "verify tokens by itself" in asleep["error"]
    assert review(opaque)["authenticated"] is True


def test_it_tells_nobody_of_a_cluster_that_they_do_not_reach(token: str, prod: Cluster, lab: Cluster) -> None:
    hidden = make(showing(token), lab).json()
    Cluster.objects.update(enabled=False)
    disabled = make(showing(token), prod).json()
    Cluster.objects.filter(pk=lab.pk).delete()

    assert make(showing(token), lab).json() == hidden == disabled
    assert (hidden["code"], hidden["details"]) == (404, "unknown_cluster")


def test_it_takes_an_access_rule(token: str, prod: Cluster) -> None:
    AccessRule.objects.update(deleted_at=timezone.now())

    assert refused(make(showing(token), prod)) == (404, "unknown_cluster")
    assert Session.objects.filter(kind="token").count() == 0


def test_twenty_are_enough_for_anybody(token: str, prod: Cluster) -> None:
    first = made(showing(token), prod)
    grant = Grant.objects.get(cluster_token=first["id"])
    for number in range(1, MOST):
        grant.pk = None
        grant.save(force_insert=True)
        ClusterToken.objects.create(cluster=prod, grant=grant, name="more", secret_hash=str(number))

    assert refused(make(showing(token), prod)) == (409, "too_many_tokens")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 101}, {"name": "a\nb"}, {"clusterId": "prod"}, {"expiresInSeconds": 0}]
)
def test_it_refuses_what_is_malformed(token: str, prod: Cluster, wrong: dict[str, object]) -> None:
    assert make(showing(token), prod, **wrong).status_code == 400
