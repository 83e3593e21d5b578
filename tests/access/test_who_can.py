"""Who may do something in a scope: the very answer that `why` and enforcement give, for everybody at once."""

import itertools
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access import decisions
from access.models import AccessRule, Scope
from access.services import rule_set_of, who_can, why_of
from accounts.models import Group, Membership, User
from common.actors import SYSTEM
from sso.models import IdentityProvider
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

WHO_CAN = "/api/v1/authorization/who-can"
ROLES = ["Viewer", "L1 researcher", "Department administrator", "Cloud operator", "System administrator"]
QUESTIONS = [("create", "jobs"), ("read", "access_rules"), ("create", "users"), ("update", "cluster"), ("read", "jobs")]
SOURCES = ["", "", "local", "okta"]

people = st.fixed_dictionaries(
    {
        "enabled": st.sampled_from([True, True, True, False]),
        "must_change_password": st.sampled_from([False, False, False, True]),
        "is_local": st.booleans(),
        "source": st.sampled_from(["okta", "gone", ""]),
        "email_verified_by": st.sampled_from(["", "okta", "administrator"]),
    }
)
memberships = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from(["eng", "ops"])), st.sampled_from(["", "okta", "gone"]), max_size=6
)
rules = st.lists(
    st.tuples(
        st.sampled_from([*((("user", n)) for n in range(5)), ("group", "eng"), ("group", "ops"), ("app", "robo")]),
        st.sampled_from(ROLES),
        st.sampled_from(["system", "tenant", "prod", "vision", "faces", "dialects"]),
        st.sampled_from(SOURCES),
    ),
    max_size=10,
    unique=True,
)
provider = st.fixed_dictionaries(
    {
        "email_domains": st.sampled_from([[], ["*"], ["other.com"]]),
        "group_names": st.sampled_from([[], ["eng"], ["*"]]),
        "privileged": st.booleans(),
    }
)
WORLDS = st.fixed_dictionaries(
    {
        "people": st.lists(people, min_size=5, max_size=5),
        "memberships": memberships,
        "rules": rules,
        "okta": provider,
        "app": st.booleans(),
    }
)


def scopes(tree: cast.Tree) -> dict[str, Scope]:
    return {
        "system": Scope.objects.get(pk="0"),
        **{name: getattr(tree, name) for name in ("tenant", "prod", "vision", "faces", "dialects")},
    }


def make(world: dict[str, Any], tree: cast.Tree) -> None:
    for model in (AccessRule, Membership, Group, User, Application, IdentityProvider):
        model.objects.all().delete()
    IdentityProvider.objects.create(alias="okta", type="saml", name="Okta", enabled=True, **world["okta"])
    users = [User(email=f"p{n}@example.com", **fields) for n, fields in enumerate(world["people"])]
    User.objects.bulk_create(users)
    Application.objects.create(name="robo", client_id="robo", enabled=world["app"])
    groups = {name: Group.objects.create(name=name) for name in ("eng", "ops")}
    for (person, group), source in world["memberships"].items():
        Membership.objects.create(user=users[person], group=groups[group], source=source)
    places = scopes(tree)
    for (kind, name), role, scope, source in world["rules"]:
        AccessRule.objects.create(
            subject_type=kind,
            subject_id=f"p{name}@example.com" if kind == "user" else name,
            role_id=cast.role_id(role),
            scope=places[scope],
            source=source,
        )


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=WORLDS,
    question=st.sampled_from(QUESTIONS),
    where=st.sampled_from(["tenant", "prod", "vision", "faces"]),
    limit=st.integers(1, 4),
)
def test_it_answers_as_why_and_as_enforcement(
    tree: cast.Tree, world: dict[str, Any], question: tuple[str, str], where: str, limit: int
) -> None:
    make(world, tree)
    (action, resource), scope = question, getattr(tree, where)

    listed, after = [], None
    while after != "":
        page = who_can(actor=SYSTEM, action=action, resource_type=resource, scope=scope, after=after or "", limit=limit)
        listed += page.holders
        after = page.after

    everybody = [*User.objects.order_by("email"), *Application.objects.all()]
    asked = {one: _why(one, action, resource, scope) for one in everybody}
    assert [one.principal for one in listed] == [one for one in everybody if asked[one]]
    for one in filter(asked.get, everybody):
        given = {allowing.rule.id for holder in listed if holder.principal == one for allowing in holder.allowing}
        allowing = decisions.explain(rule_set_of(one), action, resource, scope.ref).allowing
        assert given == {allowing.rule.id for allowing in allowing}


def _why(one: User | Application, action: str, resource: str, scope: Scope) -> bool:
    kind, name = one.rule_subject
    who = {"subject_type": kind, "subject_id": name}
    return why_of(actor=SYSTEM, action=action, resource_type=resource, scope=scope, **who).allowed


def asked(scope: Scope, **other: Any) -> dict[str, Any]:
    return {"action": "create", "resourceType": "jobs", "scopeId": scope.pk, **other}


def test_it_names_the_rule_and_the_group(
    ada: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    body = api_as(ada).get(WHO_CAN, asked(tree.faces, scopeType="project")).json()

    bobs = next(one for one in body["subjects"] if one["subjectId"] == bob.email)
    assert [(one["roleName"], one["scopeName"], one["groupName"]) for one in bobs["by"]] == [
        ("L1 researcher", "faces", "researchers")
    ]
    assert (body["others"], body["after"]) == (False, None)


def test_it_keeps_rules_above_to_who_reads_them(
    vera: User, ada: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    body = api_as(vera).get(WHO_CAN, asked(tree.faces)).json()

    assert ada.email not in str(body)
    assert bob.email in str(body)
    assert body["others"] is True


def test_it_leaves_out_whom_no_provider_signs_in_in_a_fixed_number_of_statements(
    ada: User, tree: cast.Tree, api_as: APIAs
) -> None:
    for alias, enabled in {"okta": True, "gone": False}.items():
        IdentityProvider.objects.create(alias=alias, type="saml", name=alias, enabled=enabled, email_domains=["*"])
    add_from_directories(tree, range(1))
    with CaptureQueriesContext(connection) as few:
        api_as(ada).get(WHO_CAN, asked(tree.faces))

    add_from_directories(tree, range(1, 20))
    with CaptureQueriesContext(connection) as many:
        body = api_as(ada).get(WHO_CAN, asked(tree.faces)).json()
    initials = Counter(one["subjectId"][0] for one in body["subjects"])
    assert (initials["o"], initials["g"], len(many)) == (20, 0, len(few))


def add_from_directories(tree: cast.Tree, numbers: range) -> None:
    for number, source in itertools.product(numbers, ("okta", "gone")):
        email = f"{source}{number}@example.com"
        User.objects.create(email=email, is_local=False, source=source, email_verified_by=source)
        cast.rule("user", email, "L1 researcher", tree.faces)


def test_it_is_for_who_reads_access_rules_there(
    vera: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    assert api_as(bob).get(WHO_CAN, asked(tree.faces)).status_code == 403
    assert api_as(vera).get(WHO_CAN, asked(tree.dialects)).status_code == 404


def test_it_goes_on_where_the_page_before_ended(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    for n in range(5):
        cast.rule("user", cast.person(f"p{n}").email, "L1 researcher", tree.faces)
    listed: list[str] = []
    after: dict[str, str] = {}
    while True:
        body = api_as(ada).get(WHO_CAN, asked(tree.faces, limit=2, **after)).json()
        listed += [one["subjectId"] for one in body["subjects"]]
        if body["after"] is None:
            break
        after = {"after": body["after"]}

    assert listed == sorted({*listed}) == ["ada@example.com", *(f"p{n}@example.com" for n in range(5))]


@pytest.mark.parametrize(
    "wrong", [{"action": "own"}, {"resourceType": "x"}, {"limit": 0}, {"after": "x"}, {"offset": 1}, {"limit": 101}]
)
def test_it_refuses_what_it_does_not_know(ada: User, tree: cast.Tree, api_as: APIAs, wrong: dict[str, Any]) -> None:
    answer = api_as(ada).get(WHO_CAN, {**asked(tree.faces), **wrong})

    assert (answer.status_code, next(iter(wrong)) in answer.json()["message"]) == (400, True)
