"""The page that says why, and the one that says what each role may do."""

from access.catalog import ROLES
from accounts.models import Group, User
from tests import cast
from tests.conftest import BrowserAs

WHY = "/admin/access/accessrule/why/"


def asked(subject_id: str, scope_id: str, **other: str) -> dict[str, str]:
    usual = {"subject_type": "user", "action": "create", "resource_type": "jobs"}
    return {**usual, "subject_id": subject_id, "scope": scope_id, **other}


def test_it_says_by_which_rule_somebody_may(
    vera: User, bob: User, researchers: Group, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    page = browser_as(vera).get(WHY, asked("Bob@example.com", tree.faces.pk)).content.decode()

    assert "Yes, they may create jobs in faces." in page
    assert "the group researchers is L1 researcher in faces" in page


def test_it_says_what_is_missing(vera: User, bob: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = browser_as(vera).get(WHY, asked(bob.email, tree.faces.pk)).content.decode()

    assert "No, they may not create jobs in faces." in page
    assert "Roles that would allow it in faces" in page


def test_it_offers_only_scopes_whose_rules_the_asker_reads(
    vera: User, bob: User, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    page = browser_as(vera).get(WHY, asked(bob.email, tree.dialects.pk)).content.decode()

    assert "No scope goes by this name, or none whose access rules you may read." in page
    assert "may not" not in page


def test_it_says_what_is_wrong_with_the_question(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get(WHY, asked("bob", tree.faces.pk)).content.decode()

    assert "named by the e-mail address" in page


def test_it_asks_first(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get(WHY).content.decode()

    assert 'name="resource_type"' in page
    assert "This field is required" not in page


def test_it_shows_what_each_role_may_do(vera: User, browser_as: BrowserAs) -> None:
    page = browser_as(vera).get("/admin/access/accessrule/roles/").content.decode()

    assert all(f'<th scope="col">{role.name}</th>' in page for role in ROLES.values())
    assert "C R U D" in page
    assert "An ML engineer can do the following" in page


def test_it_is_found_from_the_list_of_rules(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/access/accessrule/").content.decode()

    assert WHY in page
    assert "/admin/access/accessrule/roles/" in page
