from collections.abc import Callable

import pytest
from django.conf import settings
from django.utils import timezone

from access import decisions
from access.catalog import roles_allowing
from access.models import Scope
from access.services import rule_set_of
from accounts.models import Group, User
from accounts.services.throttle import reserve_try
from sso.models import Identity, IdentityProvider
from tests import cast
from tests.conftest import APIAs

Befall = Callable[[User], None]

WHY = "/api/v1/authorization/why"


def asked(scope: Scope | str, **other: str) -> dict[str, str]:
    scope_id = scope if isinstance(scope, str) else scope.pk
    return {"action": "create", "resourceType": "jobs", "scopeId": scope_id, **other}


def about(user: User) -> dict[str, str]:
    return {"subjectType": "user", "subjectId": user.email}


def test_it_tells_by_which_rule_one_may(bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(bob).get(WHY, asked(tree.faces)).json()

    assert body["allowed"] is True
    assert body["explanation"][0] == "Yes, they may create jobs in faces."
    assert body["explanation"][1].endswith("the group researchers is L1 researcher in faces.")


def test_it_tells_the_way_down_to_an_inherited_right(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(vera).get(WHY, asked(tree.faces)).json()

    assert body["explanation"][1].endswith("is Department administrator in vision, which holds faces.")


def test_it_tells_what_is_missing(alice: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(alice).get(WHY, asked(tree.faces, resourceType="settings")).json()

    assert body["allowed"] is False
    assert "the right scope, but the role does not include it" in body["explanation"][1]


def test_it_tells_an_administrator_about_another(
    vera: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    body = api_as(vera).get(WHY, asked(tree.faces, **about(bob))).json()

    assert body["allowed"] is True
    assert "the group researchers" in body["explanation"][1]


def test_it_tells_nobody_about_others_without_the_right_to(
    bob: User, researchers: Group, alice: User, tree: cast.Tree, api_as: APIAs
) -> None:
    assert api_as(bob).get(WHY, asked(tree.faces, **about(alice))).status_code == 403


def test_it_keeps_rules_of_other_scopes_to_itself(vera: User, ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(vera).get(WHY, asked(tree.faces, **about(ada))).json()

    assert body["allowed"] is True
    assert body["explanation"][1:] == ["By access rules of scopes in which you may not read them."]


def test_it_names_no_near_miss_in_another_scope(vera: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", bob.email, "L1 researcher", tree.dialects)

    body = api_as(vera).get(WHY, asked(tree.faces, **about(bob))).json()

    assert body["allowed"] is False
    assert "dialects" not in str(body)


def test_it_tells_that_a_user_is_disabled(ada: User, eve: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(ada).get(WHY, asked(tree.faces, **about(eve))).json()

    assert body["allowed"] is False
    assert "the user is disabled" in body["explanation"][0]


def test_it_answers_about_who_does_not_exist_yet(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", "nina@example.com", "L1 researcher", tree.faces)
    nina = {"subjectType": "user", "subjectId": "Nina@Example.com"}

    assert api_as(vera).get(WHY, asked(tree.faces, **nina)).json()["allowed"] is True


@pytest.mark.parametrize("scope", ["dialects", "tenant"])
def test_it_knows_no_scope_that_the_asker_may_not_see(
    vera: User, bob: User, tree: cast.Tree, api_as: APIAs, scope: str
) -> None:
    unseen = api_as(vera).get(WHY, asked(getattr(tree, scope)))
    unknown = api_as(vera).get(WHY, asked("nothing"))

    assert (unseen.status_code, unseen.json()) == (unknown.status_code, unknown.json())
    assert unseen.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"action": "sync"}, {"resourceType": "secrets"}, {"scopeId": ""}, {"subjectType": "user"}, {"subjectId": "bob"}],
)
def test_it_refuses_half_a_question(ada: User, tree: cast.Tree, api_as: APIAs, wrong: dict[str, str]) -> None:
    assert api_as(ada).get(WHY, {**asked(tree.faces), **wrong}).status_code == 400


def test_it_tells_what_is_enforced(
    alice: User, vera: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    for user in (alice, vera, bob):
        for action in ("create", "read", "delete"):
            enforced = decisions.may(rule_set_of(user), action, "access_rules", tree.faces.ref.path)
            told = api_as(user).get(WHY, asked(tree.faces, action=action, resourceType="access_rules")).json()
            assert told["allowed"] is enforced


@pytest.mark.parametrize(("kind", "name"), [("user", "bbo@example.com"), ("group", "Researchers"), ("app", "rob0")])
def test_it_says_when_nobody_goes_by_a_name(
    ada: User, researchers: Group, tree: cast.Tree, api_as: APIAs, kind: str, name: str
) -> None:
    body = api_as(ada).get(WHY, asked(tree.faces, subjectType=kind, subjectId=name)).json()

    assert "Check the spelling" in body["explanation"][1]


def test_it_says_nothing_of_the_spelling_to_who_reads_no_users(
    bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs
) -> None:
    cast.rule("user", bob.email, "Cloud operator", tree.faces)
    cast.rule("user", bob.email, "Project administrator", tree.faces)
    may_read = decisions.may(rule_set_of(bob), "read", "users", tree.faces.ref.path)

    body = api_as(bob).get(WHY, asked(tree.faces, subjectType="user", subjectId="nobody@example.com")).json()

    assert ("Check the spelling" in str(body)) is may_read


def test_a_disabled_application_may_nothing(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    robo = cast.make_robo()
    cast.rule("app", "robo", "L1 researcher", tree.faces)
    told = asked(tree.faces, subjectType="app", subjectId="robo")
    before = api_as(ada).get(WHY, told).json()["allowed"]
    type(robo).objects.update(enabled=False)

    body = api_as(ada).get(WHY, told).json()

    assert (before, body["allowed"]) == (True, False)
    assert "the application is disabled" in body["explanation"][0]


def _must_change(user: User) -> None:
    User.objects.filter(pk=user.pk).update(must_change_password=True)


def _without_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


def _of_a_disabled_provider(user: User) -> None:
    provider = IdentityProvider.objects.create(name="Corp", alias="corp", enabled=False, email_domains=["example.com"])
    Identity.objects.create(provider=provider, user=user, subject="b", issuer="i", last_seen_at=timezone.now())
    User.objects.filter(pk=user.pk).update(is_local=False, source="corp", email_verified_by="administrator")


@pytest.mark.parametrize(
    ("befall", "allowed", "said"),
    [
        (_must_change, False, "must first choose a password of their own. Once they have, they might:"),
        (_of_a_disabled_provider, False, "the identity provider through which they sign in is disabled"),
        (_without_password, True, "They have no password"),
    ],
)
def test_it_tells_what_keeps_somebody_out(
    ada: User, bob: User, tree: cast.Tree, api_as: APIAs, befall: Befall, allowed: bool, said: str
) -> None:
    cast.rule("user", bob.email, "L1 researcher", tree.faces)
    before = api_as(ada).get(WHY, asked(tree.faces, **about(bob))).json()
    befall(bob)

    body = api_as(ada).get(WHY, asked(tree.faces, **about(bob))).json()

    assert (before["allowed"], body["allowed"]) == (True, allowed)
    assert said not in str(before)
    assert said in " ".join(body["explanation"][:2])


@pytest.mark.parametrize("change", [{"client_type": "public"}, {"grant_types": ["authorization_code"]}])
def test_an_application_that_gets_no_token_of_its_own_may_nothing(
    ada: User, tree: cast.Tree, api_as: APIAs, change: dict[str, object]
) -> None:
    robo = cast.make_robo()
    cast.rule("app", "robo", "L1 researcher", tree.faces)
    type(robo).objects.update(**change)

    body = api_as(ada).get(WHY, asked(tree.faces, subjectType="app", subjectId="robo")).json()

    assert body["allowed"] is False
    assert "so it acts for people alone" in body["explanation"][0]


def test_it_says_that_a_password_is_refused_for_now(ada: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT + 1):
        reserve_try(bob.email)

    body = api_as(ada).get(WHY, asked(tree.faces, **about(bob))).json()

    assert "their password is refused until" in body["explanation"][1]


def test_it_says_that_it_did_not_look_who_goes_by_a_name(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(vera).get(WHY, asked(tree.faces, subjectType="app", subjectId="nobody-app")).json()

    may_read = decisions.may(rule_set_of(vera), "read", "apps", tree.faces.ref.path)
    assert body["explanation"][1].startswith("There is no application" if may_read else "Not looked at")


def test_it_names_every_role_that_would_do(ada: User, charlie: User, tree: cast.Tree, api_as: APIAs) -> None:
    body = api_as(ada).get(WHY, asked(tree.faces, **about(charlie))).json()

    named = body["explanation"][-1].partition(": ")[2].rstrip(".").split(", ")
    assert named == [role.name for role in roles_allowing("create", "jobs")]
    assert len(named) > 5


def test_it_counts_the_rules_that_it_does_not_name(ada: User, charlie: User, tree: cast.Tree, api_as: APIAs) -> None:
    for at in range(8):
        cast.rule("group", f"team-{at}", "Viewer", tree.faces)
        cast.make_group(f"team-{at}", charlie)

    body = api_as(ada).get(WHY, asked(tree.faces, **about(charlie))).json()

    assert "And 3 more access rules, which don't allow it either." in body["explanation"]
