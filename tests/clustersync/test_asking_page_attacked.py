"""The page on which people ask about themselves, attacked: odd values, forms of other sites, names that are HTML."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from lxml import html

from access.models import Scope, ScopeType
from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs
from tests.tokens.asking import signed_in

PAGE = "/account/access"
SCRIPT = "<script>alert(1)</script>'\"&<img src=x onerror=alert(1)>"
ODD = ["", "\0", "a\0b", "x" * 200_000, "-1", "[]", "{}", "%00", "%", SCRIPT, "\u202e", "é" * 300, "9" * 5000, "null"]
FORMS: dict[str, dict[str, str]] = {
    "may": {"may-action": "create", "may-resource_type": "jobs", "may-scope": "FACES"},
    "token": {"token-cluster": "PROD", "token-token": "eyJ.e30.x"},
    "doctor": {"doctor-cluster": "PROD", "doctor-pasted": "apiVersion: v1\nkind: Config\n"},
}
RAW = [b"\xed\xa0\x80", b"%ED%A0%80", b"%FF%FE", b"%u0000", b"+" * 50, b"%"]


@pytest.fixture
def bobs(bob: User, researchers: Group, prod: Cluster, tree: cast.Tree, browser_as: BrowserAs) -> Client:
    return browser_as(bob)


def filled(name: str, tree: cast.Tree) -> dict[str, str]:
    known = {"FACES": tree.faces.pk, "PROD": tree.prod.pk}
    return {"ask": name, **{field: known.get(value, value) for field, value in FORMS[name].items()}}


def spoilt(given: dict[str, str]) -> Iterator[bytes]:
    """The form without each field, with each twice, and with each odd value in each."""
    for field in given:
        rest = {name: value for name, value in given.items() if name != field}
        yield urlencode(rest).encode()
        yield urlencode([*given.items(), (field, "other")]).encode()
        yield from (urlencode({**rest, field: odd}).encode() for odd in ODD)
        yield from (urlencode(rest).encode() + b"&" + field.encode() + b"=" + raw for raw in RAW)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_no_value_makes_a_fault_or_comes_back_as_html(bobs: Client, tree: cast.Tree, name: str) -> None:
    for body in spoilt(filled(name, tree)):
        answer = bobs.post(PAGE, body, content_type="application/x-www-form-urlencoded")

        assert answer.status_code in (200, 400, 413), body[:200]
        assert b"<script>alert" not in answer.content and b"<img src=x" not in answer.content


@pytest.mark.parametrize("name", FORMS)
def test_no_other_site_asks_by_somebodys_browser(bob: User, prod: Cluster, tree: cast.Tree, name: str) -> None:
    browser = signed_in(bob)
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = browser.cookies

    assert careful.post(PAGE, filled(name, tree)).status_code == 403


@pytest.mark.parametrize("name", FORMS)
def test_it_answers_nobody_who_is_not_signed_in(db: None, name: str) -> None:
    assert Client().post(PAGE, {"ask": name}).status_code == 302


@pytest.mark.parametrize(
    ("kind", "field"), [("may", "may-scope"), ("token", "token-cluster"), ("doctor", "doctor-cluster")]
)
def test_a_place_that_one_may_not_know_is_as_one_that_is_not_there(
    bobs: Client, tree: cast.Tree, kind: str, field: str
) -> None:
    other = cast.cluster(
        cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-0000000000ff", "hidden-gpu", tree.tenant), "w"
    )
    places = [other.pk if "cluster" in field else tree.dialects.pk, "c0000000-0000-4000-8000-00000000dead"]

    unseen, unknown = (bobs.post(PAGE, {**filled(kind, tree), field: place}) for place in places)

    assert errors_in(unseen) == errors_in(unknown) != []
    assert b"hidden-gpu" not in unseen.content


def errors_in(answer: Any) -> list[str]:
    return [error.text_content() for error in html.fromstring(answer.content).find_class("error")]


def test_names_that_are_html_are_text_there(bob: User, prod: Cluster, tree: cast.Tree, bobs: Client) -> None:
    group = cast.make_group(SCRIPT[:100], bob)
    cast.rule("group", group.name, "Editor", tree.faces)
    Scope.objects.filter(pk=tree.faces.pk).update(name="<b>faces</b>")

    asked = bobs.post(PAGE, {**filled("may", tree), "may-action": "delete"})

    assert b"&lt;script&gt;" in asked.content and b"&lt;b&gt;faces" in asked.content
    assert b"<script>alert" not in asked.content and b"<b>faces" not in asked.content
