"""The side bar and the breadcrumbs lead everywhere once."""

import re
from html import unescape

import pytest

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs

WHY, WHO = "/admin/access/accessrule/why/", "/admin/access/accessrule/who-can/"


def menu_of(page: str) -> dict[str, bool]:
    """By address, whether the entry is marked as the page at hand."""
    (sidebar,) = re.findall(r'<nav id="nav-sidebar".*?</nav>', page, re.DOTALL)
    return {address: "aria-current" in rest for address, rest in re.findall(r'<a href="([^"]+)"([^>]*)>', sidebar)}


def crumbs_of(page: str) -> list[str]:
    (crumbs,) = re.findall(r"<ol>\s*<li><a href=\"/admin/\">Home.*?</ol>", page, re.DOTALL)
    return [unescape(re.sub("<[^>]+>", "", one)).strip() for one in re.findall(r"<li.*?</li>", crumbs, re.DOTALL)]


@pytest.mark.parametrize("here", [WHY, WHO, "/admin/access/accessrule/", "/admin/access/accessrule/add/"])
def test_the_questions_are_in_the_menu_and_one_entry_is_marked(ada: User, browser_as: BrowserAs, here: str) -> None:
    menu = menu_of(browser_as(ada).get(here).content.decode())

    assert {WHY, WHO} <= menu.keys()
    assert [address for address, marked in menu.items() if marked] == [here.removesuffix("add/")]


def test_they_are_not_offered_to_who_may_not_ask(ada: User, charlie: User, browser_as: BrowserAs) -> None:
    cast.rule("user", charlie.email, "Cloud operator", cast.plant_tree().tenant)
    menu = menu_of(browser_as(charlie).get("/admin/").content.decode())

    assert charlie.has_perm("access_rules.read") == (WHY in menu)
    assert WHY in menu_of(browser_as(ada).get("/admin/").content.decode())


@pytest.mark.parametrize("leaf", ["change/", "connect/", "doctor/"])
def test_breadcrumbs_name_nothing_twice(ada: User, prod: Cluster, browser_as: BrowserAs, leaf: str) -> None:
    crumbs = crumbs_of(browser_as(ada).get(f"/admin/clustersync/cluster/{prod.pk}/{leaf}").content.decode())

    assert crumbs[:3] == ["Home", "Clusters", "prod"]
    assert len(crumbs) == len(set(crumbs))
