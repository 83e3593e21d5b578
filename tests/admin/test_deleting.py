"""A confirmation of deletion says what goes, and what stands in the way."""

import pytest
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs
from tokens.models import Application


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def asked(browser: Client, page: str, pk: object) -> tuple[str, str]:
    """The page that deletes one row, and the one that deletes it among several."""
    one = browser.get(f"/admin/{page}/{pk}/delete/").content.decode()
    some = browser.post(f"/admin/{page}/", {"action": "delete_selected", "_selected_action": str(pk)})
    return one, some.content.decode()


def test_of_a_group_its_members_and_its_rules(admin: Client, alice: User, bob: User, tree: cast.Tree) -> None:
    group = cast.make_group("researchers", alice, bob)
    cast.rule("group", "researchers", "L1 researcher", tree.faces)
    cast.rule("group", "researchers", "Viewer", tree.speech)

    for page in asked(admin, "accounts/group", group.pk):
        assert "2 members lose what the group gives." in page
        assert "2 access rules end: L1 researcher in runai/prod/vision/faces; Viewer in runai/prod/speech." in page


def test_of_a_user_the_sessions_and_rules(admin: Client, alice: User, browser_as: BrowserAs) -> None:
    browser_as(alice)

    for page in asked(admin, "accounts/user", alice.pk):
        assert "1 open session ends." in page
        assert "1 access rule ends: Editor in runai/prod/vision/faces." in page


def test_of_an_application_its_rules(admin: Client, robo: Application) -> None:
    for page in asked(admin, "tokens/application", robo.pk):
        assert "1 access rule ends: Viewer in runai/prod/vision." in page


def test_of_a_project_its_rules(admin: Client, alice: User, tree: cast.Tree) -> None:
    for page in asked(admin, "access/project", tree.faces.pk):
        assert "1 access rule ends: alice@example.com is Editor." in page


def test_of_a_cluster_what_stands_in_the_way(admin: Client, prod: Cluster) -> None:
    for page in asked(admin, "clustersync/cluster", prod.pk):
        assert "It can&#x27;t be deleted yet: speech, vision must be deleted first." in page


def test_many_rules_are_counted(admin: Client, tree: cast.Tree, ada: User) -> None:
    group = cast.make_group("many")
    for role in ("Viewer", "Editor", "L1 researcher", "L2 researcher", "ML engineer", "Research manager"):
        cast.rule("group", "many", role, tree.faces)

    page, _ = asked(admin, "accounts/group", group.pk)

    assert "6 access rules end: " in page and "; and 1 more." in page


def test_it_names_no_rule_that_the_reader_may_not_read(tree: cast.Tree, browser_as: BrowserAs, alice: User) -> None:
    gina = cast.person("gina")
    cast.rule("user", gina.email, "Department administrator", tree.vision)
    cast.rule("user", alice.email, "Viewer", tree.dialects)

    page = browser_as(gina).get(f"/admin/access/project/{tree.faces.pk}/delete/").content.decode()

    assert "alice@example.com is Editor" in page and "dialects" not in page
