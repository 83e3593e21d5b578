"""The page that says why, and the one that says what each role may do."""

import re

import pytest

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

    assert all(f"<strong>{role.name}</strong>" in page for role in ROLES.values())
    assert "An ML engineer can do the following" in page and "Side by side" not in page


@pytest.mark.parametrize("asked", [["7"], ["1", "7"], ["1", "3", "5", "7", "6"], ["x", "-1", "7", "\u0667", "99999"]])
def test_it_compares_the_roles_that_were_chosen(vera: User, browser_as: BrowserAs, asked: list[str]) -> None:
    page = browser_as(vera).get("/admin/access/accessrule/roles/", {"role": asked}).content.decode()

    named = re.findall(r'<th scope="col">([^<]+)</th>', page)[1:]
    known = [role.name for role in ROLES.values() if str(role.id) in asked]
    assert named == known[:4]
    assert ("<td>everything</td>" in page) == ("1" in asked or "3" in asked)
    assert ('class="differs"' in page) == (len(named) > 1)


def test_it_is_found_from_the_list_of_rules(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/access/accessrule/").content.decode()

    assert WHY in page
    assert "/admin/access/accessrule/roles/" in page


@pytest.mark.parametrize("address", ["roles/", "why/", "who-can/"])
def test_its_path_agrees_with_the_side_bar(ada: User, browser_as: BrowserAs, address: str) -> None:
    path = browser_as(ada).get(f"/admin/access/accessrule/{address}").content.decode().partition('class="crumbs"')[2]

    steps = re.findall(r"<li[^>]*>(?:<a [^>]*>)?([^<]+)<", path.partition("</nav>")[0])
    assert steps[:3] == ["Home", "Access", "Access rules"] and len(steps) == 4
