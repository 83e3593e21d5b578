import pytest

from access.catalog import ACTIONS, RESOURCE_TYPES, ROLES
from accounts.models import Group, User
from tests import cast
from tests.conftest import APIAs

AUTHORIZATION = "/api/v1/authorization"


def test_it_lists_the_roles(ada: User, api_as: APIAs) -> None:
    body = api_as(ada).get(f"{AUTHORIZATION}/roles").json()

    assert {role["id"]: role["name"] for role in body} == {role.id: role.name for role in ROLES.values()}
    assert {len(role["permissions"]) for role in body} == {len(RESOURCE_TYPES)}


def test_it_shows_a_role_with_what_is_withheld(ada: User, api_as: APIAs) -> None:
    body = api_as(ada).get(f"{AUTHORIZATION}/roles/6").json()

    permissions = {row.pop("resourceType"): row for row in body["permissions"]}
    assert (body["name"], body["custom"], body["effectiveEnabled"]) == ("ML engineer", False, True)
    assert permissions["inferences"]["actions"] == list(ACTIONS)
    assert permissions["users"] == {"displayName": "Users", "groupId": "iam", "actions": []}


@pytest.mark.parametrize("role_id", [2, 10**20])
def test_it_knows_no_other_role(ada: User, api_as: APIAs, role_id: int) -> None:
    assert api_as(ada).get(f"{AUTHORIZATION}/roles/{role_id}").status_code == 404


def test_it_sums_up_what_one_may_do_somewhere(bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", bob.email, "Cloud operator", tree.dialects)
    cast.rule("user", bob.email, "Cloud operator", tree.prod)

    body = api_as(bob).get(f"{AUTHORIZATION}/permissions").json()

    actions = {row["resourceType"]: row["actions"] for row in body}
    assert (actions["jobs"], actions["cluster-config"], actions["users"]) == (list(ACTIONS), list(ACTIONS), ["read"])
    assert (actions["cluster"], actions["settings"]) == (["read", "update", "delete"], ["read"])
    assert actions["groups"] == []


def test_it_sums_up_nothing_for_who_has_nothing(charlie: User, api_as: APIAs) -> None:
    body = api_as(charlie).get(f"{AUTHORIZATION}/permissions").json()

    assert {tuple(row["actions"]) for row in body} == {()}


def test_it_names_the_topmost_scopes(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", vera.email, "Viewer", tree.prod)

    body = api_as(vera).post(f"{AUTHORIZATION}/permitted-scopes", {"resourceType": "project"}, format="json").json()

    nowhere = {"system": False, "tenants": [], "clusters": [], "departments": [], "projects": []}
    assert body["read"] == {**nowhere, "clusters": [tree.prod.pk]}
    assert body["create"] == body["update"] == body["delete"] == {**nowhere, "departments": [tree.vision.pk]}


def test_it_tells_of_the_one_action_that_was_asked(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    asked = {"resourceType": "jobs", "action": "create"}

    body = api_as(ada).post(f"{AUTHORIZATION}/permitted-scopes", asked, format="json").json()

    assert (body["create"]["tenants"], body["create"]["tenant"]) == (["1"], "1")
    assert body["read"] == body["update"] == body["delete"] == {}


@pytest.mark.parametrize("wrong", [{}, {"resourceType": "secrets"}, {"resourceType": "jobs", "action": "sync"}, []])
def test_it_refuses_what_it_does_not_know(charlie: User, api_as: APIAs, wrong: object) -> None:
    answer = api_as(charlie).post(f"{AUTHORIZATION}/permitted-scopes", wrong, format="json")

    assert answer.status_code == 400


def test_it_names_the_tenant(alice: User, api_as: APIAs) -> None:
    assert api_as(alice).get("/api/v1/tenants").json() == [{"id": 1, "name": "runai"}]
