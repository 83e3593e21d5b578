"""A researcher asks about their own token and cluster, and learns nothing of anybody else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Group, User
from clustersync.models import Cluster, CredentialKind, KeyFetch, Mode
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.forging import with_payload
from tests.clustersync.opaque import made, showing
from tests.conftest import APIAs
from tests.tokens.asking import by_password
from tokens.models import Application

pytestmark = pytest.mark.usefixtures("keys")
BOTHS = ["verify-token", "doctor"]
# Rules that go by how its API server fared, or by how large others' tokens are.
OF_OTHERS = ("jwks-last-fetch", "token-size")
VIEWED: dict[str, dict[str, str]] = {"verify-token": {"token": "x"}, "doctor": {"configuration": "--oidc-client-id=a"}}


@pytest.fixture
def researcher(bob: User, researchers: Group) -> User:
    """Bob, who reaches prod by a rule in one of its projects, with a role that reads no cluster."""
    return bob


@pytest.fixture
def ask(researcher: User, api_as: APIAs, prod: Cluster) -> Callable[..., Any]:
    def post(what: str = "verify-token", cluster: Cluster = prod, **body: object) -> Any:
        return api_as(researcher).post(f"/api/v1/clusters/{cluster.pk}/{what}", body, format="json")

    return post


def _of(whose: str, other: str) -> Callable[[str], str]:
    """A payload that names somebody else."""

    def changed(payload: str) -> str:
        text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().replace(whose, other)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return changed


def token_of(user: User, cluster: Cluster) -> str:
    return str(by_password(user, audience=cluster.audience)["accessToken"])


@pytest.mark.parametrize("mode", list(Mode))
def test_they_verify_their_own_token(ask: Callable[..., Any], researcher: User, prod: Cluster, mode: Mode) -> None:
    token = token_of(researcher, prod)
    Cluster.objects.update(mode=mode)

    answer = ask(token=token)

    assert answer.status_code == 200 and answer.json()["verdict"] == "accepted"
    assert answer.json()["user"]["uid"] == str(researcher.pk)


def test_they_verify_their_own_opaque_token(ask: Callable[..., Any], researcher: User, prod: Cluster) -> None:
    token = made(showing(by_password(researcher)["accessToken"]), prod)["token"]

    assert ask(token=token).json()["verdict"] == "accepted"


def test_others_tokens_are_refused_in_the_same_words_whatever_they_are(
    ask: Callable[..., Any], ada: User, charlie: User, prod: Cluster, robo: Application, tree: cast.Tree
) -> None:
    cast.rule("user", charlie.email, "L1 researcher", tree.faces)
    cast.rule("app", robo.client_id, "L1 researcher", tree.faces)
    theirs = [token_of(one, prod) for one in (ada, charlie)]
    opaque = made(showing(by_password(charlie)["accessToken"]), prod)["token"]
    of_nobody = ["x", "a.b.c", "rit_x", "..", f"{'e30.' * 2}e30", "a.W10.c", "a.bnVsbA.c", "a.é.c"]

    said = {(ask(token=token).status_code, ask(token=token).content) for token in [*theirs, opaque, *of_nobody]}

    ((status, content),) = said
    assert status == 403 and b"not_your_token" in content


def test_a_made_up_token_of_their_name_tells_of_nobody(
    ask: Callable[..., Any], ada: User, researcher: User, prod: Cluster
) -> None:
    forged = with_payload(_of(str(ada.pk), str(researcher.pk)))(token_of(ada, prod))

    answer = ask(token=forged)

    assert answer.status_code == 200 and answer.json()["verdict"] == "refused"
    assert ada.email not in answer.content.decode() and str(ada.pk) not in answer.content.decode()


@pytest.mark.parametrize("what", BOTHS)
def test_clusters_that_they_do_not_reach_are_not_there(
    ask: Callable[..., Any], researcher: User, prod: Cluster, lab: Cluster, what: str
) -> None:
    token = {"token": token_of(researcher, prod)} if what == "verify-token" else VIEWED[what]
    missing = Cluster(pk="c0000000-0000-4000-8000-000000000009")

    answers = [ask(what, lab, **token), ask(what, missing, **token)]
    Cluster.objects.filter(pk=prod.pk).update(enabled=False)
    answers.append(ask(what, prod, **token))

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content.replace(b"\n", b"") for answer in answers}) == 1


def test_the_doctor_looks_at_what_they_paste_and_tells_nothing_of_others(
    ask: Callable[..., Any], prod: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clustersync.api.doctor.observe", lambda: pytest.fail("the server looked"))
    KeyFetch.objects.create(cluster=prod, at=timezone.now(), kids=["old"], source="address")
    secret = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    address = f"https://id.example.com/api/v1/clusters/{prod.pk}/tokenreview"
    file = f"clusters: [{{cluster: {{server: '{address}'}}}}]\nusers: [{{user: {{token: {secret}}}}}]"

    said = ask("doctor", configuration="--oidc-client-id=wrong", look=True).json()
    of_the_file = ask("doctor", configuration=file).json()

    assert said["verdict"] == "broken" and said["findings"]
    told = {one["rule"]: one["answer"] for one in of_the_file["rules"]}
    assert told["webhook-token"] == "not checked"
    assert {told[rule] for rule in told if rule in OF_OTHERS} == {"not checked"}


def test_why_answers_about_oneself_where_a_rule_gives_something(
    researcher: User, api_as: APIAs, prod: Cluster, lab: Cluster
) -> None:
    def why(scope: str, **more: str) -> int:
        query = {"action": "update", "resourceType": "workspaces", "scopeId": scope, **more}
        return api_as(researcher).get("/api/v1/authorization/why", query).status_code

    assert why(prod.pk) == 200
    assert why(lab.pk) == why("c0000000-0000-4000-8000-000000000009") == 404
    assert why(prod.pk, subjectType="user", subjectId="ada@example.com") == 404


def test_verifying_says_which_groups_were_left_out(
    ask: Callable[..., Any], researcher: User, prod: Cluster, tree: cast.Tree
) -> None:
    names = [f"team-{number:03}" for number in range(103)]
    for name in names:
        cast.make_group(name, researcher)
        cast.rule("group", name, "L1 researcher", tree.faces)
    token = token_of(researcher, prod)

    Cluster.objects.update(mode=Mode.OIDC)
    by_itself = ask(token=token).json()
    Cluster.objects.update(mode=Mode.WEBHOOK)
    by_asking = ask(token=token).json()

    (warning,) = [one for one in by_itself["rules"] if one["rule"] == "groups-left-out"]
    assert by_itself["verdict"] == "accepted" and warning["answer"] == "warning"
    assert all(f"runai:{name}" in warning["reason"] for name in names[-3:]) and names[0] not in warning["reason"]
    assert len(by_asking["user"]["groups"]) == 104 and "groups-left-out" not in str(by_asking)
