"""What a cluster would make of a token, by the API: by which rule, as whom and for how long. Nothing of it is kept."""

import ast
import inspect
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Group, Membership, User
from accounts.services.users import disable_user
from audit.models import Event
from clustersync.models import Cluster, ClusterToken, Mode
from clustersync.services.review import review_token
from clustersync.services.verdicts import ASKED, LONGEST_TOKEN
from clustersync.tokenreview import Review
from common.actors import SYSTEM
from sso.adapters.providers import why_not
from tests.clustersync.opaque import made, showing
from tests.conftest import APIAs
from tests.tokens.asking import by_password, by_secret
from tokens.models import Application
from tokens.services import gate

pytestmark = pytest.mark.usefixtures("keys")

Said = dict[str, Any]


@pytest.fixture
def token(bob: User, researchers: Group, prod: Cluster) -> str:
    return str(by_password(bob, audience=prod.audience)["accessToken"])


@pytest.fixture
def verify(ada: User, api_as: APIAs, prod: Cluster) -> Callable[..., Said]:
    def ask(token: str, **more: str) -> Said:
        answer = api_as(ada).post(path(prod), {"token": token, **more}, format="json")
        assert answer.status_code == 200, answer.content
        assert answer["Cache-Control"] == "no-store"
        return dict(answer.json())

    return ask


def path(cluster: Cluster) -> str:
    return f"/api/v1/clusters/{cluster.pk}/verify-token"


def opaque_of(user: User, cluster: Cluster) -> str:
    return str(made(showing(by_password(user)["accessToken"]), cluster)["token"])


def verifies_by(mode: Mode) -> None:
    Cluster.objects.update(mode=mode)


def answers(said: Said) -> dict[str, str]:
    return {rule["rule"]: rule["answer"] for rule in said["rules"]}


@pytest.mark.parametrize("mode", list(Mode))
def test_it_says_as_whom_and_for_how_long(verify: Callable[..., Said], token: str, mode: Mode) -> None:
    verifies_by(mode)

    said = verify(token)

    caches = 40 if mode == Mode.WEBHOOK else 10
    assert said["verdict"] == "accepted"
    assert (said["user"]["username"], said["user"]["groups"]) == ("runai:bob@example.com", ["runai:researchers"])
    assert said["user"]["extra"]["runai-identity/session-id"]
    assert 590 + caches <= said["acceptedForSeconds"] <= 600 + caches
    assert "error" not in answers(said).values()


def test_it_says_by_which_rule_a_disabled_user_is_refused(verify: Callable[..., Said], token: str, bob: User) -> None:
    disable_user(actor=SYSTEM, user=bob)

    said = verify(token)

    assert (said["verdict"], said["user"], said["acceptedForSeconds"]) == ("refused", None, None)
    refusing = next(rule for rule in said["rules"] if rule["answer"] == "error")
    assert refusing["rule"] == "asked-grant"
    assert "its owner disabled" in refusing["reason"]
    assert answers(said)["asked-rule"] == "not checked"


@pytest.mark.parametrize("mode", [Mode.OIDC, Mode.BOTH])
def test_it_warns_where_a_cluster_goes_on_with_what_we_withdrew(
    verify: Callable[..., Said], token: str, bob: User, mode: Mode
) -> None:
    verifies_by(mode)
    disable_user(actor=SYSTEM, user=bob)

    said = verify(token)

    assert (said["verdict"], answers(said)["withdrawn"]) == ("accepted", "warning")


def test_a_cluster_that_does_both_asks_about_what_it_can_not_verify(
    verify: Callable[..., Said], bob: User, researchers: Group, prod: Cluster
) -> None:
    verifies_by(Mode.BOTH)
    prod.refresh_from_db()

    said = verify(opaque_of(bob, prod))

    assert (said["verdict"], answers(said)["issuer"], answers(said)["asked-rule"]) == ("accepted", "error", "ok")
    assert ClusterToken.objects.get().last_used_at is None


def test_it_tells_how_it_was_told_to_verify(verify: Callable[..., Said], token: str) -> None:
    verifies_by(Mode.OIDC)

    assert verify(token, oidc="structured")["user"]["uid"]
    assert verify(token, oidc="flags")["user"]["uid"] == ""


def test_asking_says_as_much_of_a_token_that_looks_like_ours(verify: Callable[..., Said], token: str) -> None:
    said = verify(token[:-8])

    refusing = next(rule for rule in said["rules"] if rule["answer"] == "error")
    assert (refusing["rule"], refusing["reason"]) == ("asked-token", "the signature is not that of the key it names")


def test_it_says_of_an_id_token_what_is_missing(
    verify: Callable[..., Said], bob: User, researchers: Group, prod: Cluster
) -> None:
    verifies_by(Mode.OIDC)

    said = verify(by_password(bob)["idToken"])

    assert said["verdict"] == "refused"
    assert answers(said)["audience"] == "error"


def test_it_agrees_with_what_the_webhook_answers(
    verify: Callable[..., Said], token: str, bob: User, robo: Application, prod: Cluster, researchers: Group
) -> None:
    asked = [
        token,
        opaque_of(bob, prod),
        by_password(bob)["accessToken"],
        by_secret(robo, audience=prod.audience)["accessToken"],
    ]

    for change in (Cluster.objects.all, Membership.objects.all().delete, lambda: Cluster.objects.update(enabled=False)):
        change()
        cluster = Cluster.objects.get(pk=prod.pk)
        for one in [*asked, "x", f"{token}x"]:
            status = review_token(cluster, Review("authentication.k8s.io/v1", one, ()))["status"]
            assert verify(one)["user"] == status.get("user")


def test_every_refusal_of_the_gate_is_put_into_words() -> None:
    returned = [node for node in ast.walk(ast.parse(inspect.getsource(gate))) if isinstance(node, ast.Return)]
    inside = [node for one in returned for node in ast.walk(one)]
    codes = {
        str(node.value)
        for node in inside
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z]+(_[a-z]+)+", str(node.value))
    }
    of_providers = set(re.findall(r'"(provider_\w+)"', inspect.getsource(why_not)))

    assert len(codes) > 10 and len(of_providers) > 1
    assert codes | of_providers <= {code for _, _, reasons in ASKED for code in reasons}


def test_nothing_of_it_is_kept_or_repeated(
    ada: User, api_as: APIAs, prod: Cluster, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = Event.objects.count()
    with caplog.at_level(logging.DEBUG):
        answer = api_as(ada).post(path(prod), {"token": token}, format="json")

    signature = token.rpartition(".")[2]
    assert signature not in answer.content.decode()
    assert signature not in caplog.text
    assert Event.objects.count() == before


def test_only_who_may_read_the_cluster_may_ask(api_as: APIAs, charlie: User, prod: Cluster, token: str) -> None:
    assert api_as(charlie).post(path(prod), {"token": token}, format="json").status_code in (403, 404)
    assert APIClient().post(path(prod), {"token": token}, format="json").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": ""},
        {"token": 5},
        {"token": ["a"]},
        {"token": "x" * (LONGEST_TOKEN + 1)},
        {"token": "a", "oidc": "magic"},
        {"token": None},
    ],
)
def test_it_says_what_a_request_lacks(ada: User, api_as: APIAs, prod: Cluster, body: Said) -> None:
    assert api_as(ada).post(path(prod), body, format="json").status_code == 400


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("token", ["é", "a.b.c", "rit_", "rit_" + "x" * 5000, ". . .", "{}"])
def test_anything_gets_a_verdict(verify: Callable[..., Said], mode: Mode, token: str) -> None:
    verifies_by(mode)

    assert verify(token)["verdict"] == "refused"
