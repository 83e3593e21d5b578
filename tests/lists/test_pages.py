"""Pages of lists of many rows: counted up to a bound, the last ones read from the end."""

from itertools import product
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from access.models import AccessRule
from accounts.models import Group, User
from common import listing, paging
from common.listing import Fields, page
from tests import cast
from tests.conftest import APIAs, BrowserAs

GROUPS = "/admin/accounts/group/"
NAMES = [f"team-{number:03}" for number in range(430)]
FIELDS = Fields(sortable={"name": "name", "text": ("description", "name")}, default_sort="name")


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(paging, "MOST_COUNTED", 200)
    Group.objects.bulk_create(Group(name=name) for name in NAMES)
    return browser_as(ada)


def shown(browser: Client, query: str) -> list[str]:
    return [group.name for group in browser.get(f"{GROUPS}?{query}").context["cl"].result_list]


@pytest.mark.parametrize("column", ["", "o=1", "o=-1"])
def test_the_first_and_the_last_pages_of_a_long_list_are_read(browser: Client, column: str) -> None:
    names = NAMES[::-1] if column == "o=-1" else NAMES

    assert shown(browser, f"{column}&p=1") == names[:100] and shown(browser, f"{column}&p=2") == names[100:200]
    assert shown(browser, f"{column}&p=-1") == names[330:] and shown(browser, f"{column}&p=-2") == names[230:330]


@pytest.mark.parametrize("number", ["3", "-3", "0", "-0", "--1"])
def test_a_page_in_between_is_refused_in_words(browser: Client, number: str) -> None:
    assert browser.get(f"{GROUPS}?p={number}").status_code == 400


def test_a_long_list_says_that_it_is_not_counted_and_leads_to_its_ends(browser: Client) -> None:
    first, last = (browser.get(f"{GROUPS}?p={number}") for number in (1, -1))

    assert first.context["cl"].ways[-1] == ("Last", "?p=-1") and last.context["cl"].ways[0] == ("First", "?p=1")
    assert "200+ groups" in first.content.decode() and "Page 1 from the end" in last.content.decode()


def test_a_list_that_is_counted_has_numbered_pages(browser: Client) -> None:
    Group.objects.filter(name__gte=NAMES[150]).delete()

    assert shown(browser, "p=-1") == shown(browser, "p=2") == NAMES[100:150]
    assert "150 groups" in browser.get(GROUPS).content.decode()


def test_members_are_counted_for_the_page_alone(browser: Client, ada: User, django_assert_num_queries: Any) -> None:
    cast.make_group("a", ada, cast.person("dora"))
    groups = browser.get(GROUPS).context["cl"].result_list

    assert [group.members_count for group in groups[:2]] == [2, 0]


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_of_the_api_is_the_same_from_either_end(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FAR", 3)
    Group.objects.bulk_create(Group(name=name, description=name[-1]) for name in NAMES[:23])
    for key, offset, limit in product(("name", "text"), range(26), (1, 4, 30)):
        given = QueryDict(f"sortBy={key}&sortOrder={order}&offset={offset}&limit={limit}")
        names = sorted(NAMES[:23], key=lambda name: (name[-1], name) if key == "text" else name)
        wanted = (names if order == "asc" else names[::-1])[offset : offset + limit]

        assert [group.name for group in page(Group.objects.all(), given, FIELDS)] == wanted, given


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_rules_by_the_name_of_the_role_are_paged_from_role_to_role(
    ada: User, tree: cast.Tree, api_as: APIAs, order: str
) -> None:
    for number, role in enumerate(("Viewer", "Editor", "Viewer", "L1 researcher", "Editor", "Viewer")):
        cast.rule("user", f"p{number}@example.com", role, tree.faces)
    rules = sorted((rule.role.name, rule.pk) for rule in AccessRule.objects.all())
    wanted = [pk for _, pk in (rules if order == "asc" else rules[::-1])]
    for offset, limit in product(range(9), (1, 3, 20)):
        asked = f"/api/v1/authorization/access-rules?sortBy=roleName&sortOrder={order}&offset={offset}&limit={limit}"
        answer = api_as(ada).get(asked).json()

        assert [rule["id"] for rule in answer["accessRules"]] == wanted[offset : offset + limit], asked
        assert answer["totalRecords"] == len(rules)
