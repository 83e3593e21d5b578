"""What the gate goes by is read by one statement, and is what the ORM reads of the same rows, on either database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.forms import model_to_dict
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule, Scope
from access.services.standing import Around, groups_of, missed_by, rules_of
from accounts.models import GeneralSettings, Group, Membership, Session, User
from accounts.models.sessions import SessionKind
from accounts.ports.providers import why_cut_off
from clustersync.models import Cluster
from common.actors import Principal
from sso.models import IdentityProvider
from tests import cast
from tests.gate.conditions import CONDITIONS
from tests.gate.world import World
from tokens.models import Application, Grant
from tokens.ports.facts import Asked, Facts, facts_of
from tokens.services.gate import why_refused

PROVIDER = {"alias": "saml", "type": "saml", "name": "Acme", "enabled": True, "email_domains": ["*"]}


def by_a_provider(world: World, **declared: object) -> None:
    """A directory brings the person, and puts them into the groups."""
    IdentityProvider.objects.create(**{**PROVIDER, "group_names": ["*"], **declared})
    User.objects.filter(pk=world.user.pk).update(is_local=False, source="saml", email_verified_by="saml")
    Membership.objects.update(source="saml")


def for_another_source(world: World) -> None:
    by_a_provider(world)
    AccessRule.objects.filter(subject_type="group").update(source="local")


def half_by_a_provider(world: World) -> None:
    IdentityProvider.objects.create(**PROVIDER, group_names=["res*"])
    cast.make_group("research-leads", world.user)
    cast.rule("group", "research-leads", "Viewer", cast.plant_tree().vision)
    Membership.objects.filter(group__name="research-leads").update(source="saml")


def listed_by_the_cluster(world: World) -> None:
    IdentityProvider.objects.create(**PROVIDER, group_names=["dan*"])
    for name, source in (("dancers", "saml"), ("singers", "saml"), ("painters", ""), ("others", "")):
        Membership.objects.create(group=Group.objects.create(name=name), user=world.user, source=source)
    Cluster.objects.update(extra_groups=["dancers", "singers", "painters", "researchers", "nobody's"])


def leading_by_a_provider(world: World) -> None:
    by_a_provider(world)
    cast.rule("group", "researchers", "System administrator", cast.plant_tree().tenant)


def beside(world: World) -> None:
    AccessRule.objects.filter(subject_type="group").delete()
    lab = Scope.objects.create(pk="c0", type="cluster", name="lab", parent=cast.plant_tree().tenant, path="0/1/c0")
    cast.rule("group", "researchers", "Viewer", lab)
    cast.rule("user", "robo", "Viewer", lab)


def other_kinds(world: World) -> None:
    """Names of one kind don't stand for those of another."""
    AccessRule.objects.all().delete()
    tree = cast.plant_tree()
    for kind, name in (
        ("group", world.user.email),
        ("app", world.user.email),
        ("user", "researchers"),
        ("group", "robo"),
    ):
        cast.rule(kind, name, "Viewer", tree.vision)


def everywhere(world: World) -> None:
    tree = cast.plant_tree()
    for kind, name in (("group", "researchers"), ("user", world.user.email), ("app", "robo"), ("group", "others")):
        for scope in (tree.tenant, tree.prod, tree.vision, tree.speech, tree.dialects):
            cast.rule(kind, name, "L1 researcher", scope)


CHANGES: dict[str, Callable[[World], object]] = {
    **{name: condition.happen for name, condition in CONDITIONS.items() if name != "locked out"},
    "nothing": lambda world: None,
    "by a provider": by_a_provider,
    "by a provider that may do more": lambda world: by_a_provider(world, privileged=True),
    "by a provider that may do less": lambda world: by_a_provider(world, group_names=[]),
    "by no provider that there is": lambda world: User.objects.update(is_local=False, source="gone"),
    "nobody verified the address": lambda world: User.objects.update(is_local=False, email_verified_by=""),
    "for another source": for_another_source,
    "half by a provider": half_by_a_provider,
    "leading, by a provider": leading_by_a_provider,
    "listed by the cluster": listed_by_the_cluster,
    "in another cluster": beside,
    "names of other kinds": other_kinds,
    "everywhere": everywhere,
    "browsers stay": lambda world: GeneralSettings.objects.update_or_create(pk=1, defaults={"idle_timeout_minutes": 7}),
    "browsers stay a day": lambda world: GeneralSettings.objects.create(pk=1, idle_timeout_minutes=None),
    "session by a provider": lambda world: world.signed_in_elsewhere(),
}


@pytest.fixture
def world(bob: User, researchers: Group, robo: Application, prod: Cluster) -> World:
    cast.rule("user", bob.email, "Viewer", cast.plant_tree().tenant)
    return World(bob, robo, prod)


def questions(world: World) -> list[Asked]:
    session = Session.objects.filter(kind=SessionKind.BROWSER).latest("created_at")
    now = timezone.now()
    grant = Grant.objects.create(
        session=session, application=world.shop, authenticated_at=now, rotated_at=now, idle_ends_at=now
    )
    person: dict[str, Any] = {"user_id": world.user.pk, "session_id": session.pk, "client_id": "shop"}
    clusters = ("", world.cluster.pk, "c9999999-0000-4000-8000-000000000001")
    return [
        Asked(cluster_id=cluster_id, **who)
        for cluster_id in clusters
        for who in (person, {**person, "grant_id": grant.pk}, {"client_id": "robo"}, {"client_id": "nobody"})
    ] + [
        Asked(groups=True, holds_client="grant_id" not in who, **who)
        for who in (person, {**person, "grant_id": grant.pk})
    ]


def told(facts: Facts) -> dict[str, Any]:
    rows = {
        "application": facts.application,
        "session": facts.session,
        "grant": facts.grant,
        "user": facts.session and facts.session.user,
    }
    return {**vars(facts), **{name: row and model_to_dict(row) for name, row in rows.items()}}


def told_by_the_orm(asked: Asked) -> dict[str, Any]:
    application = Application.objects.filter(client_id=asked.client_id).first()
    grant = Grant.objects.filter(pk__in=[asked.grant_id]).first()
    session = Session.objects.filter(pk__in=[asked.session_id]).first()
    session = grant.session if asked.grant_id and grant else session if not asked.grant_id else None
    missing = (
        (asked.user_id and session is None)
        or (asked.holds_client and application is None)
        or (asked.user_id is None and application is None)
    )
    application, session = (None, None) if missing else (application, session)
    principal: Principal | None = session.user if session else application if asked.user_id is None else None
    return {
        "asked": asked,
        "application": application and model_to_dict(application),
        "session": session and model_to_dict(session),
        "user": session and model_to_dict(session.user),
        "grant": grant and model_to_dict(grant),
        "idle_timeout": GeneralSettings.current().idle_timeout if session else timedelta(0),
        "why_cut_off": why_cut_off(session) if session else "",
        "groups": tuple(groups_of(principal)) if session and asked.groups and principal else (),
        "in_cluster": in_cluster(principal, asked),
    }


def in_cluster(principal: Principal | None, asked: Asked) -> Any:
    cluster = Cluster.objects.filter(pk=asked.cluster_id).first()
    if cluster is None or principal is None:
        return None
    around = AccessRule.objects.filter(scope__in=Scope.objects.reaching(cluster.scope))
    met = rules_of(principal).filter(pk__in=around)
    groups = frozenset(met.filter(subject_type="group").values_list("subject_id", flat=True))
    missed = {one.rule.subject_id for one in missed_by(principal) if one.rule in around and one.name.kind == "group"}
    declared = {one.alias: one.declared for one in IdentityProvider.objects.all()}
    put = {(name.id, name.source) for name in principal.names() if name.kind == "group"}
    extra = {
        name for name, source in put if name in cluster.extra_groups and (not source or declared[source].may_fill(name))
    }
    return (cluster.enabled, Around(met.exists(), groups - missed, frozenset(missed)), set(cluster.extra_groups), extra)


@pytest.mark.parametrize("change", CHANGES)
def test_it_reads_what_the_orm_reads(world: World, change: str) -> None:
    asked = questions(world)

    CHANGES[change](world)

    for one in asked:
        facts = facts_of(one)
        read = told(facts)
        if facts.in_cluster:
            where = facts.in_cluster
            read["in_cluster"] = (where.enabled, where.given, set(where.extra_groups), set(where.extra))
        assert read == told_by_the_orm(one), one


def test_it_takes_one_statement(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    listed_by_the_cluster(world)
    by_provider = {"is_local": False, "source": "saml", "email_verified_by": "saml"}
    User.objects.filter(pk=world.user.pk).update(**by_provider)
    world.signed_in_elsewhere()

    for asked in questions(world):
        with django_assert_num_queries(1):
            facts = facts_of(asked)
            why_refused(facts, timezone.now())


def session_of(user: User, **fields: object) -> Session:
    begun = timezone.now() - timedelta(days=400)
    ends = {"created_at": begun, "last_active_at": begun, "expires_at": begun + timedelta(hours=12), **fields}
    return Session(user=user, **ends)


@pytest.mark.parametrize(
    ("minutes", "kind", "code"),
    [
        (1, "browser", ""),
        (60, "browser", ""),
        (62, "browser", "session_idle"),
        (62, "device", ""),
        (719, "device", ""),
        (720, "device", "session_over"),
        (720, "browser", "session_over"),
    ],
)
def test_it_decides_by_facts_and_the_time_given(minutes: int, kind: str, code: str) -> None:
    """No row of them is in a database, which this test can't reach."""
    user = User(email="zoe@example.com")
    session = session_of(user, kind=kind)
    asked = Asked(client_id="cli", user_id=user.pk, session_id=session.pk)
    facts = Facts(
        asked=asked, application=Application(client_id="cli"), session=session, idle_timeout=timedelta(minutes=60)
    )

    assert why_refused(facts, session.created_at + timedelta(minutes=minutes)) == code
