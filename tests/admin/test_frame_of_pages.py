"""Every page of the admin has a side bar, a path, columns that a phone can read, and little weight."""

import gzip
import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.test import Client

from access.models import ScopeType
from accounts.models import User
from clustersync.models import Cluster
from runai_identity.admin import SECTIONS
from tests import cast
from tests.admin.walking import lists
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
each_list = pytest.mark.parametrize("address", sorted(lists()))

SECTION_OF = {name: section for section, names in SECTIONS.items() for name in names}


@pytest.fixture
def page(ada: User, bob: User, prod: Cluster, browser_as: BrowserAs, address: str) -> str:
    cast.make_group("researchers", bob)
    cast.make_robo()
    return browser_as(ada).get(address).content.decode()


def texts(pattern: str, page: str) -> list[str]:
    return [unescape(found) for found in re.findall(pattern, page)]


@each_list
def test_the_path_agrees_with_the_side_bar(page: str, address: str) -> None:
    model = lists()[address].model
    section = SECTION_OF.get(str(model._meta.object_name))
    _, _, path = page.partition('class="crumbs"')

    steps = texts(r"<li[^>]*>(?:<a [^>]*>)?([^<]+)<", path.partition("</nav>")[0])

    plural = str(model._meta.verbose_name_plural)
    title = plural[:1].upper() + plural[1:]
    assert steps == ["Home", *([section] if section not in (None, title) else []), title]
    assert not section or f'<a href="{address}" aria-current="page">' in page


@each_list
def test_every_cell_says_of_which_column_it_is(page: str, address: str) -> None:
    body = page.partition('id="result_list"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [cell for cell in re.findall(r"<t[dh][^>]*>", body) if "action-checkbox" not in cell]

    assert all("data-label=" in cell for cell in cells)
    assert cells or 'class="empty"' in page


@each_list
def test_an_empty_list_says_what_to_do(db: None, browser_as: BrowserAs, address: str) -> None:
    assert len(lists()[address].when_empty.split()) > 8  # type: ignore[attr-defined]


def test_an_empty_list_shows_it(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/tokens/application/").content.decode()

    assert "No application yet. Register what asks for tokens by itself" in page
    assert 'class="button" href="/admin/tokens/application/add/"' in page


def test_a_list_without_a_match_leads_back(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/accounts/user/?q=nobodyatall").content.decode()

    assert "Nothing here matches “nobodyatall”." in page and 'href="?"' in page


@each_list
def test_a_list_weighs_little(page: str, address: str) -> None:
    asked = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
    sizes = [len(gzip.compress(_bytes(name))) for name in asked]

    assert len(asked) <= 8
    assert sum(sizes) < 40_000 and len(gzip.compress(page.encode())) < 20_000


def _bytes(name: str) -> bytes:
    found = finders.find(name)
    assert isinstance(found, str)
    with open(found, "rb") as file:
        return file.read()


def test_times_say_how_long_ago_and_in_which_zone(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/audit/event/").content.decode()

    assert re.search(r'<time datetime="[^"]+" title="20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC">just now</time>', page)


def test_a_users_state_is_a_badge(ada: User, eve: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/accounts/user/").content.decode()

    assert '<span class="badge wrong">disabled</span>' in page
    assert "icon-no" not in page


def test_the_side_bar_begins_with_the_settings(ada: User, browser_as: BrowserAs) -> None:
    bar = browser_as(ada).get("/admin/").content.decode().partition('id="nav-sidebar"')[2].partition("</nav>")[0]

    assert texts(r'<p id="group-[^>]*>([^<]+)<', bar) == list(SECTIONS)


def test_a_scoped_administrator_has_no_dead_entry(tree: cast.Tree, vera: User, browser_as: BrowserAs) -> None:
    browser: Client = browser_as(vera)
    bar = browser.get("/admin/").content.decode().partition('id="nav-sidebar"')[2].partition("</nav>")[0]
    links = texts(r'href="([^"]+)"', bar)

    assert {browser.get(link, follow=True).status_code for link in links} == {200}
    assert 1 < len([link for link in links if link.startswith("/admin/")]) < len(admin.site._registry)
    assert ScopeType.PROJECT.value in " ".join(links)
