"""What a person may know of: users, groups and scopes, by the scopes in which they read them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.adapters.authority import AccessAuthority
from access.catalog import ACTIONS, ROLES
from access.decisions import may
from access.models import AccessRule, Scope
from access.services import permitted, rule_set_of, visible_scopes
from accounts.models import Group, User
from common.actors import SYSTEM
from tests import cast
from tests.conftest import APIAs

authority = AccessAuthority()


@pytest.fixture
def everybody(ada: User, alice: User, vera: User, researchers: Group, charlie: User, tree: cast.Tree) -> None:
    """Charlie is in no rule, and Dora in one of the department speech."""
    cast.make_group("linguists", cast.person("dora"))
    cast.rule("group", "linguists", "Viewer", tree.speech)


def names(users: object) -> set[str]:
    return {str(user).partition("@")[0] for user in users}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("everybody")
def test_an_administrator_sees_all_users(ada: User) -> None:
    everyone = {"ada", "alice", "bob", "charlie", "dora", "vera"}

    assert names(authority.visible_users(ada)) == names(authority.visible_users(SYSTEM)) == everyone


@pytest.mark.usefixtures("everybody")
def test_a_department_administrator_sees_who_has_a_rule_there(vera: User) -> None:
    assert names(authority.visible_users(vera)) == {"vera", "alice", "bob"}
    assert names(authority.visible_groups(vera)) == {"researchers"}


@pytest.mark.usefixtures("everybody")
def test_others_see_themselves(alice: User, bob: User, charlie: User) -> None:
    assert names(authority.visible_users(bob)) == {"bob"}
    assert names(authority.visible_users(charlie)) == {"charlie"}
    assert names(authority.visible_groups(charlie)) == set()


@pytest.mark.usefixtures("everybody")
def test_an_unseen_user_is_in_no_list_nor_count(vera: User, api_as: APIAs) -> None:
    listed = api_as(vera).get("/api/v1/users").json()

    assert {user["username"] for user in listed} == {"vera@example.com", "alice@example.com", "bob@example.com"}
    assert api_as(vera).get("/api/v1/users/count").json() == {"count": 3}


@pytest.mark.usefixtures("everybody")
def test_a_scope_is_visible_to_who_reads_its_type(ada: User, vera: User, charlie: User, tree: cast.Tree) -> None:
    assert set(visible_scopes(vera)) == {tree.vision, tree.faces}
    assert tree.tenant in visible_scopes(ada)
    assert not visible_scopes(charlie).exists()


def test_a_disabled_user_is_permitted_nothing(eve: User) -> None:
    assert list(rule_set_of(eve)) == []
    assert not permitted(eve, "read", "project").exists()


def test_it_asks_the_database_twice_for_all_that_one_holds(
    bob: User, researchers: Group, tree: cast.Tree, django_assert_num_queries: object
) -> None:
    for scope in (tree.prod, tree.vision, tree.speech):
        cast.rule("user", bob.email, "Viewer", scope)

    with django_assert_num_queries(2):  # type: ignore[operator]
        rules = list(rule_set_of(bob))

    assert len(rules) == 4


rules = st.lists(st.tuples(st.sampled_from(sorted(ROLES)), st.integers(0, 6), st.booleans()), max_size=5)
questions = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(["project", "access_rules", "jobs", "settings"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rules=rules, question=questions)
def test_the_permitted_scopes_are_those_of_the_decision(
    bob: User, researchers: Group, given_rules: list[tuple[int, int, bool]], question: tuple[str, str]
) -> None:
    AccessRule.objects.all().delete()
    everywhere = list(Scope.objects.order_by("path"))
    for role_id, place, by_group in given_rules:
        subject = ("group", "researchers") if by_group else ("user", bob.email)
        AccessRule.objects.get_or_create(
            subject_type=subject[0], subject_id=subject[1], role_id=role_id, scope=everywhere[place], deleted_at=None
        )

    rules = rule_set_of(bob)

    assert set(permitted(bob, *question)) == {s for s in everywhere if may(rules, *question, s.ref.path)}
