"""Departments, projects, and the tree as far as a person may see it."""

import pytest

from access.models import AccessRule, Scope
from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs


def test_it_makes_a_project(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    browser_as(vera).post("/admin/access/project/add/", {"name": "gestures", "parent": tree.vision.pk})

    made = Scope.objects.get(name="gestures")
    assert (made.type, made.parent) == ("project", tree.vision)
    assert Event.objects.filter(action="project:create", subject="vera@example.com", entity_name="gestures").exists()


def test_it_makes_a_department(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    browser_as(ada).post("/admin/access/department/add/", {"name": "music", "parent": tree.prod.pk})

    assert Scope.objects.get(name="music").path == f"{tree.prod.path}/{Scope.objects.get(name='music').pk}"


def test_it_says_what_is_wrong_with_a_name(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    answer = browser_as(ada).post("/admin/access/project/add/", {"name": "Big Faces", "parent": tree.vision.pk})

    assert "lower-case letters" in answer.content.decode()


def test_it_refuses_to_make_one_in_another_department(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    answer = browser_as(vera).post("/admin/access/project/add/", {"name": "spies", "parent": tree.speech.pk})

    assert "Select a valid choice" in answer.content.decode()
    assert not Scope.objects.filter(name="spies").exists()


def test_it_gives_a_department_administrator_no_department_to_make(vera: User, browser_as: BrowserAs) -> None:
    assert browser_as(vera).get("/admin/access/department/add/").status_code == 403


def test_it_deletes_a_project_with_its_rules(ada: User, alice: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    browser_as(ada).post(f"/admin/access/project/{tree.faces.pk}/delete/", {"post": "yes"})

    assert not Scope.objects.filter(pk=tree.faces.pk).exists()
    assert not AccessRule.objects.live().filter(subject_id=alice.email).exists()
    assert Event.objects.filter(action="access_rule:revoke", metadata__subject_id=alice.email).exists()


def test_it_keeps_a_department_that_has_projects(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    url = f"/admin/access/department/{tree.vision.pk}/delete/"

    page = browser_as(ada).post(url, {"post": "yes"}, follow=True).content.decode()

    assert "still has something below it" in page
    assert Scope.objects.filter(pk=tree.vision.pk).exists()


@pytest.mark.parametrize("page", ["scope", "project", "department"])
def test_it_shows_the_own_part_of_the_tree(vera: User, browser_as: BrowserAs, page: str) -> None:
    shown = browser_as(vera).get(f"/admin/access/{page}/").content.decode()

    assert "vision" in shown
    assert "speech" not in shown
    assert "dialects" not in shown


@pytest.mark.parametrize(
    ("asking", "field", "expected"),
    [
        ("project", "parent", {"vision"}),
        ("department", "parent", set()),
        ("scope", "parent", {"vision", "faces"}),
    ],
)
def test_it_offers_where_they_may(
    vera: User, tree: cast.Tree, browser_as: BrowserAs, asking: str, field: str, expected: set[str]
) -> None:
    query = {"app_label": "access", "model_name": asking, "field_name": field, "term": ""}

    offered = browser_as(vera).get("/admin/autocomplete/", query).json()["results"]

    assert {choice["text"] for choice in offered} == expected


def test_it_lets_nobody_edit_a_scope(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    answer = browser_as(ada).post(f"/admin/access/project/{tree.faces.pk}/change/", {"name": "renamed"})

    assert answer.status_code == 403
