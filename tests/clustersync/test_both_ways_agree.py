"""A name is the same whether the API server verified the token by itself or asked us: role bindings say it once."""

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.models import AccessRule
from accounts.models import Group, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from clustersync import apiserver
from clustersync.apiserver import ClusterFacts
from clustersync.models import Cluster, UsernameClaim
from clustersync.services.configuration import facts_of
from tests import cast
from tests.clustersync.conftest import post_review, review_body
from tokens import jwt
from tokens.models import Application
from tokens.services.clients import ensure_built_in_clients
from tokens.services.grants import begin
from tokens.services.issue import issue_to_application

MARKED = st.from_regex(r"\A(?!system:)[A-Za-z0-9][A-Za-z0-9._:/@-]{0,10}[._:/@-]\Z")
LOCAL = st.from_regex(r"\A[a-z0-9][a-z0-9.+_'-]{0,20}\Z")
GROUP = st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0x2FF), min_size=1, max_size=30)
GROUP = GROUP.filter(lambda name: not name.startswith("system:"))  # no verb makes such a group
CLIENT = st.from_regex(r"\A[a-z0-9][a-z0-9.-]{0,20}\Z")
CLUSTERS = st.fixed_dictionaries(
    {
        "username_claim": st.sampled_from(UsernameClaim.values),
        "username_prefix": MARKED,
        "groups_prefix": MARKED,
        "legacy_flags": st.booleans(),
        "accepts_shared_audience": st.booleans(),
    }
)
SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

Answer = dict[str, Any]


@pytest.fixture
def session(keys: None, bob: User, researchers: Group) -> Session:
    ensure_built_in_clients()
    return start_session(user=bob, kind=SessionKind.DEVICE)


def by_configuration(facts: ClusterFacts, claims: Answer) -> Answer:
    """What the generated AuthenticationConfiguration makes of these claims."""
    item = yaml.safe_load(apiserver.authentication_configuration(facts))["jwt"][0]
    mappings = item["claimMappings"]
    assert mappings["uid"]["expression"] == "has(claims.application_id) ? claims.application_id : claims.sub"
    assert mappings["extra"][0]["valueExpression"] == 'has(claims.sid) ? claims.sid : ""'
    groups = mappings.get("groups")
    return {
        "username": mappings["username"]["prefix"] + claims[mappings["username"]["claim"]],
        "groups": [groups["prefix"] + group for group in claims.get(groups["claim"], [])] if groups else [],
        "uid": claims.get("application_id", claims["sub"]),
        "session": [claims["sid"]] if "sid" in claims else [],
    }


def by_flags(facts: ClusterFacts, claims: Answer) -> Answer:
    said = dict(flag.removeprefix("--").split("=", 1) for flag in apiserver.oidc_flags(facts))
    prefix = said["oidc-username-prefix"]
    groups = claims.get(said.get("oidc-groups-claim", ""), [])
    return {
        "username": ("" if prefix == "-" else prefix) + claims[said.get("oidc-username-claim", "sub")],
        "groups": [said["oidc-groups-prefix"] + group for group in groups],
    }


def by_webhook(cluster: Cluster, token: str) -> Answer:
    status = post_review(cluster, cast.PROD_WEBHOOK_TOKEN, review_body(token)).json()["status"]
    assert status["authenticated"] is True, status
    user: Answer = status["user"]
    return {
        "username": user["username"],
        "groups": user["groups"],
        "uid": user["uid"],
        "session": user["extra"].get("runai-identity/session-id", []),
    }


def check(cluster: Cluster, token: str) -> None:
    facts, claims = facts_of(cluster), jwt.read_for_anybody(token)
    asked = by_webhook(cluster, token)
    assert asked == by_configuration(facts, claims)
    assert {name: asked[name] for name in ("username", "groups")} == by_flags(facts, claims)


def changed(prod: Cluster, fields: Answer) -> Cluster:
    Cluster.objects.filter(pk=prod.pk).update(**fields)
    return Cluster.objects.select_related("scope").get(pk=prod.pk)


@given(fields=CLUSTERS, local=LOCAL, group=GROUP)
@SLOWLY
def test_both_ways_name_a_person_the_same(
    prod: Cluster, session: Session, fields: Answer, local: str, group: str
) -> None:
    cluster = changed(prod, fields)
    User.objects.filter(pk=session.user_id).update(email=f"{local}@example.com")
    Group.objects.update(name=group)
    AccessRule.objects.filter(subject_type="group").update(subject_id=group)
    now = Session.objects.select_related("user").get(pk=session.pk)

    issued, _ = begin(
        session=now,
        application=Application.objects.get(client_id="runai-cli"),
        scope="openid",
        audience=cluster.audience,
    )

    check(cluster, issued.access_token)


@given(fields=CLUSTERS, client_id=CLIENT)
@SLOWLY
def test_both_ways_name_an_application_the_same(
    prod: Cluster, keys: None, robo: Application, fields: Answer, client_id: str
) -> None:
    cluster = changed(prod, fields)
    Application.objects.filter(pk=robo.pk).update(client_id=client_id)
    AccessRule.objects.filter(subject_type="app").update(subject_id=client_id)
    application = Application.objects.get(pk=robo.pk)

    check(cluster, issue_to_application(application=application, audience=cluster.audience).access_token)


BOUND = ["kubernetes-admin", "kube-admin", "admin", "cluster-admin", "root", "masters", "kube-proxy", "default"]


@pytest.mark.parametrize("sharing", [{}, {"legacy_flags": True}, {"username_claim": "sub"}])
@pytest.mark.parametrize("client_id", [*BOUND, f"service-account-{BOUND[0]}"])
def test_no_application_has_a_name_of_its_own_choice(
    prod: Cluster, keys: None, robo: Application, client_id: str, sharing: Answer
) -> None:
    """Whatever clusters bind by themselves, or an operator did."""
    cluster = changed(prod, sharing)
    Application.objects.filter(pk=robo.pk).update(client_id=client_id)
    AccessRule.objects.filter(subject_type="app").update(subject_id=client_id)
    token = issue_to_application(
        application=Application.objects.get(pk=robo.pk), audience=cluster.audience
    ).access_token
    facts, claims = facts_of(cluster), jwt.read_for_anybody(token)

    names = {by_webhook(cluster, token)["username"], by_flags(facts, claims)["username"]}

    assert names == {f"{facts.username.prefix}service-account-{client_id}"}
