import pytest

from access.models import AccessRule, Scope
from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import APIAs

DEPARTMENTS = "/api/v1/org-unit/departments"
PROJECTS = "/api/v1/org-unit/projects"


def test_it_makes_a_department(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).post(DEPARTMENTS, {"name": "music", "clusterId": tree.prod.pk}, format="json")

    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["clusterId"], body["createdBy"]) == ("music", tree.prod.pk, "ada@example.com")
    assert Scope.objects.get(pk=body["id"]).path == f"{tree.prod.path}/{body['id']}"


def test_it_makes_a_project(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(vera).post(PROJECTS, {"name": "gestures", "parentId": tree.vision.pk}, format="json")

    body = answer.json()
    assert answer.status_code == 201
    assert (body["clusterId"], body["parentId"]) == (tree.prod.pk, tree.vision.pk)
    assert (body["requestedNamespace"], body["status"]) == ("runai-gestures", {"namespace": "runai-gestures"})


def test_it_records_what_was_made_and_deleted(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    made = api_as(vera).post(PROJECTS, {"name": "gestures", "parentId": tree.vision.pk}, format="json").json()
    api_as(vera).delete(f"{PROJECTS}/{made['id']}")

    events = Event.objects.filter(entity_id=made["id"]).order_by("pk")
    assert [(event.action, event.entity_name) for event in events] == [
        ("project:create", "gestures"),
        ("project:delete", "gestures"),
    ]


@pytest.mark.parametrize("parent", ["speech", "prod", "faces"])
def test_it_makes_no_project_elsewhere(vera: User, tree: cast.Tree, api_as: APIAs, parent: str) -> None:
    answer = api_as(vera).post(PROJECTS, {"name": "spies", "parentId": getattr(tree, parent).pk}, format="json")

    assert answer.status_code == 404
    assert not Scope.objects.filter(name="spies").exists()


def test_it_refuses_who_may_only_read(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(vera).delete(f"{DEPARTMENTS}/{tree.vision.pk}")

    assert answer.status_code == 403
    assert Scope.objects.filter(pk=tree.vision.pk).exists()


@pytest.mark.parametrize("name", ["", "Faces", "-faces", "faces-", "fa ces", "f" * 58, "fåces", "faces/x"])
def test_it_refuses_a_name_that_kubernetes_would(ada: User, tree: cast.Tree, api_as: APIAs, name: str) -> None:
    answer = api_as(ada).post(PROJECTS, {"name": name, "parentId": tree.vision.pk}, format="json")

    assert answer.status_code == 400


def test_it_names_a_project_once_in_a_cluster(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).post(PROJECTS, {"name": "faces", "parentId": tree.speech.pk}, format="json")

    assert (answer.status_code, answer.json()["details"]) == (409, "name_taken")


def test_it_keeps_a_department_that_has_projects(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).delete(f"{DEPARTMENTS}/{tree.vision.pk}")

    assert (answer.status_code, answer.json()["details"]) == (409, "scope_not_empty")


def test_it_takes_the_rules_of_a_project_with_it(ada: User, alice: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).delete(f"{PROJECTS}/{tree.faces.pk}")

    assert answer.status_code == 204
    assert not AccessRule.objects.filter(subject_id=alice.email).exists()
    assert Event.objects.filter(action="access_rule:revoke", metadata__subject_id=alice.email).count() == 1


@pytest.mark.parametrize(("url", "name"), [(DEPARTMENTS, "vision"), (PROJECTS, "faces")])
def test_it_shows_the_own_part_only(vera: User, tree: cast.Tree, api_as: APIAs, url: str, name: str) -> None:
    body = api_as(vera).get(url).json()

    assert [unit["name"] for unit in next(iter(body.values()))] == [name]
    assert body["next"] is None


def test_it_answers_an_unseen_project_as_an_unknown_one(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    unseen = api_as(vera).get(f"{PROJECTS}/{tree.dialects.pk}")
    unknown = api_as(vera).get(f"{PROJECTS}/nothing")

    assert (unseen.status_code, unseen.json()) == (unknown.status_code, unknown.json())
    assert unseen.status_code == 404


def test_it_says_where_the_next_page_begins(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    asked = {"limit": "1", "sortOrder": "desc"}

    first = api_as(ada).get(PROJECTS, asked).json()
    second = api_as(ada).get(PROJECTS, {**asked, "offset": str(first["next"])}).json()

    assert [page["projects"][0]["name"] for page in (first, second)] == ["faces", "dialects"]
    assert (first["next"], second["next"]) == (1, None)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("clusterId=={prod}", ["dialects", "faces"]),
        ("parentId=={vision}", ["faces"]),
        ("name=@ace", ["faces"]),
        ("clusterId=={vision}", []),
    ],
)
def test_it_filters_projects(ada: User, tree: cast.Tree, api_as: APIAs, condition: str, expected: list[str]) -> None:
    wanted = condition.format(prod=tree.prod.pk, vision=tree.vision.pk)

    found = api_as(ada).get(PROJECTS, {"filterBy": wanted}).json()["projects"]

    assert [project["name"] for project in found] == expected
