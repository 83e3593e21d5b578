"""Opaque tokens of people for a cluster that asks us: by the API, and honoured by reviews alone."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.services.passwords import reset_password
from audit.models import Event
from clustersync.models import Cluster, ClusterToken
from clustersync.services.clusters import delete_cluster
from common.actors import SYSTEM
from common.hashes import sha256_of
from tests import cast
from tests.clustersync.conftest import Review, TokenFor
from tests.clustersync.opaque import MINE, made, make, showing
from tests.tokens.asking import authorize, call_api, code_in, make_shop, redeem, signed_in
from tokens.models import Application
from tokens.services.consents import remember
from tokens.services.issue import issue_to_application


@pytest.fixture
def client(alice: User, token_for: TokenFor) -> APIClient:
    """Alice, who just signed in with her password."""
    return showing(token_for(alice))


def test_it_makes_a_token_that_the_cluster_takes(client: APIClient, review: Review, prod: Cluster, alice: User) -> None:
    answer = make(client, prod)

    user = review(answer.json()["token"])["user"]
    assert (user["username"], user["uid"]) == ("runai:alice@example.com", str(alice.pk))
    assert user["extra"]["authentication.kubernetes.io/credential-id"] == [f"JTI={answer.json()['id']}"]
    assert answer["Cache-Control"] == "no-store"


def test_it_stores_a_hash_alone(client: APIClient, prod: Cluster) -> None:
    token = made(client, prod)["token"]

    assert token.startswith("rit_") and len(token) >= 47
    assert ClusterToken.objects.get().secret_hash == sha256_of(token)
    assert token not in str(list(Event.objects.values()))


def test_it_shows_what_one_has_and_never_the_token(client: APIClient, prod: Cluster) -> None:
    one = made(client, prod)

    del one["token"]
    assert client.get(MINE).json() == [one]
    assert one["lastUsedAt"] is None


def test_it_tells_the_person_groups_that_matter(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster
) -> None:
    token = made(showing(token_for(researcher)), prod)["token"]

    assert review(token)["user"]["groups"] == ["runai:researchers"]


def test_it_ends_when_it_was_said_to(client: APIClient, review: Review, prod: Cluster) -> None:
    token = made(client, prod, expiresInSeconds=3600)["token"]

    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert review(token)["authenticated"] is True
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert review(token)["authenticated"] is False
        assert list(ClusterToken.objects.live()) == []


def test_revoking_ends_it_and_no_other(client: APIClient, review: Review, prod: Cluster) -> None:
    one, other = made(client, prod), made(client, prod)

    assert client.delete(f"{MINE}/{one['id']}").status_code == 204

    assert review(one["token"])["authenticated"] is False
    assert review(other["token"])["authenticated"] is True
    assert client.delete(f"{MINE}/{one['id']}").status_code == 404


def test_nobody_sees_or_revokes_somebody_elses(
    client: APIClient, prod: Cluster, ada: User, token_for: TokenFor
) -> None:
    one, stranger = made(client, prod), showing(token_for(ada))

    assert stranger.get(MINE).json() == []
    assert stranger.delete(f"{MINE}/{one['id']}").status_code == 404
    assert ClusterToken.objects.live().count() == 1


def test_it_is_recorded(client: APIClient, prod: Cluster, alice: User) -> None:
    one = made(client, prod)
    client.delete(f"{MINE}/{one['id']}")

    events = Event.objects.filter(action__startswith="cluster_token").order_by("pk")
    assert [event.action for event in events] == ["cluster_token:create", "cluster_token:revoke"]
    assert {(e.subject, e.entity_id, e.cluster_id) for e in events} == {(alice.email, one["id"], prod.pk)}


def test_another_cluster_refuses_it(
    client: APIClient, review: Review, prod: Cluster, ada: User, lab: Cluster, token_for: TokenFor
) -> None:
    token = made(showing(token_for(ada)), lab)["token"]

    assert review(token) == {"authenticated": False, "error": "the token is for another audience than this cluster's"}


def test_the_control_plane_refuses_it(client: APIClient, prod: Cluster) -> None:
    assert call_api(made(client, prod)["token"]).status_code == 401


@pytest.mark.parametrize("token", ["rit_", "rit_x", "rit_" + "x" * 43, "rit_é", "rit_a.b.c"])
def test_a_made_up_one_is_refused(review: Review, token: str) -> None:
    assert review(token) == {"authenticated": False, "error": "the token is not valid, or no longer"}


def test_a_password_that_was_reset_ends_it(client: APIClient, review: Review, prod: Cluster, alice: User) -> None:
    token = made(client, prod)["token"]

    reset_password(actor=SYSTEM, user=alice)

    assert review(token)["authenticated"] is False


def test_it_goes_with_its_cluster(client: APIClient, prod: Cluster, tree: cast.Tree) -> None:
    made(client, prod)
    for scope in (tree.dialects, tree.faces, tree.speech, tree.vision):
        scope.delete()

    delete_cluster(actor=SYSTEM, cluster=prod)

    assert not ClusterToken.objects.exists()
    assert not Session.objects.live().filter(kind="token").exists()


@pytest.mark.parametrize(("seconds", "noted"), [(59, False), (60, True)])
def test_its_use_is_noted_at_most_once_a_minute(
    client: APIClient, review: Review, prod: Cluster, seconds: int, noted: bool
) -> None:
    token = made(client, prod)["token"]
    review(token)
    first = ClusterToken.objects.get().last_used_at
    assert first is not None

    with time_machine.travel(first + timedelta(seconds=seconds), tick=False):
        review(token)

    assert (ClusterToken.objects.get().last_used_at != first) is noted


def test_an_application_has_none(prod: Cluster, robo: Application, keys: None) -> None:
    client = showing(issue_to_application(application=robo).access_token)

    assert make(client, prod).json()["details"] == "not_a_person"
    assert client.get(MINE).status_code == 403


def test_a_client_of_somebody_else_makes_none(prod: Cluster, alice: User, keys: None) -> None:
    shop = make_shop(audiences=["urn:runai:api"])
    remember(user=alice, application=shop, scopes=shop.scopes, audience="urn:runai:api")
    shops = redeem(code_in(authorize(signed_in(alice), resource="urn:runai:api"))).json()["access_token"]

    answer = make(showing(shops), prod)

    assert (answer.status_code, answer.json()["details"]) == (403, "not_first_party")
