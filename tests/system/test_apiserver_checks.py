"""Our checks and a real kube-apiserver, asked about the same good and bad tokens."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Group, User
from accounts.services.users import disable_user
from clustersync import apiserver
from clustersync.apiserver import AuthenticationForm, ClusterFacts
from clustersync.apiserver_checks import AuthenticatorSettings, judge, settings_from
from clustersync.doctor.rule import Severity
from clustersync.models import Cluster, CredentialKind
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from clustersync.services.doctor import diagnose
from clustersync.services.verdicts import verdict
from common.actors import SYSTEM
from tests import cast
from tests.clustersync.apiserver_checks_tokens import ROWS
from tests.clustersync.forging import Row, made
from tests.system.conftest import Start
from tests.system.kubernetes import REAL, APIServer, known, since, token_for, version
from tests.tokens.asking import by_password, by_secret
from tokens import keyring
from tokens.models import Application

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]

Person = dict[str, Any] | None
EVERYBODY = "system:authenticated"


def said_by_checks(token: str, authenticator: AuthenticatorSettings) -> Person:
    user = judge(token, authenticator=authenticator, keys=keyring.published()["keys"], now=time.time()).user
    if user is None:
        return None
    return {"username": user.username, "uid": user.uid, "groups": sorted(user.groups), "extra": user.extra}


def said_by_server(kubernetes: APIServer, token: str) -> Person:
    user = kubernetes.who(token)
    if user is None:
        return None
    groups = sorted(group for group in user.get("groups", ()) if group != EVERYBODY)
    return {
        "username": user.get("username", ""),
        "uid": user.get("uid", ""),
        "groups": groups,
        "extra": user.get("extra", {}),
    }


@pytest.mark.parametrize(
    ("kind", "form", "legacy"),
    [
        pytest.param("S", AuthenticationForm.STRUCTURED, False, marks=since(1, 34)),
        pytest.param("F", AuthenticationForm.FLAGS, False),
        pytest.param("L", AuthenticationForm.STRUCTURED, True, marks=since(1, 34)),
        pytest.param("P", AuthenticationForm.FLAGS, True),
    ],
    ids=["configuration", "flags", "configuration of the platform", "flags of the platform"],
)
def test_they_agree_on_every_token(
    start: Start, kubernetes: APIServer, prod: Cluster, kind: str, form: AuthenticationForm, legacy: bool
) -> None:
    Cluster.objects.update(mode="oidc", legacy_flags=legacy)
    cluster = Cluster.objects.get(pk=prod.pk)
    facts = facts_of(cluster)
    start(facts, form)
    authenticator = settings_from(facts, form, credential_ids=version() >= (1, 32))
    known(kubernetes, token_of(ROWS[0], authenticator))

    disagreed = []
    for row in ROWS:
        token = token_of(row, authenticator)
        server, ours = said_by_server(kubernetes, token), said_by_checks(token, authenticator)
        page = verdict(actor=SYSTEM, cluster=cluster, token=token, form=form).user
        if server != ours or len({server is None, page is None, kind not in row.accepted}) != 1:
            disagreed.append((row.name, row.accepted, server, ours))
    assert disagreed == []
    assert len(ROWS) >= 60


def token_of(row: Row, authenticator: AuthenticatorSettings) -> str:
    return made(row, issuer=settings.ISSUER, audience=authenticator.audiences[0])


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [("audience-unknown", {"audiences": ("kubernetes",)}), ("username-prefix", {"username_prefix": "oidc:"})],
    ids=["audience", "prefix"],
)
def test_the_doctor_says_so_where_a_wrong_line_changes_the_answer(
    start: Start, kubernetes: APIServer, prod: Cluster, rule: str, wrong: dict[str, Any]
) -> None:
    Cluster.objects.update(mode="oidc")
    cluster = Cluster.objects.get(pk=prod.pk)
    facts = facts_of(cluster)
    spoiled = replace(facts, **wrong)
    start(spoiled, AuthenticationForm.FLAGS)
    authenticator, meant = (
        settings_from(each, AuthenticationForm.FLAGS, credential_ids=version() >= (1, 32)) for each in (spoiled, facts)
    )
    known(kubernetes, token_of(ROWS[0], authenticator))

    assert (rule in broken(cluster, spoiled), broken(cluster, facts)) == (True, set())
    for row in ROWS:
        token = token_of(row, meant)
        server = said_by_server(kubernetes, token)
        assert server == said_by_checks(token, authenticator), row.name
        assert server is None or server != said_by_checks(token, meant), row.name


def broken(cluster: Cluster, facts: ClusterFacts) -> set[str]:
    """By the doctor's word, of an API server with these flags."""
    diagnosis = diagnose(actor=SYSTEM, cluster=cluster, pasted="\n".join(apiserver.oidc_flags(facts)))
    return {finding.rule for finding in diagnosis.findings if finding.severity == Severity.ERROR}


@pytest.mark.parametrize("mode", ["oidc", "webhook", "both"])
def test_the_verdict_is_that_of_the_real_server(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, robo: Application, mode: str
) -> None:
    Cluster.objects.update(mode=mode, webhook_cache_seconds=1)
    cluster = Cluster.objects.get(pk=prod.pk)
    form = AuthenticationForm.STRUCTURED if version() >= (1, 34) else AuthenticationForm.FLAGS
    start(facts_of(cluster), form, token=new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK))
    of_bob, of_robo = token_for(bob, prod.audience), by_secret(robo, audience=prod.audience)["accessToken"]
    of_frank = disabled(prod)
    # Where it verifies by itself too, it may not have begun to when the webhook answers already.
    known(kubernetes, of_robo if mode == "webhook" else of_frank)

    for token in [of_bob, of_robo, of_frank, token_for(bob, ""), by_password(bob)["idToken"], "x", f"{of_bob}x"]:
        user = verdict(actor=SYSTEM, cluster=cluster, token=token, form=form).user
        server = kubernetes.who(token)
        assert (user and user.username) == (server and server["username"]), token[:20]
        assert set(user.groups if user else ()) == set((server or {}).get("groups", ())) - {EVERYBODY}


def disabled(cluster: Cluster) -> str:
    """The token of somebody who was disabled after it was issued."""
    frank = cast.person("frank")
    cast.rule("user", frank.email, "Viewer", cluster.scope)
    token = token_for(frank, cluster.audience)
    disable_user(actor=SYSTEM, user=frank)
    return token
