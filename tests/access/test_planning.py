"""What a plan says that somebody gains is what they gain when the rules are made, and nothing else."""

from itertools import product

import pytest

from access import decisions
from access.catalog import ROLES
from access.models import AccessRule, Scope
from access.services import grant_access, rule_set_of
from access.services.planning import Plan, plan
from access.services.several import grant_several
from accounts.models import Membership, User
from common.errors import Conflict, Forbidden, Invalid
from sso.models import IdentityProvider
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application

ROLE_NAMES = ("Viewer", "Editor", "L1 researcher", "Department administrator", "System administrator")


def held(principal: User | Application, scope: Scope) -> set[tuple[str, str]]:
    allowed = decisions.permissions_in(rule_set_of(principal), scope.ref.path)
    return {(resource, action) for resource, actions in allowed.items() for action in actions}


def said_of(made: Plan, principal: User | Application, scope: Scope) -> set[tuple[str, str]]:
    return {one for gain in made.gains if str(principal) in gain.who and gain.scope == scope for one in gain.gained}


@pytest.fixture
def people(
    ada: User, alice: User, bob: User, eve: User, researchers: object, robo: Application
) -> list[User | Application]:
    """Here and from a directory, verified and not, in groups by hand and by a directory, disabled; an application."""
    corp = connect(IdP(), alias="corp")
    IdentityProvider.objects.filter(pk=corp.pk).update(email_domains=["example.com"], group_names=["eng-*"])
    brought = cast.person("carl", is_local=False, source="corp", email_verified_by="corp")
    unsure = cast.person("dora", is_local=False, source="corp")
    for name, source in (("eng-all", "corp"), ("ops", "corp"), ("staff", "")):
        group = cast.make_group(name)
        for user in (bob, brought, unsure, eve):
            Membership.objects.create(group=group, user=user, source=source)
    return [ada, alice, bob, eve, brought, unsure, robo]


SUBJECTS = [
    ("user", "alice@example.com"),
    ("user", "bob@example.com"),
    ("user", "carl@example.com"),
    ("user", "dora@example.com"),
    ("user", "eve@example.com"),
    ("user", "nobody@example.com"),
    ("group", "researchers"),
    ("group", "eng-all"),
    ("group", "ops"),
    ("group", "staff"),
    ("app", "robo"),
]


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLE_NAMES)
@pytest.mark.parametrize("source", ["", "local", "corp"])
def test_a_plan_says_what_the_rules_then_give(
    people: list[User | Application], ada: User, tree: cast.Tree, role: str, source: str
) -> None:
    chosen = ROLES[cast.role_id(role)]
    for subject, scope in product(SUBJECTS, (tree.tenant, tree.vision, tree.faces)):
        if subject[0] == "app" and source:
            continue
        made = plan(actor=ada, subjects=[subject], role=chosen, scopes=[scope], source=source)
        before = {one: held(one, scope) for one in people}
        try:
            rule = grant_access(
                actor=ada, subject_type=subject[0], subject_id=subject[1], role=chosen, scope=scope, source=source
            )
        except Conflict:
            assert made.gains == []
            continue
        gained = {one: held(one, scope) - before[one] for one in people}
        assert {one: said_of(made, one, scope) for one in people} == gained, (subject, scope.name)
        rule.delete()


def test_several_at_once_say_the_same_as_each_by_itself(
    people: list[User | Application], ada: User, tree: cast.Tree
) -> None:
    role, scopes, subjects = ROLES[cast.role_id("Editor")], [tree.speech, tree.faces], SUBJECTS[:10]
    before = {(one.pk, scope.pk): held(one, scope) for one in people for scope in scopes}
    made = plan(actor=ada, subjects=subjects, role=role, scopes=scopes, source="")

    grant_several(actor=ada, subjects=subjects, role=role, scopes=scopes)

    for one, scope in product(people, scopes):
        assert said_of(made, one, scope) == held(one, scope) - before[one.pk, scope.pk]
    assert made.nobody == ["nobody@example.com"] and made.people == made.of == 4
    assert any("nobody has verified" in one for one in made.nothing)
    assert any("the identity provider corp may not assert this name" in one for one in made.nothing)


def test_a_scoped_planner_learns_nothing_of_rules_and_people_that_they_may_not_read(
    vera: User, alice: User, charlie: User, tree: cast.Tree
) -> None:
    cast.rule("user", alice.email, "Viewer", tree.tenant)
    subjects = [("user", alice.email), ("user", charlie.email)]

    made = plan(actor=vera, subjects=subjects, role=ROLES[cast.role_id("Viewer")], scopes=[tree.vision], source="")

    assert [gain.who for gain in made.gains] == [("alice@example.com",)]
    assert made.nobody == [charlie.email] and not made.already


def test_several_are_given_or_none(vera: User, tree: cast.Tree) -> None:
    before, role = AccessRule.objects.count(), ROLES[cast.role_id("Viewer")]
    subjects = [("user", f"p{number}@example.com") for number in range(10)]

    with pytest.raises(Forbidden):
        grant_several(actor=vera, subjects=subjects, role=role, scopes=[tree.faces, tree.dialects])
    assert AccessRule.objects.count() == before

    assert grant_several(actor=vera, subjects=subjects[:4], role=role, scopes=[tree.faces, tree.vision]).there == 0
    again = grant_several(actor=vera, subjects=subjects, role=role, scopes=[tree.vision, tree.faces])
    assert (len(again.rules), again.there) == (12, 8)


@pytest.mark.parametrize(("subjects", "scopes"), [(0, 1), (11, 1), (1, 0), (1, 11)])
def test_there_are_bounds(ada: User, tree: cast.Tree, subjects: int, scopes: int) -> None:
    named = [("user", f"p{number}@example.com") for number in range(subjects)]

    with pytest.raises(Invalid):
        grant_several(actor=ada, subjects=named, role=ROLES[7], scopes=[tree.faces] * scopes)
