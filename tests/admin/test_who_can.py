"""The page that says who may do something in a scope."""

import re

from access.models import ScopeType
from accounts.models import Group, User
from tests import cast
from tests.conftest import BrowserAs

WHO_CAN = "/admin/access/accessrule/who-can/"
WHY = "/admin/access/accessrule/why/"


def asked(scope: str, **other: str) -> dict[str, str]:
    return {"action": "create", "resource_type": "jobs", "scope": scope, **other}


def test_it_lists_who_can_by_which_rule_and_group(
    ada: User, bob: User, researchers: Group, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    page = browser_as(ada).get(WHO_CAN, asked("faces")).content.decode()

    assert all(person.email in page for person in (ada, bob))
    assert "the group researchers is" in page


def test_it_leads_from_page_to_page(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    for n in range(101):
        cast.rule("user", cast.person(f"p{n:03}").email, "L1 researcher", tree.faces)
    browser = browser_as(ada)

    first = browser.get(WHO_CAN, asked("faces")).content.decode()
    (following,) = re.findall(r'href="(\?[^"]+)">Next page', first)
    second = browser.get(WHO_CAN + following.replace("&amp;", "&")).content.decode()

    assert "p098@example.com" in first and "p099@example.com" not in first
    assert "p100@example.com" in second and "Next page" not in second


def test_a_scope_is_typed_and_offered_without_a_script(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = browser_as(vera).get(WHO_CAN).content.decode()

    assert '<option value="runai/prod/vision/faces">' in page
    assert "dialects" not in page and "This field is required" not in page


def test_a_name_of_several_scopes_asks_which(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    cast.node(ScopeType.PROJECT, "b0000000-0000-4000-8000-000000000009", "faces", tree.speech)

    page = browser_as(ada).get(WHO_CAN, asked("faces")).content.decode()

    assert "runai/prod/speech/faces, runai/prod/vision/faces. Write one of these." in page


def test_it_is_reached_from_a_rule_and_from_a_project(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    rule = cast.rule("group", "researchers", "Viewer", tree.faces)
    browser = browser_as(ada)
    for page in (f"accessrule/{rule.pk}/change/", f"project/{tree.faces.pk}/change/", f"scope/{tree.faces.pk}/change/"):
        shown = browser.get(f"/admin/access/{page}").content.decode()
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+(?:who-can|why)/\?[^"]*)"', shown)]

        assert [link.partition("?")[0] for link in links] == [WHO_CAN, WHY]
        assert all('value="runai/prod/vision/faces"' in browser.get(link).content.decode() for link in links)


def test_it_is_for_who_reads_access_rules(charlie: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(WHO_CAN, asked("faces")).status_code in (302, 403)
