"""With whose token the doctor tries expressions: that of a person whom the asker may see, as it would be issued now."""

import base64
import json
from typing import Any

import pytest

from accounts.models import Group, User
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from clustersync.services.doctor import diagnose, samples_of
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.doctor import FILE, ISSUER, UUID
from tests.conftest import APIAs
from tests.system.kubernetes import token_for
from tokens.budget import Fit
from tokens.models import Application
from tokens.services.clients import ensure_built_in_clients
from tokens.services.issue import issue_to_application
from tokens.services.keys import ensure_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster(prod: Cluster, settings: Any) -> Cluster:
    settings.PUBLIC_URL, settings.ISSUER = "https://identity.example.com", ISSUER
    Cluster.objects.update(mode="oidc")
    return Cluster.objects.select_related("scope").get(pk=prod.pk)


def file(cluster: Cluster, rule: str) -> str:
    text = FILE.replace(UUID, str(cluster.pk)).replace("runai-gpu-1", cluster.audience)
    return text.replace("\"!user.username.startsWith('system:')\"", f'"{rule}"')


def asked(api_as: APIAs, who: User, cluster: Cluster, rule: str, **more: str) -> Any:
    body = {"configuration": file(cluster, rule), **more}
    return api_as(who).post(f"/api/v1/clusters/{cluster.pk}/doctor", body, format="json")


IN_GROUP = "'runai:researchers' in user.groups"


def test_without_a_person_it_is_who_asks(api_as: APIAs, ada: User, cluster: Cluster) -> None:
    answer = asked(api_as, ada, cluster, f"user.username == 'runai:{ada.email}'").json()

    assert not [one for one in answer["findings"] if one["severity"] == "error"]


def test_it_tries_the_token_of_the_person_named(
    api_as: APIAs, ada: User, bob: User, researchers: Group, cluster: Cluster
) -> None:
    of_ada = asked(api_as, ada, cluster, IN_GROUP).json()
    of_bob = asked(api_as, ada, cluster, IN_GROUP, person="BOB@example.com").json()

    assert (of_ada["verdict"], of_ada["first"]["rule"]) == ("broken", "cel-refuses")
    assert (of_bob["verdict"], of_bob["first"]["rule"]) == ("warnings", "cel-refuses-others")


def test_it_says_no_more_of_somebody_unseen_than_of_nobody(
    api_as: APIAs, tree: cast.Tree, ada: User, bob: User, charlie: User, cluster: Cluster
) -> None:
    """Expressions would answer whatever is asked about their claims."""
    cast.rule("user", charlie.email, "Viewer", tree.prod)

    answers = [asked(api_as, charlie, cluster, "true", person=name) for name in (bob.email, "nobody@example.com")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert asked(api_as, charlie, cluster, "true", person=charlie.email).status_code == 200


def test_nobody_is_named_by_the_server_itself(cluster: Cluster) -> None:
    outcomes = {one.rule: one for one in diagnose(actor=SYSTEM, cluster=cluster, pasted=file(cluster, "true")).outcomes}

    assert outcomes["cel-refuses"].reason == "nobody was named whose token could be tried"
    assert outcomes["cel-invalid"].answer == "ok"


SAME = ("iss", "aud", "sub", "email", "email_verified", "preferred_username", "groups", "tenant_id")


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_samples_say_what_tokens_say(
    cluster: Cluster, bob: User, researchers: Group, robo: Application, settings: Any
) -> None:
    """Each claim of a real token is in the sample, of the same type, and no other."""
    ensure_keys()
    ensure_built_in_clients()
    real = claims_of(token_for(bob, cluster.audience))
    sample, nobody, application = samples_of(bob, cluster)

    assert {name: type(value) for name, value in sample.claims.items()} == {name: type(real[name]) for name in real}
    assert {name: sample.claims[name] for name in SAME} == {name: real[name] for name in SAME}
    assert "groups" not in nobody.claims
    program = claims_of(issue_to_application(application=robo, audience=cluster.audience).access_token)
    assert set(application.claims) == set(program)
    assert facts_of(cluster).token_seconds == int(str(sample.claims["exp"])) - int(str(sample.claims["iat"]))


@pytest.mark.parametrize("most", [0, 1, 2])
def test_it_names_the_groups_that_a_token_has_room_for(
    cluster: Cluster, bob: User, researchers: Group, tree: cast.Tree, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    cast.rule("group", cast.make_group("leads", bob).name, "Editor", tree.prod)
    ensure_keys()
    ensure_built_in_clients()
    monkeypatch.setattr("tokens.services.sizes.fit", lambda size, groups: Fit.TOO_LARGE if groups > most else Fit.FITS)

    named = samples_of(bob, cluster)[0].claims.get("groups")

    assert named == claims_of(token_for(bob, cluster.audience)).get("groups")
    assert named == (None, ["leads"], ["leads", "researchers"])[most]


@pytest.mark.parametrize("readable", [True, False])
def test_it_names_no_group_that_the_asker_may_not_read(
    cluster: Cluster, ada: User, bob: User, researchers: Group, monkeypatch: pytest.MonkeyPatch, readable: bool
) -> None:
    monkeypatch.setattr("tokens.services.sizes.fit", lambda size, groups: Fit.TOO_LARGE if groups else Fit.FITS)
    if not readable:
        monkeypatch.setattr(
            "access.adapters.authority.AccessAuthority.visible_groups", lambda self, actor: Group.objects.none()
        )

    of_bob = samples_of(ada, cluster, bob.email)[0].left_out

    assert of_bob == (["researchers"] if readable else ["1 that you may not read"])
    assert samples_of(bob, cluster)[0].left_out == ["researchers"]


def test_the_doctor_names_the_groups_that_are_left_out(
    cluster: Cluster, bob: User, researchers: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    pasted = f"--oidc-issuer-url={ISSUER}\n--oidc-client-id={cluster.audience}\n--oidc-groups-claim=groups"
    before = {finding.rule for finding in diagnose(actor=bob, cluster=cluster, pasted=pasted).findings}
    monkeypatch.setattr("tokens.services.sizes.fit", lambda size, groups: Fit.TOO_LARGE if groups else Fit.FITS)

    found = {one.rule: one.why for one in diagnose(actor=bob, cluster=cluster, pasted=pasted).findings}

    assert "groups-left-out" not in before
    assert "does not name researchers, because it would be too large" in found["groups-left-out"]
