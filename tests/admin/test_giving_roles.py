"""The form that gives roles: several at once, found by typing, looked at before, without a script."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import AccessRule, ScopeType
from accounts.models import Group, User
from tests import cast
from tests.conftest import BrowserAs
from tokens.models import Application

LIST = "/admin/access/accessrule/"
ADD = f"{LIST}add/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def sent(browser: Client, **data: Any) -> str:
    answer = browser.post(ADD, {"subject_type": "user", "role_id": cast.role_id("Viewer"), **data}, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def ticks(page: str, name: str) -> dict[str, bool]:
    boxes = re.findall(rf'<input type="checkbox" name="{name}" value="([^"]*)"( checked)?>', page)
    return {value: bool(checked) for value, checked in boxes}


def test_it_offers_the_tree_and_roles_that_one_may_give(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = browser_as(vera).get(ADD).content.decode()

    assert ticks(page, "where") == {tree.vision.pk: False, tree.faces.pk: False}
    assert 'class="depth-4"' in page and "<script" not in page.partition("<main")[2].partition("</main")[0]
    assert ">L1 researcher</option>" in page and ">System administrator</option>" not in page


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ali", "user:alice@example.com"),
        ("RESEARCH", "group:researchers"),
        ("robo", "app:robo"),
        ("Bob", "user:bob@example.com"),
        ("nobody", ""),
    ],
)
def test_who_is_found_by_typing(
    admin: Client, alice: User, researchers: Group, robo: Application, typed: str, found: str
) -> None:
    page = sent(admin, subject_id=typed, find="yes", who=["user:kept@example.com"])

    assert ticks(page, "who") == {"user:kept@example.com": True, **({found: False} if found else {})}
    assert 'class="errorlist"' not in page


def test_a_place_is_found_by_typing_where_the_tree_is_too_large(admin: Client, tree: cast.Tree) -> None:
    for number in range(230):
        cast.node(ScopeType.PROJECT, f"b9{number:03}", f"a{number:03}", tree.speech)
    page = admin.get(ADD).content.decode()
    assert set(ticks(page, "where")) == {one.pk for one in (tree.tenant, tree.prod, tree.vision, tree.speech)}
    assert "Not all places are listed" in page

    page = sent(admin, scope="dial", find="yes", where=["b9001"])

    assert ticks(page, "where")[tree.dialects.pk] is False and ticks(page, "where")["b9001"] is True


def test_it_says_before_it_gives_who_gains_what(admin: Client, alice: User, bob: User, tree: cast.Tree) -> None:
    cast.make_group("crew", alice, bob, cast.person("carl"))
    chosen = {"who": ["group:crew", "user:new@example.com"], "where": [tree.faces.pk, tree.speech.pk]}

    page = sent(admin, **chosen)

    assert not AccessRule.objects.filter(subject_id="crew").exists()
    assert "3 of 3 people or applications behind these names gain something" in page
    assert "Nobody whom you may see goes by new@example.com" in page
    assert re.search(r"runai/prod/speech</strong>: 3 gain \d+ permissions", page)


def test_it_gives_them_all_when_that_is_confirmed(admin: Client, tree: cast.Tree) -> None:
    cast.rule("group", "crew", "Viewer", tree.faces)
    chosen = {"who": ["group:crew", "user:New@Example.com"], "where": [tree.faces.pk, tree.speech.pk]}
    plan = sent(admin, **chosen)
    kept = re.findall(r'type="hidden" name="(who|where)" value="([^"]*)"', plan)

    page = sent(admin, **{name: [v for n, v in kept if n == name] for name in ("who", "where")}, confirmed="Give")

    assert "Viewer was given: 3 new access rules. 1 was there already." in page
    assert AccessRule.objects.live().filter(subject_id="new@example.com", created_by="ada@example.com").count() == 2


def test_one_goes_back_to_the_form_with_all_that_was_chosen(admin: Client, tree: cast.Tree) -> None:
    page = sent(admin, who=["group:crew"], where=[tree.faces.pk], back="yes")

    assert ticks(page, "who") == {"group:crew": True} and ticks(page, "where")[tree.faces.pk]
    assert f'value="{cast.role_id("Viewer")}" selected' in page


BAD: list[dict[str, Any]] = [
    {"who": [f"user:p{n}@example.com" for n in range(11)]},
    {"who": []},
    {"who": ["user:no address"]},
    {"where": []},
    {"where": ["nowhere"]},
    {"where": ["{dialects}"]},
    {"scope": "dialects"},
    {"scope": "\U0001f600"},
    {"role_id": "1"},
    {"role_id": "x"},
    {"role_id": ""},
    {"who": ["robot:x", "group:"]},
    {"source": "nobody"},
    {"subject_id": "x" * 300},
    {"who": ["group:system:masters"]},
    {"who": ["user:" + "x" * 100_000]},
    {"scope": "x" * 100_000},
]


@pytest.mark.parametrize("step", ["preview", "confirmed", "find"])
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(bad)[:40])
def test_whatever_is_sent_nobody_gives_more_than_they_may(
    vera: User, tree: cast.Tree, browser_as: BrowserAs, bad: dict[str, Any], step: str
) -> None:
    changed = {
        name: [tree.dialects.pk if one == "{dialects}" else one for one in value] if isinstance(value, list) else value
        for name, value in bad.items()
    }
    good = {"who": ["user:x@example.com"], "where": [] if "scope" in bad else [tree.faces.pk]}
    before = AccessRule.objects.count()

    page = sent(browser_as(vera), **{**good, **changed, step: "yes"})

    assert AccessRule.objects.count() == before and "dialects" not in page.replace('value="dialects"', "")
    assert step == "find" or 'class="errorlist"' in page


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_no_name_runs_in_its_pages(admin: Client, tree: cast.Tree, name: str) -> None:
    cast.make_group(name)
    for step in ({}, {"find": "yes"}, {"subject_id": name, "subject_type": "group", "find": "yes"}):
        answer = admin.post(
            ADD, {"subject_type": "user", "role_id": "7", "who": [f"group:{name}"], "where": [tree.faces.pk], **step}
        )
        assert "<script>alert" not in answer.content.decode() and "<img src=x" not in answer.content.decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_the_csv_has_what_the_list_shows(vera: User, alice: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    cast.rule("user", "hidden@example.com", "Viewer", tree.dialects)
    cast.rule("group", "=cmd|calc", "Viewer", tree.faces)
    browser = browser_as(vera)

    rows = rows_of(browser.get(f"{LIST}export/"))
    assert {row["subject_id"] for row in rows} == {"'=cmd|calc", "vera@example.com", "alice@example.com"}
    assert rows[0]["scope"] == "runai/prod/vision/faces" and rows[0]["role"] == "Viewer"
    assert len(rows_of(browser.get(f"{LIST}export/?subject_type__exact=group"))) == 1
    assert browser.get(f"{LIST}export/?o=9").status_code == 400


def test_the_csv_is_for_who_reads_rules(charlie: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(f"{LIST}export/").status_code in (302, 403)


@pytest.mark.parametrize("query", ["", "?q=p", "?scope={faces}", "?subject_type__exact=user&role=7"])
def test_the_list_takes_the_same_statements_however_many_there_are(admin: Client, tree: cast.Tree, query: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(LIST + query.format(faces=tree.faces.pk)).status_code == 200
        assert not any("COUNT(" in one["sql"] for one in asked)
        return len(asked)

    cast.rule("user", "p@example.com", "Viewer", tree.faces)
    statements()
    before = statements()
    for number in range(120):
        cast.rule("user", f"p{number}@example.com", "Viewer", tree.faces)
    assert statements() == before


def test_it_is_found_by_the_beginning_of_a_name(
    admin: Client, alice: User, researchers: Group, robo: Application
) -> None:
    for text, wanted in (("ALI", "alice@"), ("resear", "researchers"), ("face", "researchers"), ("robo", "robo")):
        page = admin.get(f"{LIST}?q={text}").content.decode()
        assert wanted in page.partition('id="result_list"')[2], text
    assert "Nothing here matches" in admin.get(f"{LIST}?q=zzz").content.decode()
