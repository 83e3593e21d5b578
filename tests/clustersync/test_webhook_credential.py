"""Only the cluster itself may have tokens reviewed: others could test stolen tokens."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.conftest import TokenFor, post_review, review_body

BODY = review_body("x")


@pytest.mark.parametrize("credential", ["", "wrong", "lab-webhook-token", "é", f"{cast.PROD_WEBHOOK_TOKEN} twice"])
def test_it_refuses_every_other_credential(prod: Cluster, lab: Cluster, credential: str) -> None:
    answer = post_review(prod, credential, BODY)

    assert answer.status_code == 401
    assert answer.json()["kind"] == "Status"
    assert (answer.json()["reason"], answer.json()["code"]) == ("Unauthorized", 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_it_refuses_an_administrators_token(prod: Cluster, ada: User, token_for: TokenFor) -> None:
    assert post_review(prod, token_for(ada), BODY).status_code == 401


def test_it_refuses_a_cluster_that_does_not_exist_alike(prod: Cluster) -> None:
    unknown = Cluster(pk="c0000000-0000-4000-8000-00000000ffff")

    assert post_review(unknown, "wrong", BODY).json() == post_review(prod, "wrong", BODY).json()


def test_it_takes_the_new_credential_and_no_longer_the_old_one(prod: Cluster) -> None:
    new = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK, overlap=timedelta(0))

    assert post_review(prod, new, BODY).status_code == 200
    assert post_review(prod, cast.PROD_WEBHOOK_TOKEN, BODY).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"kind": "TokenReview"}',
        b"\xff",
        b'{"kind": "TokenReview", "kind": "TokenReview"}',
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b'{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "a\\u0000"}}',
        b" " * 300_000,
    ],
)
def test_it_says_in_kubernetes_form_what_is_wrong_with_a_request(prod: Cluster, body: bytes) -> None:
    code, reason = (413, "RequestEntityTooLarge") if len(body) > 262_144 else (400, "BadRequest")

    answer = post_review(prod, cast.PROD_WEBHOOK_TOKEN, body)

    assert answer.status_code == code
    assert (answer.json()["kind"], answer.json()["status"]) == ("Status", "Failure")
    assert (answer.json()["reason"], answer.json()["code"]) == (reason, code)


@pytest.mark.parametrize(("method", "content_type", "code"), [("POST", "text/plain", 415), ("GET", "", 405)])
def test_it_refuses_other_ways_to_ask(prod: Cluster, method: str, content_type: str, code: int) -> None:
    headers = {"Authorization": f"Bearer {cast.PROD_WEBHOOK_TOKEN}"}
    path = f"/api/v1/clusters/{prod.pk}/tokenreview"

    answer = Client().generic(method, path, b"{}", content_type=content_type, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (code, code)


@pytest.mark.parametrize(("seconds", "noted"), [(59, False), (60, True)])
def test_its_use_is_noted_at_most_once_a_minute(prod: Cluster, seconds: int, noted: bool) -> None:
    post_review(prod, cast.PROD_WEBHOOK_TOKEN, BODY)
    first = prod.credentials.get(kind=CredentialKind.WEBHOOK).last_used_at
    assert first is not None

    with time_machine.travel(first + timedelta(seconds=seconds), tick=False):
        post_review(prod, cast.PROD_WEBHOOK_TOKEN, BODY)

    assert (prod.credentials.get(kind=CredentialKind.WEBHOOK).last_used_at != first) is noted
