"""K01 to K07, K09 to K12: what an attacker, or a mistake, could make of the trust between us and a cluster."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.users import delete_user, disable_user
from clustersync.bounds import revocation_bound
from clustersync.models import Cluster, CredentialKind, UsernameClaim
from clustersync.services.configuration import configuration_of
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.attacks.seen import claims_in
from tests.clustersync.conftest import Review, TokenFor, post_review, review_body
from tests.clustersync.conftest import lab as lab
from tests.clustersync.conftest import review as review
from tests.clustersync.conftest import token_for as token_for
from tests.clustersync.opaque import made, showing
from tokens.budget import BUDGET
from tokens.models import Application
from tokens.services.issue import issue_to_application

ISSUER = "http://testserver/auth/realms/runai"
V1, V1BETA1 = "authentication.k8s.io/v1", "authentication.k8s.io/v1beta1"
NO = {"authenticated": False, "error": "the token is not valid, or no longer"}


@pytest.fixture
def token(token_for: TokenFor, alice: User, prod: Cluster) -> str:
    return token_for(alice, prod.audience)


@pytest.mark.parametrize("shown", ["nothing", "a guess", "another cluster's", "the agent's", "a person's", "itself"])
def test_k01_without_the_clusters_own_credential_it_answers_nobody(
    token: str, prod: Cluster, lab: Cluster, ada: User, token_for: TokenFor, shown: str
) -> None:
    credential = {
        "nothing": "",
        "a guess": "x" * 43,
        "another cluster's": "lab-webhook-token",
        "the agent's": new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT),
        "a person's": token_for(ada),
        "itself": token,
    }[shown]

    good, bad = (post_review(prod, credential, review_body(asked)) for asked in (token, "x"))

    assert good.status_code == bad.status_code == 401
    assert good.json() == bad.json()


def test_k02_a_bad_token_is_an_answer_and_no_error(review: Review, token: str) -> None:
    """With status.error, or kube-apiserver would keep the no for minutes."""
    for bad in ("x", token[:-4] + "AAAA", token + "x", "rit_" + "x" * 43, f"{token.rpartition('.')[0]}."):
        assert review(bad) == NO


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_k03_the_version_of_the_question_is_that_of_the_answer(prod: Cluster, token: str, version: str) -> None:
    answers = [
        post_review(prod, cast.PROD_WEBHOOK_TOKEN, {**review_body(asked), "apiVersion": version}).json()
        for asked in (token, "x")
    ]

    assert [answer["apiVersion"] for answer in answers] == [version, version]
    assert [answer["status"]["authenticated"] for answer in answers] == [True, False]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ([], None),
        (["other"], None),
        (["runai-prod-c0000000"], ["runai-prod-c0000000"]),
        (["other", "runai-prod-c0000000", "runai"], ["runai-prod-c0000000"]),
    ],
)
def test_k04_it_answers_the_audiences_that_both_know(
    review: Review, token: str, asked: list[str], answered: list[str] | None
) -> None:
    assert review(token, asked).get("audiences") == answered


@pytest.mark.parametrize("prefix", ["system:", "system:serviceaccount:kube-system:", "system:node:"])
def test_k05_nobody_gets_a_name_that_kubernetes_keeps(review: Review, token: str, prefix: str) -> None:
    """Also where somebody wrote the prefix into the database."""
    Cluster.objects.update(username_prefix=prefix)

    assert review(token)["authenticated"] is False


def test_k05_no_group_is_one_that_kubernetes_keeps(
    review: Review, token_for: TokenFor, alice: User, prod: Cluster, tree: cast.Tree
) -> None:
    cast.make_group("system:masters", alice)
    cast.make_group("masters", alice)
    cast.rule("group", "system:masters", "L1 researcher", tree.faces)
    Cluster.objects.update(groups_prefix="system:", extra_groups=["masters", "system:masters"])

    token = token_for(alice, prod.audience)

    assert claims_in(token)["groups"] == ["masters"]
    assert review(token)["user"]["groups"] == []


def test_k06_who_is_disabled_is_refused_with_the_next_question(
    review: Review, token: str, prod: Cluster, alice: User
) -> None:
    """So the bound is what the API server caches: 30 s of the webhook's, and 10 s above it."""
    opaque = made(showing(token_of(alice)), prod)["token"]
    assert review(token)["authenticated"] and review(opaque)["authenticated"]

    disable_user(actor=SYSTEM, user=alice)

    assert not review(token)["authenticated"] and not review(opaque)["authenticated"]
    cached = prod.webhook_cache_seconds
    assert revocation_bound(prod.mode, token_seconds=600, webhook_cache_seconds=cached) <= 40


def token_of(user: User) -> str:
    body = {"grantType": "password", "username": user.email, "password": cast.PASSWORD}
    return str(Client().post("/api/v1/token", body, content_type="application/json").json()["accessToken"])


def test_k07_a_token_for_another_cluster_is_refused(
    review: Review, ada: User, lab: Cluster, prod: Cluster, token_for: TokenFor
) -> None:
    """Also by a cluster that takes the shared audience, and also an opaque one."""
    Cluster.objects.update(accepts_shared_audience=True)
    for foreign in (token_for(ada, lab.audience), made(showing(token_for(ada)), lab)["token"]):
        assert "for another audience" in review(foreign)["error"]


def test_k09_too_many_groups_are_left_out_and_the_webhook_says_them(
    review: Review, token_for: TokenFor, bob: User, prod: Cluster, tree: cast.Tree
) -> None:
    names = [f"team-{number:03}" for number in range(150)]
    for name in names:
        cast.make_group(name, bob)
        cast.rule("group", name, "L1 researcher", tree.faces)

    token = token_for(bob, prod.audience)

    assert claims_in(token)["groups"] == names[:100] and len(token) <= BUDGET == 4096
    assert review(token)["user"]["groups"] == [f"runai:{name}" for name in names]


def test_k10_a_user_made_anew_is_somebody_else(
    review: Review, token: str, token_for: TokenFor, alice: User, prod: Cluster, tree: cast.Tree
) -> None:
    Cluster.objects.update(username_claim=UsernameClaim.SUB)
    before = review(token)["user"]
    delete_user(actor=SYSTEM, user=alice)
    again = cast.person("alice")
    cast.rule("user", again.email, "Editor", tree.faces)

    after = review(token_for(again, prod.audience))["user"]

    assert (after["username"], after["uid"]) != (before["username"], before["uid"])
    assert after["username"] == f"runai:{again.pk}"
    assert review(token)["authenticated"] is False


def test_k10_an_application_made_anew_has_another_uid(
    review: Review, robo: Application, prod: Cluster, token: str
) -> None:
    first = issue_to_application(application=robo, audience=prod.audience).access_token
    uid = review(first)["user"]["uid"]
    robo.delete()
    again = cast.make_robo()

    second = issue_to_application(application=again, audience=prod.audience).access_token

    assert review(second)["user"]["uid"] == str(again.pk) != uid
    assert review(first)["authenticated"] is False


def test_k11_an_email_goes_with_email_verified_as_a_boolean(token: str, robo: Application, prod: Cluster) -> None:
    """kube-apiserver refuses an e-mail as the username where it is anything else, "true" included."""
    assert claims_in(token)["email_verified"] is True
    assert "email" not in claims_in(issue_to_application(application=robo, audience=prod.audience).access_token)


def test_k12_the_issuer_is_the_same_to_the_letter_everywhere(client: Client, token: str, prod: Cluster) -> None:
    discovered: dict[str, Any] = client.get("/auth/realms/runai/.well-known/openid-configuration").json()
    told = configuration_of(Cluster.objects.get(pk=prod.pk))

    assert claims_in(token)["iss"] == discovered["issuer"] == ISSUER
    assert f"--oidc-issuer-url={ISSUER}" in told.oidc_flags
