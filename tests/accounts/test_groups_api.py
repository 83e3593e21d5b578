import pytest
from rest_framework.test import APIClient

from access.models import AccessRule, Scope
from accounts.models import Group, User
from audit.models import Event
from tests import cast
from tests.conftest import APIAs

pytestmark = pytest.mark.django_db
URL = "/api/v1/groups"


def url(group: Group, rest: str = "") -> str:
    return f"{URL}/{group.pk}{rest}"


def add(client: APIClient, group: Group, user: User) -> int:
    status: int = client.post(url(group, "/members"), {"userId": str(user.pk)}, format="json").status_code
    return status


def remove(client: APIClient, group: Group, user: User) -> int:
    status: int = client.delete(url(group, f"/members/{user.pk}")).status_code
    return status


@pytest.fixture
def admins(tree: cast.Tree) -> Group:
    """A group whose members are System administrator of everything."""
    group = cast.make_group("admins")
    cast.rule("group", group.name, "System administrator", Scope.objects.get(pk="0"))
    return group


def test_it_makes_a_group_and_records_it(ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"name": " data ", "description": "Data people"}, format="json")

    assert response.status_code == 201
    assert (response.json()["name"], response.json()["createdBy"]) == ("data", ada.email)
    assert Event.objects.get(action="group:create").entity_name == "data"


@pytest.mark.parametrize("name", ["", " ", "system:masters", "a\nb", "x" * 201, "\u202edata"])
def test_it_refuses_names_that_mislead(name: str, ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"name": name}, format="json")

    assert response.status_code == 400


def test_it_refuses_a_second_group_with_the_name(ada: User, researchers: Group, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"name": "Researchers"}, format="json")

    assert (response.status_code, response.json()["details"]) == (409, "group_exists")


def test_it_shows_a_group_with_its_members(ada: User, researchers: Group, api_as: APIAs) -> None:
    shown = api_as(ada).get(url(researchers)).json()

    assert (shown["name"], shown["members"]) == ("researchers", ["bob@example.com"])


def test_it_adds_and_removes_a_member(ada: User, alice: User, researchers: Group, api_as: APIAs) -> None:
    assert add(api_as(ada), researchers, alice) == 204
    assert ("group", "researchers") in alice.rule_subjects()

    assert remove(api_as(ada), researchers, alice) == 204

    assert ("group", "researchers") not in alice.rule_subjects()
    actions = Event.objects.filter(metadata__user=alice.email).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["group:member:add", "group:member:remove"]


def test_it_says_that_a_member_is_there_already(ada: User, bob: User, researchers: Group, api_as: APIAs) -> None:
    assert add(api_as(ada), researchers, bob) == 409


def test_it_says_that_somebody_is_no_member(ada: User, alice: User, researchers: Group, api_as: APIAs) -> None:
    assert remove(api_as(ada), researchers, alice) == 404


def test_it_refuses_who_may_not_change_groups(alice: User, bob: User, researchers: Group, api_as: APIAs) -> None:
    client = api_as(alice)

    statuses = [
        client.post(URL, {"name": "mine"}, format="json").status_code,
        add(client, researchers, alice),
        remove(client, researchers, bob),
        client.delete(url(researchers)).status_code,
    ]

    assert statuses == [403] * 4
    assert list(researchers.members.all()) == [bob]


def test_it_refuses_to_hand_out_more_than_one_holds(ada: User, charlie: User, admins: Group, api_as: APIAs) -> None:
    assert add(api_as(ada), admins, charlie) == 403
    assert add(api_as(ada), admins, ada) == 403

    assert not admins.members.exists()


def test_it_keeps_the_last_administrator_in_the_group(tree: cast.Tree, charlie: User, api_as: APIAs) -> None:
    group = cast.make_group("tenant-admins", charlie)
    cast.rule("group", group.name, "System administrator", tree.tenant)

    assert remove(api_as(charlie), group, charlie) == 409
    assert api_as(charlie).delete(url(group)).status_code == 409

    assert list(group.members.all()) == [charlie]


def test_it_deletes_a_group_with_its_rules_and_no_member(
    ada: User, bob: User, researchers: Group, api_as: APIAs
) -> None:
    response = api_as(ada).delete(url(researchers))

    assert response.status_code == 204
    assert not AccessRule.objects.live().filter(subject_id="researchers").exists()
    assert User.objects.filter(pk=bob.pk).exists()
    assert Event.objects.get(action="group:delete").entity_name == "researchers"


def test_an_editor_sees_only_the_groups_of_the_project(
    alice: User, researchers: Group, admins: Group, api_as: APIAs
) -> None:
    names = [group["name"] for group in api_as(alice).get(URL).json()]

    assert names == ["researchers"]
    assert api_as(alice).get(url(admins)).status_code == 404
